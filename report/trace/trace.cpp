// Trace Event Format: "M" names processes and rows, "X" is a task, "s" and "f" are the ends of an arrow.
#include "report/trace/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "comm/collective/collective.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Process and thread 0 are the idle ones to Perfetto.
int id(int index) { return index + 1; }

Json metadata(const char* what, int process, int thread, Json arguments) {
  return {
      {"name", what}, {"ph", "M"}, {"pid", id(process)}, {"tid", id(thread)}, {"args", std::move(arguments)}};
}

class Writer {
 public:
  Writer(const sim::Step& step, const sim::Timeline& line, const TraceNames& names)
      : step_(step), graph_(step.graph), line_(line), names_(names), sources_(step.graph.tasks.size()) {
    for (std::size_t i = 0; i < step.transfers.size() && i < step.transfer_messages.size(); ++i)
      transfers_[step.transfers[i]] = step.transfer_messages[i];
  }

  std::string text() {
    name_rows();
    for (int t = 0; t < static_cast<int>(graph_.tasks.size()); ++t)
      if (lasts(t)) add_task(t);
    // After the tasks: an arrow's end binds to what runs there at that time.
    for (int t = 0; t < static_cast<int>(graph_.tasks.size()); ++t) add_arrows(t);
    return Json{{"traceEvents", std::move(events_)},
                {"displayTimeUnit", "ms"},
                {"otherData", {{"title", names_.title}}}}
               .dump(1) +
           "\n";
  }

 private:
  bool lasts(int task) const { return line_.end[at(task)] > line_.start[at(task)]; }
  const sim::Stream& stream(int task) const { return graph_.streams[at(graph_.tasks[at(task)].stream)]; }
  double microseconds(Seconds time) const { return time.value() * 1e6; }

  /// "every GPU (8 equal ranks)", "stage 2 of 4 (8 equal ranks)".
  std::string process_name(int device) const {
    const int ranks = step_.layout.ranks_per_stage();
    const std::string equals = ranks == 1 ? "1 rank" : fmt::format("{} equal ranks", ranks);
    return step_.layout.pipeline == 1
               ? fmt::format("every GPU ({})", equals)
               : fmt::format("stage {} of {} ({})", device + 1, step_.layout.pipeline, equals);
  }

  void name_rows() {
    std::map<std::pair<int, sim::StreamKind>, int> used, all;
    for (const sim::Stream& one : graph_.streams) ++all[{one.device, one.kind}];
    int last = -1;
    for (std::size_t s = 0; s < graph_.streams.size(); ++s) {
      const auto& [kind, device] = graph_.streams[s];
      const int row = static_cast<int>(s);
      if (device != last) {
        last = device;
        events_.push_back(metadata("process_name", device, 0, {{"name", process_name(device)}}));
        events_.push_back(metadata("process_sort_index", device, 0, {{"sort_index", device}}));
      }
      const int number = ++used[{device, kind}];
      const std::string name(to_text(kind));
      events_.push_back(
          metadata("thread_name", device, row,
                   {{"name", all[{device, kind}] == 1 ? name : fmt::format("{} {}", name, number)}}));
      events_.push_back(metadata("thread_sort_index", device, row, {{"sort_index", row}}));
    }
  }

  Json arguments(int task) const {
    const sim::Task& one = graph_.tasks[at(task)];
    Json result = {{"undisturbed_us", microseconds(one.duration)}};
    if (one.communication > Seconds(0)) result["of_this_waiting_us"] = microseconds(one.communication);
    const auto transfer = transfers_.find(task);
    if (one.message || transfer != transfers_.end())
      describe(one.message ? *one.message : transfer->second, task, result);
    return result;
  }

  void describe(const sim::Message& message, int task, Json& result) const {
    result["collective"] = comm::to_text(message.collective);
    result["bytes"] = message.bytes.value();
    result["ranks"] = message.group.ranks;
    result["nodes"] = message.group.nodes;
    if (message.group.ranks > 1) {
      const Seconds taken = line_.end[at(task)] - line_.start[at(task)];
      const double factor = comm::bus_factor(message.collective, message.group.ranks);
      result["bus_bandwidth_GB_s"] = message.bytes / taken * factor / BytesPerSecond(1e9);
    }
    if (names_.collectives == nullptr || message.group.ranks < 2) return;
    const comm::CollectiveTime answer =
        names_.collectives->time(message.collective, message.bytes, message.group);
    result["algorithm"] = answer.algorithm;
    result["protocol"] = answer.protocol;
    result["bound_by"] = answer.bottleneck;
  }

  void add_task(int task) {
    events_.push_back({{"name", graph_.tasks[at(task)].name},
                       {"cat", to_text(stream(task).kind)},
                       {"ph", "X"},
                       {"ts", microseconds(line_.start[at(task)])},
                       {"dur", microseconds(line_.end[at(task)] - line_.start[at(task)])},
                       {"pid", id(stream(task).device)},
                       {"tid", id(graph_.tasks[at(task)].stream)},
                       {"args", arguments(task)}});
  }

  /// The tasks of some duration that `task` waited for, through those of none.
  const std::vector<int>& sources(int task) {
    auto& known = sources_[at(task)];
    if (known) return *known;
    std::vector<int> found;
    for (const int before : graph_.tasks[at(task)].after) {
      if (lasts(before))
        found.push_back(before);
      else
        found.insert(found.end(), sources(before).begin(), sources(before).end());
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return known.emplace(std::move(found));
  }

  void add_arrows(int task) {
    if (!lasts(task)) return;
    for (const int before : sources(task))
      if (graph_.tasks[at(before)].stream != graph_.tasks[at(task)].stream) add_arrow(before, task);
  }

  /// The ends lie a little inside the tasks, for a viewer binds them to what runs at that time.
  void add_arrow(int from, int to) {
    const auto inside = [&](int task) {
      return std::min(0.01, microseconds(line_.end[at(task)] - line_.start[at(task)]) / 2);
    };
    const auto end = [&](const char* phase, int task, double time) {
      return Json{{"name", "waits for"},
                  {"cat", "dependency"},
                  {"ph", phase},
                  {"id", arrows_},
                  {"ts", time},
                  {"pid", id(stream(task).device)},
                  {"tid", id(graph_.tasks[at(task)].stream)}};
    };
    ++arrows_;
    events_.push_back(end("s", from, microseconds(line_.end[at(from)]) - inside(from)));
    events_.push_back(end("f", to, microseconds(line_.start[at(to)]) + inside(to)));
    events_.back()["bp"] = "e";
  }

  const sim::Step& step_;
  const sim::TaskGraph& graph_;
  const sim::Timeline& line_;
  const TraceNames& names_;
  std::map<int, sim::Message> transfers_;
  std::vector<std::optional<std::vector<int>>> sources_;  ///< filled as asked for
  Json events_ = Json::array();
  int arrows_ = 0;
};

}  // namespace

std::string chrome_trace(const sim::Step& step, const sim::Timeline& line, const TraceNames& names) {
  return Writer(step, line, names).text();
}

}  // namespace scalesim::report
