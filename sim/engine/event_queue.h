// A queue of events in time order that is cheap when many events share a time: a heap of distinct times, each
// with its events in the order they came.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace scalesim::sim {

template <class Event>
class EventQueue {
 public:
  void push(double time, const Event& event) {
    if (last_ < buckets_.size() && buckets_[last_].time == time && buckets_[last_].open) {
      buckets_[last_].events.push_back(event);
      return;
    }
    push_slow(time, event);
  }

  bool empty() const { return heap_.empty(); }

  /// Takes all events of the earliest time. The vector is reused: hand it back by swapping.
  double take(std::vector<Event>& events) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const auto [time, slot] = heap_.back();
    heap_.pop_back();
    Bucket& bucket = buckets_[slot];
    events.clear();
    std::swap(events, bucket.events);
    bucket.open = false;
    free_.push_back(slot);
    return time;
  }

 private:
  struct Bucket {
    double time = 0;
    std::vector<Event> events;
    bool open = false;
  };

  void push_slow(double time, const Event& event) {
    // Times of symmetric ranks repeat: look among the few latest buckets before opening another.
    for (std::size_t i = 0, n = std::min<std::size_t>(recent_.size(), 8); i < n; ++i) {
      const std::size_t slot = recent_[recent_.size() - 1 - i];
      if (!buckets_[slot].open || buckets_[slot].time != time) continue;
      buckets_[slot].events.push_back(event);
      last_ = slot;
      return;
    }
    std::size_t slot = buckets_.size();
    if (free_.empty()) {
      buckets_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    buckets_[slot].time = time;
    buckets_[slot].open = true;
    buckets_[slot].events.push_back(event);
    heap_.emplace_back(time, slot);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    if (recent_.size() >= 64) recent_.erase(recent_.begin(), recent_.begin() + 32);
    recent_.push_back(slot);
    last_ = slot;
  }

  std::vector<Bucket> buckets_;
  std::vector<std::size_t> free_, recent_;
  std::vector<std::pair<double, std::size_t>> heap_;
  std::size_t last_ = static_cast<std::size_t>(-1);
};

}  // namespace scalesim::sim
