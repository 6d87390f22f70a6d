// Pairs and contention: few repetitions of one large message, for a link that is several times slower needs
// no more.
#include "comm/probe/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "comm/probe/backends.h"
#include "comm/probe/exchange.h"
#include "comm/probe/identity.h"
#include "comm/probe/sampling.h"
#include "core/error.h"
#include "core/statistics.h"
#include "core/units_text.h"

namespace scalesim::comm {
namespace {

constexpr double kSlow = 0.6;
constexpr Bytes kLargest(4.0 * 1024 * 1024);  ///< enough for bandwidth, short enough on a slow network

ChosenBackend backend_for(job::World& world, const ProbeOptions& options) {
  require_same_program(world);
  ChosenBackend chosen = choose_backend(world, options.backend);
  if (!chosen.backend) throw InputError("pairs and groups need several ranks: start scalesim under mpirun");
  return chosen;
}

bool one_host(const std::vector<RankPlace>& places) {
  return std::all_of(places.begin(), places.end(),
                     [&](const RankPlace& p) { return p.host == places[0].host; });
}

/// Ranks by host, hosts in the order of their first rank.
std::vector<std::vector<RankPlace>> by_host(const std::vector<RankPlace>& places) {
  std::vector<std::vector<RankPlace>> hosts;
  for (const RankPlace& place : places) {
    const auto known = std::find_if(hosts.begin(), hosts.end(),
                                    [&](const auto& ranks) { return ranks[0].host == place.host; });
    if (known == hosts.end())
      hosts.push_back({place});
    else
      known->push_back(place);
  }
  return hosts;
}

std::vector<RankPlace> choose_endpoints(const std::vector<RankPlace>& places) {
  if (one_host(places)) return places;
  std::vector<RankPlace> endpoints;
  for (const auto& ranks : by_host(places)) endpoints.push_back(ranks[0]);
  return endpoints;
}

/// Rounds of pairs of endpoint numbers; one pair a round where pairs would disturb each other.
std::vector<std::vector<std::pair<int, int>>> rounds_for(const std::vector<RankPlace>& endpoints) {
  const auto rounds = pair_rounds(static_cast<int>(endpoints.size()));
  if (!one_host(endpoints)) return rounds;
  std::vector<std::vector<std::pair<int, int>>> single;
  for (const auto& round : rounds)
    for (const auto& pair : round) single.push_back({pair});
  return single;
}

constexpr int kNumbersPerPair = 5;

/// Median of messages from the first rank of the channel to the second.
double one_way(Channel& channel, Bytes bytes, Seconds time) {
  SamplingLimits limits;
  limits.time = time;
  limits.most = 50;
  return median(extend({}, channel, Collective::broadcast, bytes, limits).times);
}

/// What one rank learns of its pair in a round: a, b, latency, time forward, time backward. Ranks outside the
/// round's pairs take part in cutting the world and learn nothing. A broadcast among two is a plain message.
std::vector<double> measure_pair(job::World& world, Backend& backend, const PairSpeed& pair, int colour,
                                 Bytes bytes, Seconds time) {
  std::vector<double> numbers = {static_cast<double>(pair.a), static_cast<double>(pair.b)};
  for (const int sender : {pair.a, pair.b}) {
    const std::unique_ptr<Channel> channel = backend.split(colour, world.rank() == sender ? 0 : 1);
    if (!channel) continue;
    if (sender == pair.a) numbers.push_back(one_way(*channel, Bytes(4), time / 10));
    numbers.push_back(one_way(*channel, bytes, time * 0.45));
  }
  return colour >= 0 && world.rank() == pair.a ? numbers : std::vector<double>{};
}

double best_speed(const PairSurvey& survey, int rank) {
  double best = 0;
  for (const PairSpeed& pair : survey.pairs)
    if (pair.a == rank || pair.b == rank) best = std::max(best, pair.slower().value());
  return best;
}

/// What to call an endpoint: its host, or on one host its rank.
std::string name_of(const PairSurvey& survey, const RankPlace& place) {
  return one_host(survey.endpoints) ? fmt::format("rank {}", place.rank) : "host " + place.host;
}

const RankPlace& endpoint(const PairSurvey& survey, int rank) {
  const auto found = std::find_if(survey.endpoints.begin(), survey.endpoints.end(),
                                  [rank](const RankPlace& place) { return place.rank == rank; });
  SCALESIM_CHECK(found != survey.endpoints.end());
  return *found;
}

/// Groups of ranks for contention, with what they are.
std::pair<std::string, std::vector<std::vector<int>>> contending_groups(
    const std::vector<RankPlace>& places) {
  std::vector<std::vector<int>> groups;
  const auto hosts = by_host(places);
  if (hosts.size() == 1) {
    for (std::size_t i = 0; i + 1 < places.size(); i += 2)
      groups.push_back({places[i].rank, places[i + 1].rank});
    return {"neighbouring pairs", groups};
  }
  for (std::size_t k = 0;; ++k) {
    std::vector<int> group;
    for (const auto& ranks : hosts)
      if (k < ranks.size()) group.push_back(ranks[k].rank);
    if (group.size() < hosts.size()) break;
    groups.push_back(group);
  }
  return {"groups of one rank per host", groups};
}

/// Median of the group that `rank` is in, among the first `active` groups; nothing for the others.
std::vector<double> measure_together(job::World& world, Backend& backend,
                                     const std::vector<std::vector<int>>& groups, std::size_t active,
                                     Bytes bytes) {
  int colour = -1, key = 0;
  for (std::size_t g = 0; g < active; ++g)
    for (std::size_t i = 0; i < groups[g].size(); ++i)
      if (groups[g][i] == world.rank()) colour = static_cast<int>(g), key = static_cast<int>(i);
  const std::unique_ptr<Channel> channel = backend.split(colour, key);
  if (!channel) return {};
  SamplingLimits limits;
  limits.least = limits.most = 10;  // the same number everywhere, so that the groups overlap to the end
  return {median(extend({}, *channel, Collective::all_reduce, bytes, limits).times)};
}

Seconds slowest(job::World& world, const std::vector<double>& mine) {
  double worst = 0;
  for (const std::vector<double>& numbers : gather_numbers(world, mine))
    for (const double number : numbers) worst = std::max(worst, number);
  return Seconds(worst);
}

}  // namespace

std::vector<std::vector<std::pair<int, int>>> pair_rounds(int n) {
  const int seats = n + n % 2;  // an odd number gets an empty seat
  std::vector<std::vector<std::pair<int, int>>> rounds;
  for (int r = 0; r < seats - 1; ++r) {
    std::vector<std::pair<int, int>> round;
    for (int i = 0; i < seats / 2; ++i) {
      const int left = i == 0 ? seats - 1 : (r + i) % (seats - 1);
      const int right = i == 0 ? r : (r + seats - 1 - i) % (seats - 1);
      if (left < n && right < n) round.emplace_back(std::min(left, right), std::max(left, right));
    }
    rounds.push_back(round);
  }
  return rounds;
}

PairSurvey probe_pairs(job::World& world, const ProbeOptions& options) {
  const ChosenBackend chosen = backend_for(world, options);
  PairSurvey survey;
  survey.bytes = std::min(options.to, kLargest);
  survey.endpoints = choose_endpoints(gather_places(world, chosen.gpu));
  const auto rounds = rounds_for(survey.endpoints);
  std::vector<double> mine;
  for (const auto& round : rounds) {
    PairSpeed pair;
    int colour = -1;
    for (std::size_t i = 0; i < round.size(); ++i) {
      const int a = survey.endpoints[static_cast<std::size_t>(round[i].first)].rank;
      const int b = survey.endpoints[static_cast<std::size_t>(round[i].second)].rank;
      if (world.rank() == a || world.rank() == b) pair = {a, b, {}, {}, {}}, colour = static_cast<int>(i);
    }
    const Seconds time = options.budget / static_cast<double>(rounds.size());
    const std::vector<double> numbers =
        measure_pair(world, *chosen.backend, pair, colour, survey.bytes, time);
    mine.insert(mine.end(), numbers.begin(), numbers.end());
    world.barrier();
  }
  for (const std::vector<double>& all : gather_numbers(world, mine))
    for (std::size_t i = 0; i < all.size(); i += kNumbersPerPair)
      survey.pairs.push_back({static_cast<int>(all[i]), static_cast<int>(all[i + 1]), Seconds(all[i + 2]),
                              survey.bytes / Seconds(all[i + 3]), survey.bytes / Seconds(all[i + 4])});
  std::sort(survey.pairs.begin(), survey.pairs.end(),
            [](const PairSpeed& x, const PairSpeed& y) { return std::pair(x.a, x.b) < std::pair(y.a, y.b); });
  return survey;
}

std::vector<std::string> slow_links(const PairSurvey& survey) {
  std::vector<std::string> sentences;
  if (survey.endpoints.size() < 3) return sentences;
  std::vector<double> speeds;
  for (const RankPlace& place : survey.endpoints) speeds.push_back(best_speed(survey, place.rank));
  const double usual = median(speeds);
  for (std::size_t i = 0; i < speeds.size(); ++i)
    if (speeds[i] < kSlow * usual)
      sentences.push_back(
          fmt::format("{} is slow: its best link carries {}, {:.1f} times less than the usual {}",
                      name_of(survey, survey.endpoints[i]), to_text(BytesPerSecond(speeds[i])),
                      usual / speeds[i], to_text(BytesPerSecond(usual))));
  for (const PairSpeed& pair : survey.pairs) {
    const double ends = std::min(best_speed(survey, pair.a), best_speed(survey, pair.b));
    if (pair.slower().value() < kSlow * ends)
      sentences.push_back(fmt::format("the path between {} and {} is slow: {} where both ends reach {}",
                                      name_of(survey, endpoint(survey, pair.a)),
                                      name_of(survey, endpoint(survey, pair.b)), to_text(pair.slower()),
                                      to_text(BytesPerSecond(ends))));
  }
  return sentences;
}

std::string pairs_table(const PairSurvey& survey) {
  std::string text = fmt::format(
      "# pairs: {} from the row's rank to the column's, in MB/s; under it the latency of a small message in "
      "us\n#{:>15}",
      message_size_text(survey.bytes), "");
  for (const RankPlace& place : survey.endpoints)
    text += fmt::format(" {:>10}", fmt::format("rank {}", place.rank));
  text += "\n";
  std::map<std::pair<int, int>, std::pair<double, double>> cells;
  for (const PairSpeed& pair : survey.pairs) {
    cells[{pair.a, pair.b}] = {pair.forward.value() / 1e6, pair.latency.value() * 1e6};
    cells[{pair.b, pair.a}] = {pair.backward.value() / 1e6, pair.latency.value() * 1e6};
  }
  for (const RankPlace& row : survey.endpoints) {
    std::string upper = fmt::format("{:>16}", fmt::format("{} {}", row.host, row.rank));
    std::string lower = fmt::format("{:>16}", "");
    for (const RankPlace& column : survey.endpoints) {
      const auto found = cells.find({row.rank, column.rank});
      const bool known = found != cells.end();
      upper += fmt::format(" {:>10}", known ? fmt::format("{:.1f}", found->second.first) : "-");
      lower += fmt::format(" {:>10}", known ? fmt::format("{:.1f}", found->second.second) : "");
    }
    text += upper + "\n" + lower + "\n";
  }
  for (const std::string& sentence : slow_links(survey)) text += sentence + "\n";
  return text;
}

std::vector<Contention> probe_contention(job::World& world, const ProbeOptions& options) {
  const ChosenBackend chosen = backend_for(world, options);
  const auto [what, groups] = contending_groups(gather_places(world, chosen.gpu));
  if (groups.size() < 2) return {};
  Contention contention;
  contention.groups = fmt::format("{} {}", groups.size(), what);
  contention.count = static_cast<int>(groups.size());
  contention.ranks = static_cast<int>(groups[0].size());
  contention.bytes = std::min(options.to, kLargest);
  contention.alone = slowest(world, measure_together(world, *chosen.backend, groups, 1, contention.bytes));
  contention.together =
      slowest(world, measure_together(world, *chosen.backend, groups, groups.size(), contention.bytes));
  return {contention};
}

std::string contention_table(const std::vector<Contention>& contention) {
  if (contention.empty()) return "# contention: there are no two groups that could meet on a link\n";
  std::string text;
  for (const Contention& row : contention)
    text += fmt::format(
        "# contention: all_reduce of {} by one of {}: {} alone, {} when all run: {:.2f} times slower\n",
        message_size_text(row.bytes), row.groups, to_text(row.alone), to_text(row.together),
        row.together / row.alone);
  return text;
}

}  // namespace scalesim::comm
