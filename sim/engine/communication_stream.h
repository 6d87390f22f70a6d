// The communication stream of one device, and the compute that overlaps with its queue of collectives: both
// progress at the rates that their interference leaves them, as in play().
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace scalesim::sim {

/// Nothing looks at when a single collective of the queue ends, so those that follow each other with equal
/// rates are kept as one.
class CommunicationStream {
 public:
  struct Collective {
    double seconds = 0;  ///< alone
    double compute_rate = 1, communication_rate = 1;

    bool same_rates(const Collective& o) const {
      return compute_rate == o.compute_rate && communication_rate == o.communication_rate;
    }
  };

  void reset() {
    now_ = busy_ = left_ = 0;
    queue_.clear();
    head_ = changes_ = 0;
  }
  bool idle() const { return head_ == queue_.size(); }
  double now() const { return now_; }
  double busy() const { return busy_; }  ///< seconds in which a collective ran

  /// Queues a collective that is ready now.
  void push(const Collective& collective) {
    if (idle()) {
      queue_.clear();
      head_ = 0;
    } else if (queue_.back().same_rates(collective)) {
      (waiting() == 1 ? left_ : queue_.back().seconds) += collective.seconds;
      return;
    }
    if (queue_.empty()) left_ = collective.seconds;
    queue_.push_back(collective);
    ++changes_;
  }

  /// Computes `work` seconds from `start` on, which is not before now. Returns the end.
  double compute(double start, double work) {
    drain(start);
    now_ = start;
    while (work > 0 && !idle()) {
      const Collective& c = queue_[head_];
      const double to_end_of_work = work / c.compute_rate,
                   to_end_of_collective = left_ / c.communication_rate;
      if (to_end_of_work <= to_end_of_collective) {
        pass(to_end_of_work);
        left_ -= to_end_of_work * c.communication_rate;
        return now_;
      }
      pass(to_end_of_collective);
      work -= to_end_of_collective * c.compute_rate;
      pop();
    }
    return now_ += std::max(0.0, work);
  }

  /// What waits is of these rates, and lasts until `start` and then for `work` seconds of compute and longer.
  bool outlasts(double start, double work, const Collective& rates) const {
    return waiting() == 1 && queue_[head_].same_rates(rates) &&
           left_ > start - now_ + work / rates.compute_rate * rates.communication_rate;
  }
  /// The same as computing `work` seconds while collectives of `more` are pushed, where the queue outlasts
  /// it.
  double compute_beside(double start, double work, const Collective& more) {
    drain(start);
    now_ = start;
    const double took = work / more.compute_rate;
    pass(took);
    left_ += more.seconds - took * more.communication_rate;
    return now_;
  }
  /// The only one that waits; no seconds: nothing does.
  Collective first() const {
    return idle() ? Collective{0, 1, 1}
                  : Collective{left_, queue_[head_].compute_rate, queue_[head_].communication_rate};
  }
  bool at_most_one() const { return waiting() <= 1; }
  /// Goes on at `now` with at most one kind of collective, after some ran for `busy` seconds; `changed` when
  /// others ran in between.
  void resume(double now, double busy, const Collective& left, bool changed) {
    now_ = now;
    busy_ += busy;
    if (!changed) {
      left_ = left.seconds;
      return;
    }
    ++changes_;
    head_ = queue_.size();
    if (left.seconds > 0) push(left);
  }
  std::size_t changes() const { return changes_; }  ///< of what is in the queue: a new kind, or none any more
  bool close_to(double seconds, double other) const { return std::abs(seconds - other) <= kSame * now_; }

  /// Lets the queue run alone. Returns when it is empty, not before now.
  double finish() {
    while (!idle()) {
      pass(left_);
      pop();
    }
    return now_;
  }

  // --- What repeats ---

  struct Mark {
    double now = 0, busy = 0;
    double left = 0, rest = 0;  ///< of the first kind that waits; of all others
    std::size_t waiting = 0, changes = 0;
  };
  Mark mark() const { return {now_, busy_, idle() ? 0 : left_, rest(), waiting(), changes_}; }

  /// How often, at most `times`, all that has passed since `before` can pass again with the same durations:
  /// always when the queue is as it was then; while it lasts when it has been of one kind since.
  double repeatable(const Mark& before, double times) const {
    const double left = idle() ? 0 : left_, near = kSame * now_;
    if (waiting() > kMost) return 0;
    if (waiting() == before.waiting && std::abs(left - before.left) <= near &&
        std::abs(rest() - before.rest) <= near)
      return times;
    if (waiting() != 1 || before.waiting != 1 || changes_ != before.changes) return 0;
    const double drift = left - before.left;
    if (drift >= 0) return times;
    return std::min(times, std::floor((left - (now_ - before.now)) / -drift) - 1);
  }
  /// Since then the queue has been empty, or of one kind and never empty.
  bool calm(const Mark& before) const {
    return waiting() == before.waiting && waiting() <= 1 && changes_ == before.changes;
  }
  /// Lets it pass so often, which is repeatable.
  void repeat(const Mark& before, double times) {
    const double drift = waiting() == 1 && changes_ == before.changes ? left_ - before.left : 0;
    left_ += drift * times;
    busy_ += (busy_ - before.busy) * times;
    now_ += (now_ - before.now) * times;
  }

 private:
  static constexpr double kSame = 1e-12;    // relative to the clock; rounding of sums that are equal
  static constexpr std::size_t kMost = 16;  // kinds that wait: a longer queue is not looked through

  std::size_t waiting() const { return queue_.size() - head_; }
  double rest() const {
    double sum = 0;
    for (std::size_t i = head_ + 1; i < queue_.size() && waiting() <= kMost; ++i) sum += queue_[i].seconds;
    return sum;
  }
  void drain(double until) {
    while (!idle() && now_ < until) {
      const double step = std::min(left_, until - now_);
      const bool ends = left_ <= until - now_;
      pass(step);
      left_ -= step;
      if (ends) pop();
    }
  }
  void pass(double seconds) { now_ += seconds, busy_ += seconds; }
  void pop() {
    ++changes_;
    if (++head_ < queue_.size()) left_ = queue_[head_].seconds;
  }

  double now_ = 0, busy_ = 0, left_ = 0;
  std::vector<Collective> queue_;
  std::size_t head_ = 0;
  std::size_t changes_ = 0;
};

}  // namespace scalesim::sim
