// Event loop. A job is a task, or all tasks of one rendezvous; its end is predicted when it starts and again
// whenever the company it runs in changes on one of its devices.
#include "sim/engine/task_graph.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <utility>

#include "core/error.h"

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Lists of integers in one array: `of(i)` are the members of list i.
class Lists {
 public:
  explicit Lists(std::size_t lists) : begin_(lists + 1, 0) {}
  void count(int list) { ++begin_[at(list) + 1]; }
  void finish_counting() {
    for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    members_.resize(begin_.back());
    next_.assign(begin_.begin(), begin_.end() - 1);
  }
  void put(int list, int member) { members_[next_[at(list)]++] = member; }
  std::size_t size(int list) const { return begin_[at(list) + 1] - begin_[at(list)]; }
  int get(int list, std::size_t i) const { return members_[begin_[at(list)] + i]; }
  const int* begin(int list) const { return members_.data() + begin_[at(list)]; }
  const int* end(int list) const { return members_.data() + begin_[at(list) + 1]; }

 private:
  std::vector<std::size_t> begin_, next_;
  std::vector<int> members_;
};

struct Job {
  double left = 0;   ///< seconds of work alone on the machine
  double rate = 1;   ///< progress per second since `since`
  double since = 0;  ///< when `left` was brought up to date
  double end = 0;    ///< as predicted; the event in the queue that has this time is the valid one
  int missing = 0;   ///< tasks not yet ready at the head of their stream
  int mark = 0;      ///< pass of refresh() that has seen it
  bool running = false;
};

struct Event {
  double time;
  int job;
  bool operator>(const Event& o) const { return time != o.time ? time > o.time : job > o.job; }
};

class Player {
 public:
  explicit Player(const TaskGraph& graph)
      : graph_(graph),
        queue_(graph.streams.size()),
        dependents_(graph.tasks.size()),
        waiting_(graph.tasks.size()),
        job_of_(graph.tasks.size()),
        members_(0),
        next_(graph.streams.size(), 0) {
    line_.start.resize(graph.tasks.size());
    line_.end.resize(graph.tasks.size());
    list_streams();
    list_dependents();
    list_jobs();
    int devices = 0;
    for (const Stream& stream : graph.streams) devices = std::max(devices, stream.device + 1);
    running_.resize(at(devices));
  }

  Timeline play() {
    for (std::size_t s = 0; s < graph_.streams.size(); ++s) offer_head(static_cast<int>(s));
    settle();
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      const Job& job = jobs_[at(event.job)];
      if (!job.running || job.end != event.time) continue;
      now_ = event.time;
      finish(event.job);
      // Whatever ends at this very moment ends before anything is started or slowed.
      while (!events_.empty() && events_.top().time == now_) {
        const Event same = events_.top();
        events_.pop();
        if (jobs_[at(same.job)].running && jobs_[at(same.job)].end == now_) finish(same.job);
      }
      settle();
    }
    SCALESIM_CHECK(done_ == graph_.tasks.size());
    line_.makespan = Seconds(now_);
    return std::move(line_);
  }

 private:
  const Task& task(int t) const { return graph_.tasks[at(t)]; }
  const Stream& stream_of(int t) const { return graph_.streams[at(task(t).stream)]; }

  void list_streams() {
    for (const Task& task : graph_.tasks) queue_.count(task.stream);
    queue_.finish_counting();
    for (std::size_t t = 0; t < graph_.tasks.size(); ++t)
      queue_.put(graph_.tasks[t].stream, static_cast<int>(t));
  }

  void list_dependents() {
    for (std::size_t t = 0; t < graph_.tasks.size(); ++t) {
      waiting_[t] =
          static_cast<int>(graph_.tasks[t].after.size()) + 1;  // one more for the head of its stream
      for (const int before : graph_.tasks[t].after) dependents_.count(before);
    }
    dependents_.finish_counting();
    for (std::size_t t = 0; t < graph_.tasks.size(); ++t)
      for (const int before : graph_.tasks[t].after) dependents_.put(before, static_cast<int>(t));
  }

  void list_jobs() {
    std::vector<int> job_of_rendezvous;
    for (std::size_t t = 0; t < graph_.tasks.size(); ++t) {
      const int meeting = graph_.tasks[t].rendezvous;
      if (meeting >= 0 && at(meeting) >= job_of_rendezvous.size())
        job_of_rendezvous.resize(at(meeting) + 1, -1);
      if (meeting < 0 || job_of_rendezvous[at(meeting)] < 0) {
        job_of_[t] = static_cast<int>(jobs_.size());
        if (meeting >= 0) job_of_rendezvous[at(meeting)] = job_of_[t];
        jobs_.emplace_back();
      } else {
        job_of_[t] = job_of_rendezvous[at(meeting)];
      }
      Job& job = jobs_[at(job_of_[t])];
      job.left = std::max(job.left, graph_.tasks[t].duration.value());
      ++job.missing;
    }
    members_ = Lists(jobs_.size());
    for (const int job : job_of_) members_.count(job);
    members_.finish_counting();
    for (std::size_t t = 0; t < job_of_.size(); ++t) members_.put(job_of_[t], static_cast<int>(t));
  }

  void offer_head(int stream) {
    if (next_[at(stream)] < queue_.size(stream)) release(queue_.get(stream, next_[at(stream)]));
  }

  /// One thing that `t` waited for has happened.
  void release(int t) {
    if (--waiting_[at(t)] > 0) return;
    const int job = job_of_[at(t)];
    if (--jobs_[at(job)].missing == 0) startable_.push_back(job);
  }

  void start(int j) {
    Job& job = jobs_[at(j)];
    job.running = true;
    job.since = now_;
    job.end = INFINITY;
    for (const int* t = members_.begin(j); t != members_.end(j); ++t) line_.start[at(*t)] = Seconds(now_);
    if (job.left <= 0) return predict(j);
    for (const int* t = members_.begin(j); t != members_.end(j); ++t) {
      running_[at(stream_of(*t).device)].push_back(*t);
      changed_.push_back(stream_of(*t).device);
    }
  }

  void finish(int j) {
    Job& job = jobs_[at(j)];
    job.running = false;
    for (const int* t = members_.begin(j); t != members_.end(j); ++t) {
      line_.end[at(*t)] = Seconds(now_);
      ++done_;
      leave(*t);
      const int stream = task(*t).stream;
      ++next_[at(stream)];
      offer_head(stream);
      for (const int* d = dependents_.begin(*t); d != dependents_.end(*t); ++d) release(*d);
    }
  }

  void leave(int t) {
    const int device = stream_of(t).device;
    std::vector<int>& here = running_[at(device)];
    const auto found = std::find(here.begin(), here.end(), t);
    if (found == here.end()) return;
    here.erase(found);
    changed_.push_back(device);
  }

  /// Starts what can start, then brings the rates of every device that changed up to date.
  void settle() {
    for (const int job : startable_) start(job);
    startable_.clear();
    ++pass_;
    for (const int device : changed_)
      for (const int t : running_[at(device)]) refresh(job_of_[at(t)]);
    changed_.clear();
  }

  void refresh(int j) {
    Job& job = jobs_[at(j)];
    if (job.mark == pass_) return;
    job.mark = pass_;
    double rate = 1;
    for (const int* t = members_.begin(j); t != members_.end(j); ++t) rate = std::min(rate, rate_of(*t));
    if (rate == job.rate && job.end < INFINITY) return;
    job.left -= (now_ - job.since) * (job.end < INFINITY ? job.rate : 0);
    job.since = now_;
    job.rate = rate;
    predict(j);
  }

  void predict(int j) {
    Job& job = jobs_[at(j)];
    job.end = now_ + std::max(0.0, job.left) / job.rate;
    events_.push({job.end, j});
  }

  bool communicates(int t) const { return stream_of(t).kind == StreamKind::communication; }

  /// Compute is slowed by every collective on its device; a collective by compute, and by what shares its
  /// link.
  double rate_of(int t) const {
    const std::vector<int>& here = running_[at(stream_of(t).device)];
    double rate = 1;
    if (communicates(t)) {
      for (const int other : here)
        if (stream_of(other).kind == StreamKind::compute) rate = task(t).interference.communication_rate;
      return task(t).link == kNoLink ? rate : rate * share_of_link(t, here);
    }
    if (stream_of(t).kind != StreamKind::compute) return 1;
    for (const int other : here)
      if (communicates(other)) rate *= task(other).interference.compute_rate;
    return rate;
  }

  /// Max-min fair share of one link among the demands on it, relative to what `t` would use alone.
  double share_of_link(int t, const std::vector<int>& here) const {
    double total = 0;
    for (const int other : here)
      if (task(other).link == task(t).link) total += task(other).link_demand;
    if (total <= 1) return 1;
    std::vector<double> demands;
    for (const int other : here)
      if (task(other).link == task(t).link) demands.push_back(task(other).link_demand);
    std::sort(demands.begin(), demands.end());
    double left = 1, fair = 0;
    for (std::size_t i = 0; i < demands.size(); ++i) {
      fair = left / static_cast<double>(demands.size() - i);
      if (demands[i] > fair) break;
      left -= demands[i];
    }
    return std::min(1.0, fair / task(t).link_demand);
  }

  const TaskGraph& graph_;
  Lists queue_, dependents_;
  std::vector<int> waiting_;  ///< per task: dependencies and the stream's head still to come
  std::vector<int> job_of_;
  Lists members_;
  std::vector<std::size_t> next_;
  std::vector<Job> jobs_;
  std::vector<std::vector<int>> running_;  ///< per device
  std::vector<int> changed_, startable_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  Timeline line_;
  double now_ = 0;
  int pass_ = 0;
  std::size_t done_ = 0;
};

}  // namespace

std::string_view to_text(StreamKind kind) {
  switch (kind) {
    case StreamKind::compute:
      return "compute";
    case StreamKind::communication:
      return "communication";
    case StreamKind::copy:
      return "copy";
    default:
      return "host";
  }
}

Timeline play(const TaskGraph& graph) { return Player(graph).play(); }

}  // namespace scalesim::sim
