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
struct Movement {
  bool exists = false;
  double seconds = 0, compute_rate = 1, communication_rate = 1;
  double longest = 0;
  int link = 0;

  bool same_rates(const Movement& o) const {
    return compute_rate == o.compute_rate && communication_rate == o.communication_rate;
  }
};

/// What runs on a stream, and what waits for it.
class Lane {
 public:
  double busy = 0;  ///< seconds in which a collective ran
  double left = 0;  ///< of the one that runs
  int link = 0;     ///< lanes of one link share it

  void reset(int lane_link) {
    waiting_.clear();
    head_ = changes_ = 0;
    busy = left = 0;
    link = lane_link;
    running_ = nullptr;
  }
  const Movement* running() const { return running_; }
  int kind() const { return kind_; }  ///< of the unit whose collective runs
  std::size_t queued() const { return waiting_.size() - head_; }
  std::size_t changes() const { return changes_; }  ///< starts and ends

  void start(const Movement& movement, int kind) { start(movement, kind, movement.seconds); }
  void start_next() {
    if (running_ || queued() == 0) return;
    const Entry next = waiting_[head_++];
    if (head_ == waiting_.size()) waiting_.clear(), head_ = 0;
    start(*next.movement, next.kind, next.seconds);
  }
  void wait(const Movement& movement, int kind) { waiting_.push_back({&movement, kind, movement.seconds}); }
  /// Where nothing looks at when a single collective ends, those with equal rates in a row are one.
  void wait_as_one(const Movement& movement, int kind) {
    if (queued() > 0 && waiting_.back().movement->same_rates(movement)) {
      waiting_.back().seconds += movement.seconds;
    } else if (queued() == 0 && running_ && running_->same_rates(movement)) {
      left += movement.seconds;
    } else {
      wait(movement, kind);
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
    const Movement* movement;
    int kind;
    double seconds;
  };
  void start(const Movement& movement, int kind, double seconds) {
    running_ = &movement;
    kind_ = kind;
    left = seconds;
    ++changes_;
  }

  std::vector<Entry> waiting_;
  std::size_t head_ = 0, changes_ = 0;
  const Movement* running_ = nullptr;
  int kind_ = 0;
};

/// Gathers, reductions, and sums among replicas.
struct Lanes {
  static constexpr std::size_t kCount = ShardedDescription::kStreams;
  static constexpr double kSame = 1e-12;    // relative to the clock; rounding of sums that are equal
  static constexpr std::size_t kMost = 16;  // collectives that wait: longer queues are not looked through

  std::array<Lane, kCount> lane;
  std::size_t last = ShardedDescription::kReduce;  ///< nothing waits for the ends of its collectives

  Lane& operator[](std::size_t name) { return lane[name]; }
  const Lane& operator[](std::size_t name) const { return lane[name]; }

  /// What a later moment may find again.
  struct Mark {
    double now = 0;
    std::array<double, kCount> busy{}, left{}, waiting{};
    std::array<std::size_t, kCount> queued{};
    std::size_t changes = 0;  ///< of the last lane
  };
  Mark mark(double now) const {
    Mark mark;
    mark.now = now;
    mark.changes = lane[last].changes();
    for (std::size_t s = 0; s < kCount; ++s) {
      mark.busy[s] = lane[s].busy;
      mark.left[s] = lane[s].running() ? lane[s].left : 0;
      mark.queued[s] = lane[s].queued() + (lane[s].running() ? 1 : 0);
      mark.waiting[s] = mark.queued[s] > 1 && mark.queued[s] <= kMost ? lane[s].waiting_seconds() : 0;
    }
    return mark;
  }

  /// How often, at most `times`, what has passed between two marks can pass again: always when all lanes are
  /// as they were; while it lasts when one kind of collective has run on the last lane all the time.
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
    for (std::size_t s = 0; s < kCount; ++s) lane[s].busy += (to.busy[s] - from.busy[s]) * times;
    if (lane[last].running() && to.changes == from.changes)
      lane[last].left += (to.left[last] - from.left[last]) * times;
  }
};

}  // namespace scalesim::sim
