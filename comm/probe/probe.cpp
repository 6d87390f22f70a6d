// The order of measuring: group by group, so that ranks outside the group sleep; within a group sizes ascend,
// so that what is too slow for the time budget is known before it is started; everything twice, so that drift
// shows.
#include "comm/probe/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "comm/probe/backends.h"
#include "comm/probe/exchange.h"
#include "comm/probe/identity.h"
#include "comm/probe/sampling.h"
#include "core/error.h"
#include "core/statistics.h"
#include "core/units_text.h"

namespace scalesim::comm {
namespace {

using Clock = std::chrono::steady_clock;

/// Everything is measured in a first pass, and again in a second one so that drift shows in the spread.
struct Pass {
  double until;  ///< fraction of the time budget
  int least;     ///< repetitions of what has been started
};
constexpr Pass kPasses[] = {{0.7, 2}, {1.0, 1}};

/// One thing to measure in a group, with what is known of it so far.
struct Cell {
  Collective collective = Collective::all_reduce;
  Bytes bytes{};
  Series series;
};

/// A group's cells and the time it may take in one pass.
struct Plan {
  RankGroup group;
  std::vector<Cell> cells;
};

std::vector<Plan> make_plans(const std::vector<RankGroup>& groups, const ProbeOptions& options) {
  const std::vector<Bytes> sizes = probe_sizes(options.from, options.to, options.factor);
  std::vector<Plan> plans;
  for (const RankGroup& group : groups) {
    Plan plan{group, {}};
    for (const Collective collective : options.collectives)
      for (const Bytes bytes : sizes) plan.cells.push_back({collective, bytes, {}});
    plans.push_back(std::move(plan));
  }
  return plans;
}

int position_in(const RankGroup& group, int rank) {
  const auto found = std::find(group.ranks.begin(), group.ranks.end(), rank);
  return found == group.ranks.end() ? -1 : static_cast<int>(found - group.ranks.begin());
}

/// Time of one repetition of cell `index` by what is known of it or of the size before: small messages cost
/// latency, large ones grow with the size.
double expected_seconds(const std::vector<Cell>& cells, std::size_t index) {
  if (!cells[index].series.times.empty()) return median(cells[index].series.times);
  if (index == 0 || cells[index - 1].collective != cells[index].collective) return 0;
  const double growth = std::max(1.0, cells[index].bytes / cells[index - 1].bytes);
  return expected_seconds(cells, index - 1) * (cells[index].bytes > Bytes(65536) ? growth : 1.0);
}

/// What the sizes after `index` need at the least.
double reserved_seconds(const std::vector<Cell>& cells, std::size_t index, int least) {
  double sum = 0;
  for (std::size_t i = index + 1; i < cells.size(); ++i) sum += expected_seconds(cells, i) * (least + 1);
  return sum;
}

/// How much of a group's time a size gets: large ones take longer, but not in proportion.
double weight(const Cell& cell) { return 1 + std::sqrt(cell.bytes.value() / 4096); }
double weight(const RankGroup& group) {
  return std::pow(std::max(3.0, static_cast<double>(group.ranks.size())), 1.5);
}

template <class Item, class Weight>
double sum_from(const std::vector<Item>& items, std::size_t first, Weight weight_of) {
  return std::accumulate(items.begin() + static_cast<std::ptrdiff_t>(first), items.end(), 0.0,
                         [&](double sum, const Item& item) { return sum + weight_of(item); });
}

/// One pass over the cells of a group within `budget` seconds; what small sizes leave over goes to the large
/// ones.
void measure_cells(std::vector<Cell>& cells, Channel& channel, double budget, int least) {
  const Clock::time_point start = Clock::now();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double left = -channel.maximum({elapsed - budget})[0];  // one number for all: they decide alike
    if (expected_seconds(cells, i) * (least + 1) > left) continue;
    SamplingLimits limits;
    limits.least = least;
    const double share = weight(cells[i]) / sum_from(cells, i, [](const Cell& c) { return weight(c); });
    limits.time = Seconds(std::max(0.0, left - reserved_seconds(cells, i, least)) * share);
    cells[i].series =
        extend(std::move(cells[i].series), channel, cells[i].collective, cells[i].bytes, limits);
  }
}

/// Every group once, every size at least `pass.least` times.
void measure_pass(job::World& world, Backend& backend, std::vector<Plan>& plans, Clock::time_point start,
                  const ProbeOptions& options, const Pass& pass) {
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const double left = options.budget.value() * pass.until - spent();
    const double share =
        weight(plans[i].group) / sum_from(plans, i, [](const Plan& p) { return weight(p.group); });
    const int position = position_in(plans[i].group, world.rank());
    std::unique_ptr<Channel> channel = backend.split(position < 0 ? -1 : 0, position);
    if (channel) measure_cells(plans[i].cells, *channel, std::max(left, 0.0) * share, pass.least);
    channel.reset();
    world.barrier();
    if (options.progress) options.progress(Seconds(spent()));
  }
}

/// The first member of a group tells all ranks what the group measured, as numbers: plan, cell, bytes, wrong,
/// estimate, how many times follow, times.
std::vector<double> told_by(int rank, const std::vector<Plan>& plans) {
  std::vector<double> numbers;
  for (std::size_t p = 0; p < plans.size(); ++p) {
    if (position_in(plans[p].group, rank) != 0) continue;
    for (std::size_t c = 0; c < plans[p].cells.size(); ++c) {
      const Cell& cell = plans[p].cells[c];
      const Series& series = cell.series;
      numbers.insert(numbers.end(), {static_cast<double>(p), static_cast<double>(c), series.bytes.value(),
                                     static_cast<double>(series.wrong), series.estimate.value(),
                                     static_cast<double>(series.times.size())});
      numbers.insert(numbers.end(), series.times.begin(), series.times.end());
    }
  }
  return numbers;
}

void take_in(std::vector<Plan>& plans, const std::vector<double>& numbers) {
  for (std::size_t i = 0; i < numbers.size();) {
    Cell& cell =
        plans.at(static_cast<std::size_t>(numbers[i])).cells.at(static_cast<std::size_t>(numbers[i + 1]));
    cell.series.bytes = Bytes(numbers[i + 2]);
    cell.series.wrong = static_cast<long>(numbers[i + 3]);
    cell.series.estimate = Seconds(numbers[i + 4]);
    const auto count = static_cast<std::ptrdiff_t>(numbers[i + 5]);
    const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(i) + 6;
    cell.series.times.assign(first, first + count);
    i += 6 + static_cast<std::size_t>(count);
  }
}

std::vector<Plan> share(job::World& world, std::vector<Plan> plans) {
  for (const std::vector<double>& numbers : gather_numbers(world, told_by(world.rank(), plans)))
    take_in(plans, numbers);
  return plans;
}

std::vector<Sample> summarise(const std::vector<Plan>& plans) {
  std::vector<Sample> samples;
  for (const Plan& plan : plans)
    for (const Cell& cell : plan.cells)
      if (!cell.series.times.empty()) samples.push_back(summarise(cell.series, cell.collective, plan.group));
  return samples;
}

std::vector<std::string> noise_warnings(const std::vector<Sample>& samples, const std::vector<Plan>& plans) {
  std::vector<std::string> warnings;
  long repetitions = 0, outliers = 0, wrong = 0, wide = 0;
  for (const Sample& sample : samples) {
    repetitions += sample.repetitions;
    outliers += sample.outliers;
    wrong += sample.wrong;
    wide += sample.high - sample.low > 0.2 * sample.median;
  }
  if (wrong > 0) warnings.push_back(fmt::format("{} elements had a wrong result", wrong));
  if (wide * 4 > std::ssize(samples))
    warnings.push_back(fmt::format(
        "noisy: the 95 % interval is wider than 20 % of the median in {} of {} rows", wide, samples.size()));
  if (outliers * 20 > repetitions)
    warnings.push_back(
        fmt::format("noisy: {} of {} repetitions lie far from their median", outliers, repetitions));
  for (const Plan& plan : plans) {
    const auto skipped = std::find_if(plan.cells.begin(), plan.cells.end(),
                                      [](const Cell& c) { return c.series.times.empty(); });
    if (skipped == plan.cells.end()) continue;
    warnings.push_back(fmt::format("{} ranks: {} from {} up not measured, the time budget was too short",
                                   plan.group.ranks.size(), to_text(skipped->collective),
                                   message_size_text(skipped->bytes)));
  }
  return warnings;
}

std::vector<std::string> crowding_warnings(const std::vector<RankPlace>& places) {
  std::map<std::string, std::pair<int, int>> ranks_and_cores;
  for (const RankPlace& place : places) {
    auto& [ranks, cores] = ranks_and_cores[place.host];
    ++ranks;
    cores = std::max(cores, place.cores);
  }
  std::vector<std::string> warnings;
  for (const auto& [host, load] : ranks_and_cores)
    if (load.first > load.second)
      warnings.push_back(fmt::format("{} ranks share {} cores on {}: times include waiting for a core",
                                     load.first, load.second, host));
  return warnings;
}

/// Everything about the profile but its samples.
CommProfile describe(const Backend& backend, const std::vector<RankPlace>& places) {
  CommProfile profile;
  profile.backend = std::string(backend.name());
  profile.transport = backend.transport(places);
  profile.ranks = static_cast<int>(places.size());
  for (const RankPlace& place : places) {
    profile.hosts.push_back(place.host);
    if (!place.gpu.empty()) profile.gpus.push_back(place.gpu);
  }
  profile.environment = backend.environment();
  profile.warnings = crowding_warnings(places);
  return profile;
}

CommProfile nothing_measured() {
  CommProfile profile;
  profile.backend = "none";
  profile.transport = "nothing";
  profile.warnings = {"links are only measured between ranks: start scalesim under mpirun"};
  return profile;
}

}  // namespace

std::vector<Bytes> probe_sizes(Bytes from, Bytes to, double factor) {
  if (from.value() < 1 || to < from)
    throw InputError(fmt::format("sizes from {} to {} are no range: -b must be at least 1 and at most -e",
                                 message_size_text(from), message_size_text(to)));
  if (!(factor >= 1.01))
    throw InputError(fmt::format("-f {} does not grow: the factor must be at least 1.01", factor));
  std::vector<Bytes> sizes;
  for (Bytes bytes = from; bytes < to; bytes = Bytes(std::max(bytes.value() + 4, bytes.value() * factor)))
    sizes.push_back(Bytes(std::floor(bytes.value())));
  sizes.push_back(to);
  return sizes;
}

CommProfile probe(job::World& world, const ProbeOptions& options) {
  const Clock::time_point start = Clock::now();
  require_same_program(world);
  const ChosenBackend chosen = choose_backend(world, options.backend);
  if (!chosen.backend) return nothing_measured();
  const std::vector<RankPlace> places = gather_places(world, chosen.gpu);
  std::vector<Plan> plans = make_plans(choose_groups(places, options.ranks), options);
  for (const Pass& pass : kPasses) measure_pass(world, *chosen.backend, plans, start, options, pass);
  plans = share(world, std::move(plans));
  CommProfile profile = describe(*chosen.backend, places);
  profile.samples = summarise(plans);
  if (!chosen.note.empty()) profile.warnings.push_back(chosen.note);
  for (std::string& warning : noise_warnings(profile.samples, plans))
    profile.warnings.push_back(std::move(warning));
  return profile;
}

}  // namespace scalesim::comm
