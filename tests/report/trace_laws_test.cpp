// The whole trace of a small step, event by event, and what the arguments of its tasks say.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/trace/trace.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

/// A quarter of a second on stage 1, then half a second on stage 2 that waited an eighth of it.
sim::Step two_stages() {
  sim::Step step;
  step.layout.pipeline = 2;
  const int first = step.graph.add_stream(sim::StreamKind::compute, 0);
  const int second = step.graph.add_stream(sim::StreamKind::compute, 1);
  sim::Task before, after;
  before.stream = first, before.duration = Seconds(0.25), before.name = "before";
  after.stream = second, after.duration = Seconds(0.5), after.name = "after";
  after.communication = Seconds(0.125);
  after.after = {step.graph.add(before)};
  step.graph.add(after);
  return step;
}

TEST(TraceLaws, IsExact) {
  const sim::Step step = two_stages();
  const Json document = Json::parse(chrome_trace(step, sim::play(step.graph), {"a title", nullptr}));
  const std::string expected = R"trace({"traceEvents": [
    {"name": "process_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": "stage 1 of 2 (1 rank)"
}
},
    {"name": "process_sort_index", "ph": "M", "pid": 1, "tid": 1, "args": {"sort_index": 0}},
    {"name": "thread_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": "compute"}},
    {"name": "thread_sort_index", "ph": "M", "pid": 1, "tid": 1, "args": {"sort_index": 0}},
    {"name": "process_name", "ph": "M", "pid": 2, "tid": 1, "args": {"name": "stage 2 of 2 (1 rank)"}},
    {"name": "process_sort_index", "ph": "M", "pid": 2, "tid": 1, "args": {"sort_index": 1}},
    {"name": "thread_name", "ph": "M", "pid": 2, "tid": 2, "args": {"name": "compute"}},
    {"name": "thread_sort_index", "ph": "M", "pid": 2, "tid": 2, "args": {"sort_index": 1}},
    {"name": "before", "cat": "compute", "ph": "X", "ts": 0.0, "dur": 250000.0, "pid": 1, "tid": 1,
     "args": {"undisturbed_us": 250000.0}},
    {"name": "after", "cat": "compute", "ph": "X", "ts": 250000.0, "dur": 500000.0, "pid": 2, "tid": 2,
     "args": {"undisturbed_us": 500000.0, "of_this_waiting_us": 125000.0}},
    {"name": "waits for", "cat": "dependency", "ph": "s", "id": 1, "ts": 249999.99, "pid": 1, "tid": 1},
    {"name": "waits for", "cat": "dependency", "ph": "f", "id": 1, "ts": 250000.01, "pid": 2, "tid": 2,
     "bp": "e"}],
    "displayTimeUnit": "ms", "otherData": {"title": "a title"}})trace";
  EXPECT_EQ(document.dump(1), Json::parse(expected).dump(1));
}

// Ends lie .01 us inside, but never beyond the middle of a task: 10 ns have it at 5 ns.
TEST(TraceLaws, ArrowsOfShortTasksEndInTheirMiddle) {
  sim::Step step = two_stages();
  step.graph.tasks[0].duration = Seconds(10e-9);
  const Json events = Json::parse(chrome_trace(step, sim::play(step.graph), {}))["traceEvents"];
  EXPECT_NEAR(events[10]["ts"].get<double>(), 0.005, 1e-9);
}

TEST(TraceLaws, TasksOfOneRowNeedNoArrow) {
  sim::Step step = two_stages();
  step.graph.tasks[1].stream = 0;
  EXPECT_EQ(Json::parse(chrome_trace(step, sim::play(step.graph), {}))["traceEvents"].size(), 10u);
}

/// Arguments of the first task when it sends `message` as a transfer.
Json arguments_of(const sim::Message& message) {
  sim::Step step = two_stages();
  step.transfers = {0};
  step.transfer_messages = {message};
  return Json::parse(chrome_trace(step, sim::play(step.graph), {}))["traceEvents"][8]["args"];
}

// 1 GB in a quarter of a second is 4 GB/s.
TEST(TraceLaws, TransfersTellTheirMessage) {
  EXPECT_EQ(arguments_of({comm::Collective::send_receive, Bytes(1e9), {2, 2, 1}}).dump(),
            Json::parse(R"({"undisturbed_us": 250000.0, "collective": "send_receive", "bytes": 1000000000.0,
                            "ranks": 2, "nodes": 2, "bus_bandwidth_GB_s": 4.0})")
                .dump());
  EXPECT_FALSE(
      arguments_of({comm::Collective::send_receive, Bytes(1e9), {1, 1, 1}}).contains("bus_bandwidth_GB_s"))
      << "one rank uses no link";
}

}  // namespace
}  // namespace scalesim::report
