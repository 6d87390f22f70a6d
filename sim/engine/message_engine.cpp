// One loop for all patterns; a pattern says what a rank sends in a step and how much it waits for.
#include "sim/engine/message_engine.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/error.h"
#include "sim/engine/event_queue.h"

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Each step sends one piece to the next rank; the first `reducing` steps add.
struct RingSteps {
  int ranks, count, reducing;
  double piece;
  int steps() const { return count; }
  int receives(int, int) const { return 1; }
  template <class Do>
  void sends(int rank, int step, Do use) const {
    use(Send{rank + 1 == ranks ? 0 : rank + 1, piece, step < reducing});
  }
};

/// Everybody sends a piece to everybody: first to add, then to spread.
struct DirectSteps {
  int ranks;
  double piece;
  int steps() const { return 2; }
  int receives(int, int) const { return ranks - 1; }
  template <class Do>
  void sends(int rank, int step, Do use) const {
    for (int i = 1; i < ranks; ++i) use(Send{(rank + i) % ranks, piece, step == 0});
  }
};

/// Halves at distance 1, 2, 4, ... while adding, then back.
struct HalvingSteps {
  int rounds;
  double bytes;
  int steps() const { return 2 * rounds; }
  int receives(int, int) const { return 1; }
  template <class Do>
  void sends(int rank, int step, Do use) const {
    const int k = step < rounds ? step : 2 * rounds - 1 - step;
    use(Send{rank ^ (1 << k), bytes / std::exp2(k + 1), step < rounds});
  }
};

/// A schedule's rounds, sorted by sender.
struct ScheduleSteps {
  explicit ScheduleSteps(const comm::Schedule& schedule, double bytes)
      : ranks(schedule.ranks),
        rounds(static_cast<int>(schedule.rounds.size())),
        piece(bytes / schedule.chunks) {
    begin.assign(at(ranks * rounds) + 1, 0);
    expected.assign(at(ranks * rounds), 0);
    for (int s = 0; s < rounds; ++s)
      for (const comm::Message& m : schedule.rounds[at(s)]) {
        ++begin[cell(m.source, s) + 1];
        ++expected[cell(m.destination, s)];
      }
    for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
    messages.resize(begin.back());
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (int s = 0; s < rounds; ++s)
      for (const comm::Message& m : schedule.rounds[at(s)])
        messages[next[cell(m.source, s)]++] = {m.destination, piece * m.chunks, m.reduce};
  }
  std::size_t cell(int rank, int step) const { return at(step) * at(ranks) + at(rank); }
  int steps() const { return rounds; }
  int receives(int rank, int step) const { return expected[cell(rank, step)]; }
  template <class Do>
  void sends(int rank, int step, Do use) const {
    for (std::size_t i = begin[cell(rank, step)]; i < begin[cell(rank, step) + 1]; ++i) use(messages[i]);
  }

  int ranks, rounds;
  double piece;
  std::vector<std::size_t> begin;
  std::vector<int> expected;
  std::vector<Send> messages;
};

/// A message on its way.
struct Arrival {
  int rank, step;
  double busy;  ///< seconds the receiver adds after it
};

template <class Steps>
class Engine {
 public:
  Engine(const Steps& steps, int ranks, const MessageCosts& costs, const LinkMap& links,
         MessageResult& result)
      : steps_(steps),
        costs_(costs),
        links_(links),
        result_(result),
        ranks_(at(ranks)),
        free_at_(at(links.links()), 0) {}

  /// Returns when the last rank has finished.
  double run(double start) {
    std::fill(free_at_.begin(), free_at_.end(), start);
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      ranks_[r].missing = steps_.receives(static_cast<int>(r), 0);
      send(static_cast<int>(r), start);
    }
    std::vector<Arrival> arrivals;
    double end = start;
    while (!queue_.empty()) {
      const double now = queue_.take(arrivals);
      for (const Arrival& a : arrivals) end = std::max(end, receive(a, now));
    }
    return end + floored(costs_.endpoint);
  }

 private:
  struct Rank {
    int step = 0;
    int missing = 0;   ///< messages of this step still to come
    double ready = 0;  ///< when the receiver has added everything of this step
    std::vector<Arrival> early;
  };

  double floored(double duration) const {
    return costs_.quantum > 0 ? std::floor(duration / costs_.quantum * (1 + 1e-12)) * costs_.quantum
                              : duration;
  }

  double receive(const Arrival& a, double now) {
    ++result_.events;
    Rank& rank = ranks_[at(a.rank)];
    if (a.step != rank.step) {
      rank.early.push_back({a.rank, a.step, std::max(now, 0.0) + a.busy});
      return now;
    }
    return take(a.rank, now + a.busy);
  }

  /// One message of the current step is in; moves on when it was the last.
  double take(int r, double done) {
    Rank& rank = ranks_[at(r)];
    rank.ready = std::max(rank.ready, done);
    if (--rank.missing > 0) return done;
    return advance(r);
  }

  double advance(int r) {
    Rank& rank = ranks_[at(r)];
    const double now = rank.ready;
    while (++rank.step < steps_.steps()) {
      rank.missing = steps_.receives(r, rank.step);
      send(r, now);
      take_early(rank);
      if (rank.missing > 0) return now;
    }
    return rank.ready;
  }

  void take_early(Rank& rank) {
    for (std::size_t i = 0; i < rank.early.size();) {
      if (rank.early[i].step != rank.step) {
        ++i;
        continue;
      }
      rank.ready = std::max(rank.ready, rank.early[i].busy);
      --rank.missing;
      rank.early[i] = rank.early.back();
      rank.early.pop_back();
    }
  }

  void send(int r, double now) {
    const int step = ranks_[at(r)].step;
    const double start = now + floored(costs_.endpoint);
    steps_.sends(r, step, [&](const Send& message) {
      const int link = links_.link_of(r, message.to);
      const double wire = message.bytes / costs_.bandwidth * links_.slowness(link);
      double& free_at = free_at_[at(link)];
      const double begin = std::max(start, free_at);
      free_at = begin + wire;
      result_.link_bytes[at(link)] += message.bytes;
      const double adding = message.reduce && costs_.reduction > 0
                                ? costs_.reduction_passes * floored(message.bytes / costs_.reduction)
                                : 0;
      queue_.push(begin + floored(costs_.latency * costs_.hops + wire), {message.to, step, adding});
    });
    // A rank that waits for nothing in this step goes on with the next.
    if (ranks_[at(r)].missing == 0 && step + 1 < steps_.steps() && step == 0) {
      ranks_[at(r)].ready = now;
      advance(r);
    }
  }

  const Steps& steps_;
  const MessageCosts& costs_;
  const LinkMap& links_;
  MessageResult& result_;
  std::vector<Rank> ranks_;
  std::vector<double> free_at_;
  EventQueue<Arrival> queue_;
};

template <class Steps>
MessageResult run(const Steps& steps, int ranks, int splits, const MessageCosts& costs,
                  const LinkMap& links) {
  MessageResult result;
  result.link_bytes.assign(at(links.links()), 0);
  double now = 0;
  if (ranks > 1)
    for (int split = 0; split < splits; ++split)
      now = Engine<Steps>(steps, ranks, costs, links, result).run(now);
  result.time = Seconds(now);
  return result;
}

}  // namespace

LinkMap::LinkMap(int ranks) : ranks_(ranks), links_(ranks) {}
LinkMap LinkMap::full_mesh(int ranks) {
  LinkMap map(ranks);
  map.mesh_ = true;
  map.links_ = ranks * ranks;
  return map;
}
LinkMap::LinkMap(int ranks, int ranks_per_node, int nics, double ratio)
    : ranks_(ranks),
      per_node_(ranks_per_node),
      nics_(nics),
      links_(ranks + (ranks + ranks_per_node - 1) / ranks_per_node * nics),
      ratio_(ratio) {}

MessageResult simulate_messages(MessagePattern pattern, int ranks, Bytes bytes, int splits,
                                const MessageCosts& costs, const LinkMap& links) {
  const double split = bytes.value() / splits, piece = split / ranks;
  switch (pattern) {
    case MessagePattern::ring_all_reduce:
      return run(RingSteps{ranks, 2 * (ranks - 1), ranks - 1, piece}, ranks, splits, costs, links);
    case MessagePattern::ring_all_gather:
      return run(RingSteps{ranks, ranks - 1, 0, piece}, ranks, splits, costs, links);
    case MessagePattern::ring_reduce_scatter:
      return run(RingSteps{ranks, ranks - 1, ranks - 1, piece}, ranks, splits, costs, links);
    case MessagePattern::direct_all_reduce:
      return run(DirectSteps{ranks, piece}, ranks, splits, costs, links);
    case MessagePattern::halving_doubling:
      if (!std::has_single_bit(static_cast<unsigned>(ranks)))
        throw InputError("halving-doubling runs on a power of two of ranks, not " + std::to_string(ranks));
      return run(HalvingSteps{std::countr_zero(static_cast<unsigned>(ranks)), split}, ranks, splits, costs,
                 links);
  }
  return {};
}

MessageResult simulate_schedule(const comm::Schedule& schedule, Bytes bytes, const MessageCosts& costs,
                                const LinkMap& links) {
  return run(ScheduleSteps(schedule, bytes.value()), schedule.ranks, 1, costs, links);
}

}  // namespace scalesim::sim
