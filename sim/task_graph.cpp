// Event loop over one task per stream at a time.
#include "sim/task_graph.h"

#include <algorithm>
#include <limits>

#include "core/error.h"

namespace scalesim::sim {
namespace {

class Player {
 public:
  explicit Player(const TaskGraph& graph)
      : graph_(graph),
        queue_(graph.streams.size()),
        running_(graph.streams.size(), kNone),
        left_(graph.tasks.size()),
        ended_(graph.tasks.size(), false) {
    line_.start.resize(graph.tasks.size());
    line_.end.resize(graph.tasks.size());
    for (std::size_t t = 0; t < graph.tasks.size(); ++t) {
      queue_[index(graph.tasks[t].stream)].push_back(static_cast<int>(t));
      left_[t] = graph.tasks[t].duration.value();
    }
    next_.resize(graph.streams.size(), 0);
  }

  Timeline play() {
    std::size_t done = 0;
    while (done < graph_.tasks.size()) {
      start_what_can();
      const double step = time_to_next_end();
      SCALESIM_CHECK(step < std::numeric_limits<double>::infinity());
      done += advance(step);
    }
    line_.makespan = Seconds(now_);
    return line_;
  }

 private:
  static constexpr int kNone = -1;
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  const Task& task(int t) const { return graph_.tasks[index(t)]; }

  bool ready(int t) const {
    return std::all_of(task(t).after.begin(), task(t).after.end(),
                       [&](int before) { return ended_[index(before)]; });
  }

  void start_what_can() {
    for (std::size_t s = 0; s < queue_.size(); ++s) {
      if (running_[s] != kNone || next_[s] == queue_[s].size() || !ready(queue_[s][next_[s]])) continue;
      running_[s] = queue_[s][next_[s]++];
      line_.start[index(running_[s])] = Seconds(now_);
    }
  }

  bool any_running(StreamKind kind) const {
    for (std::size_t s = 0; s < running_.size(); ++s)
      if (running_[s] != kNone && graph_.streams[s] == kind && left_[index(running_[s])] > 0) return true;
    return false;
  }

  /// Compute is slowed by every collective that runs; a collective by compute.
  double rate(std::size_t stream) const {
    if (graph_.streams[stream] == StreamKind::communication)
      return any_running(StreamKind::compute) ? task(running_[stream]).interference.communication_rate : 1;
    double rate = 1;
    for (std::size_t s = 0; s < running_.size(); ++s)
      if (running_[s] != kNone && graph_.streams[s] == StreamKind::communication &&
          left_[index(running_[s])] > 0)
        rate *= task(running_[s]).interference.compute_rate;
    return rate;
  }

  double time_to_next_end() const {
    double step = std::numeric_limits<double>::infinity();
    for (std::size_t s = 0; s < running_.size(); ++s)
      if (running_[s] != kNone) step = std::min(step, left_[index(running_[s])] / rate(s));
    return step;
  }

  /// Lets `step` seconds pass; returns how many tasks ended.
  std::size_t advance(double step) {
    std::vector<double> rates(running_.size(), 1);
    for (std::size_t s = 0; s < running_.size(); ++s)
      if (running_[s] != kNone) rates[s] = rate(s);
    now_ += step;
    std::size_t done = 0;
    for (std::size_t s = 0; s < running_.size(); ++s) {
      if (running_[s] == kNone) continue;
      double& left = left_[index(running_[s])];
      // The task whose end defined `step` ends exactly now; what rounding leaves of it is no work.
      left = left / rates[s] <= step * (1 + 1e-12) ? 0 : left - step * rates[s];
      if (left > 0) continue;
      line_.end[index(running_[s])] = Seconds(now_);
      ended_[index(running_[s])] = true;
      running_[s] = kNone;
      ++done;
    }
    return done;
  }

  const TaskGraph& graph_;
  std::vector<std::vector<int>> queue_;
  std::vector<std::size_t> next_;
  std::vector<int> running_;
  std::vector<double> left_;
  std::vector<bool> ended_;
  Timeline line_;
  double now_ = 0;
};

}  // namespace

Timeline play(const TaskGraph& graph) { return Player(graph).play(); }

}  // namespace scalesim::sim
