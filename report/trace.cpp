// Trace Event Format, "X" (complete) events with process and thread names.
#include "report/trace.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace scalesim::report {
namespace {

nlohmann::ordered_json name_event(const char* what, int process, int thread, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

}  // namespace

std::string chrome_trace(const sim::Step& step, const sim::Timeline& line) {
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  int named = -1;
  for (std::size_t s = 0; s < step.graph.streams.size(); ++s) {
    const sim::Stream& stream = step.graph.streams[s];
    const int id = static_cast<int>(s);
    if (stream.device > named) {
      named = stream.device;
      events.push_back(name_event("process_name", named, 0, fmt::format("stage {}", named)));
    }
    events.push_back(
        name_event("thread_name", stream.device, id, fmt::format("{} {}", to_text(stream.kind), id)));
  }
  for (std::size_t t = 0; t < step.graph.tasks.size(); ++t) {
    const sim::Task& task = step.graph.tasks[t];
    const Seconds duration = line.end[t] - line.start[t];
    if (duration <= Seconds(0)) continue;
    const sim::Stream& stream = step.graph.streams[static_cast<std::size_t>(task.stream)];
    events.push_back({{"name", task.name},
                      {"cat", to_text(stream.kind)},
                      {"ph", "X"},
                      {"ts", line.start[t].value() * 1e6},
                      {"dur", duration.value() * 1e6},
                      {"pid", stream.device},
                      {"tid", task.stream}});
  }
  return nlohmann::ordered_json{{"traceEvents", events}, {"displayTimeUnit", "ms"}}.dump(1) + "\n";
}

}  // namespace scalesim::report
