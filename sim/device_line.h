// The compute of one device beside its queue of collectives: both progress at the rates that their
// interference leaves them, as in play().
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace scalesim::sim {

class DeviceLine {
 public:
  struct Collective {
    double seconds = 0;  ///< alone
    double compute_rate = 1, communication_rate = 1;
  };

  void reset() {
    now_ = busy_ = 0;
    queue_.clear();
    head_ = 0;
  }
  bool idle() const { return head_ == queue_.size(); }
  double now() const { return now_; }
  double busy() const { return busy_; }  ///< seconds in which a collective ran

  /// Queues a collective that is ready now.
  void push(const Collective& collective) {
    if (idle()) queue_.clear(), head_ = 0, left_ = collective.seconds;
    queue_.push_back(collective);
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

  /// Lets the queue run alone. Returns when it is empty, not before now.
  double finish() {
    while (!idle()) {
      pass(left_);
      pop();
    }
    return now_;
  }

  std::size_t waiting() const { return queue_.size() - head_; }
  double left() const { return idle() ? 0 : left_; }  ///< of the first that waits

  /// As if `seconds` had passed after which the queue is as it was; a collective ran for `busy` of them.
  void skip(double seconds, double busy) { now_ += seconds, busy_ += busy; }

 private:
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
    if (++head_ < queue_.size()) left_ = queue_[head_].seconds;
  }

  double now_ = 0, busy_ = 0, left_ = 0;
  std::vector<Collective> queue_;
  std::size_t head_ = 0;
};

}  // namespace scalesim::sim
