// The communication streams of a sharded step, and the clock they share with the compute beside them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "sim/step/sharded_description.h"

namespace scalesim::sim {

/// A collective of one unit; none where there is nothing to move.
struct UnitCollectiveCost {
  bool exists = false;
  double seconds = 0, compute_rate = 1, communication_rate = 1;
  double longest = 0;
  int link = 0;

  bool same_rates(const UnitCollectiveCost& o) const {
    return compute_rate == o.compute_rate && communication_rate == o.communication_rate;
  }
};

/// What runs on a stream, and what waits for it.
class ShardedStream {
 public:
  double busy = 0;  ///< seconds in which a collective ran
  double left = 0;  ///< of the one that runs
  int link = 0;     ///< streams of one link share it

  void reset(int stream_link) {
    waiting_.clear();
    head_ = changes_ = 0;
    busy = left = 0;
    link = stream_link;
    running_ = nullptr;
  }
  const UnitCollectiveCost* running() const { return running_; }
  int kind() const { return kind_; }  ///< of the unit whose collective runs
  std::size_t queued() const { return waiting_.size() - head_; }
  std::size_t changes() const { return changes_; }  ///< starts and ends

  void start(const UnitCollectiveCost& cost, int kind) { start(cost, kind, cost.seconds); }
  void start_next() {
    if (running_ || queued() == 0) return;
    const Entry next = waiting_[head_++];
    if (head_ == waiting_.size()) waiting_.clear(), head_ = 0;
    start(*next.cost, next.kind, next.seconds);
  }
  void wait(const UnitCollectiveCost& cost, int kind) { waiting_.push_back({&cost, kind, cost.seconds}); }
  /// Where nothing looks at when a single collective ends, those with equal rates in a row are one.
  void wait_as_one(const UnitCollectiveCost& cost, int kind) {
    if (queued() > 0 && waiting_.back().cost->same_rates(cost)) {
      waiting_.back().seconds += cost.seconds;
    } else if (queued() == 0 && running_ && running_->same_rates(cost)) {
      left += cost.seconds;
    } else {
      wait(cost, kind);
    }
  }
  void end() {
    running_ = nullptr;
    ++changes_;
  }

  /// Nothing of another kind runs or waits.
  bool only(int kind) const {
    for (std::size_t i = head_; i < waiting_.size(); ++i)
      if (waiting_[i].kind != kind) return false;
    return !running_ || kind_ == kind;
  }
  double waiting_seconds() const {
    double sum = 0;
    for (std::size_t i = head_; i < waiting_.size(); ++i) sum += waiting_[i].seconds;
    return sum;
  }

 private:
  struct Entry {
    const UnitCollectiveCost* cost;
    int kind;
    double seconds;
  };
  void start(const UnitCollectiveCost& cost, int kind, double seconds) {
    running_ = &cost;
    kind_ = kind;
    left = seconds;
    ++changes_;
  }

  std::vector<Entry> waiting_;
  std::size_t head_ = 0, changes_ = 0;
  const UnitCollectiveCost* running_ = nullptr;
  int kind_ = 0;
};

/// Gathers, reductions, and sums among replicas.
struct ShardedStreams {
  static constexpr std::size_t kCount = ShardedDescription::kStreams;
  static constexpr double kSame = 1e-12;    // relative to the clock; rounding of sums that are equal
  static constexpr std::size_t kMost = 16;  // collectives that wait: longer queues are not looked through

  std::array<ShardedStream, kCount> stream;
  std::size_t last = ShardedDescription::kReduce;  ///< nothing waits for the ends of its collectives

  ShardedStream& operator[](std::size_t name) { return stream[name]; }
  const ShardedStream& operator[](std::size_t name) const { return stream[name]; }

  /// What a later moment may find again.
  struct Mark {
    double now = 0;
    std::array<double, kCount> busy{}, left{}, waiting{};
    std::array<std::size_t, kCount> queued{};
    std::size_t changes = 0;  ///< of the last stream
  };
  Mark mark(double now) const {
    Mark mark;
    mark.now = now;
    mark.changes = stream[last].changes();
    for (std::size_t s = 0; s < kCount; ++s) {
      mark.busy[s] = stream[s].busy;
      mark.left[s] = stream[s].running() ? stream[s].left : 0;
      mark.queued[s] = stream[s].queued() + (stream[s].running() ? 1 : 0);
      mark.waiting[s] = mark.queued[s] > 1 && mark.queued[s] <= kMost ? stream[s].waiting_seconds() : 0;
    }
    return mark;
  }

  /// How often, at most `times`, what has passed between two marks can pass again: always when all streams
  /// are as they were; while it lasts when one kind of collective has run on the last stream all the time.
  double repeatable(const Mark& from, const Mark& to, double times) const {
    const double near = kSame * to.now;
    for (std::size_t s = 0; s < kCount; ++s) {
      const double drift = to.left[s] - from.left[s];
      if (to.queued[s] == from.queued[s] && to.queued[s] <= kMost && std::abs(drift) <= near &&
          std::abs(to.waiting[s] - from.waiting[s]) <= near)
        continue;
      if (s != last || to.queued[s] != 1 || from.queued[s] != 1 || to.changes != from.changes) return 0;
      if (drift < 0) times = std::min(times, std::floor((to.left[s] - (to.now - from.now)) / -drift) - 1);
    }
    return times;
  }
  void repeat(const Mark& from, const Mark& to, double times) {
    for (std::size_t s = 0; s < kCount; ++s) stream[s].busy += (to.busy[s] - from.busy[s]) * times;
    if (stream[last].running() && to.changes == from.changes)
      stream[last].left += (to.left[last] - from.left[last]) * times;
  }
};

}  // namespace scalesim::sim
