// The Chrome trace of small steps: the events of the Trace Event Format, what they say, and how arrows bind.
#include "report/trace/trace.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace scalesim::report {
namespace {

using nlohmann::json;

/// 2 ms forward, then 1 ms all-reduce of 4 MB over 4 ranks, then through a task of no duration 0.5 ms
/// optimizer.
sim::Step example() {
  sim::Step step;
  step.layout.data = 4;
  const int compute = step.graph.add_stream(sim::StreamKind::compute, 0);
  const int network = step.graph.add_stream(sim::StreamKind::communication, 0);
  const int forward = step.graph.add({compute, Seconds(0.002), {}, {}, "forward"});
  const int reduce = step.graph.add({network, Seconds(0.001), {}, {forward}, "all_reduce"});
  step.graph.tasks[1].message = sim::Message{comm::Collective::all_reduce, Bytes(4e6), {4, 1, 1}};
  const int nothing = step.graph.add({network, Seconds(0), {}, {reduce}, "nothing"});
  step.graph.add({compute, Seconds(0.0005), {}, {nothing}, "optimizer"});
  return step;
}

json events_of(const sim::Step& step, const TraceNames& names = {}) {
  return json::parse(chrome_trace(step, sim::play(step.graph), names))["traceEvents"];
}

std::vector<json> of_phase(const json& events, const std::string& phase) {
  std::vector<json> found;
  for (const json& event : events)
    if (event["ph"] == phase) found.push_back(event);
  return found;
}

class Doubling : public comm::CollectiveModel {
 public:
  std::string_view name() const override { return "doubling"; }
  comm::CollectiveTime time(comm::Collective, Bytes, const comm::Group&) const override {
    comm::CollectiveTime answer;
    answer.algorithm = "Tree";
    answer.protocol = "LL128";
    answer.bottleneck = "NVLink";
    return answer;
  }
  std::vector<Input> inputs() const override { return {}; }
};

TEST(Trace, HasOneCompleteEventPerTaskInMicroseconds) {
  const std::vector<json> tasks = of_phase(events_of(example()), "X");
  ASSERT_EQ(tasks.size(), 3u) << "the task of no duration is left out";
  EXPECT_EQ(tasks[1]["name"], "all_reduce");
  EXPECT_EQ(tasks[1]["cat"], "communication");
  EXPECT_DOUBLE_EQ(tasks[1]["ts"], 2000);
  EXPECT_DOUBLE_EQ(tasks[1]["dur"], 1000);
  EXPECT_EQ(tasks[1]["tid"], 2) << "the second row; 0 is the idle thread to Perfetto";
}

TEST(Trace, NamesEveryRowOnce) {
  std::map<std::string, std::string> names;
  for (const json& event : of_phase(events_of(example()), "M")) {
    if (!event["args"].contains("name")) continue;
    const std::string row = event["name"].get<std::string>() + event["tid"].dump();
    EXPECT_TRUE(names.emplace(row, event["args"]["name"]).second) << row;
  }
  const std::map<std::string, std::string> expected = {{"process_name1", "every GPU (4 equal ranks)"},
                                                       {"thread_name1", "compute"},
                                                       {"thread_name2", "communication"}};
  EXPECT_EQ(names, expected);
}

TEST(Trace, SeveralRowsOfAKindAreNumberedAndStagesCounted) {
  sim::Step step = example();
  step.layout.pipeline = 2;
  step.graph.add_stream(sim::StreamKind::communication, 0);
  std::vector<std::string> names;
  for (const json& event : of_phase(events_of(step), "M"))
    if (event["args"].contains("name")) names.push_back(event["args"]["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"stage 1 of 2 (4 equal ranks)", "compute", "communication 1",
                                             "communication 2"}));
}

TEST(Trace, CollectivesTellBytesAlgorithmAndBandwidth) {
  const Doubling model;
  const json arguments = of_phase(events_of(example(), {"title", &model}), "X")[1]["args"];
  EXPECT_EQ(arguments["collective"], "all_reduce");
  EXPECT_EQ(arguments["bytes"], 4e6);
  EXPECT_EQ(arguments["ranks"], 4);
  EXPECT_EQ(arguments["algorithm"], "Tree");
  EXPECT_EQ(arguments["protocol"], "LL128");
  EXPECT_EQ(arguments["bound_by"], "NVLink");
  // 4 MB in 1 ms is 4 GB/s; the bus factor of four ranks is 2 * 3 / 4.
  EXPECT_DOUBLE_EQ(arguments["bus_bandwidth_GB_s"], 6);
}

TEST(Trace, ArrowsLeadFromInsideATaskIntoTheOneThatWaited) {
  const json events = events_of(example());
  const std::vector<json> tasks = of_phase(events, "X");
  const std::vector<json> from = of_phase(events, "s"), to = of_phase(events, "f");
  // forward -> all_reduce, and all_reduce -> optimizer through the task of no duration.
  ASSERT_EQ(from.size(), 2u);
  ASSERT_EQ(to.size(), 2u);
  const auto inside = [&](const json& end, const json& task) {
    const double ts = end["ts"], start = task["ts"], length = task["dur"];
    return end["tid"] == task["tid"] && end["pid"] == task["pid"] && ts > start && ts < start + length;
  };
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(inside(from[i], tasks[i])) << from[i];
    EXPECT_TRUE(inside(to[i], tasks[i + 1])) << to[i];
    EXPECT_EQ(from[i]["id"], to[i]["id"]);
    EXPECT_EQ(to[i]["bp"], "e");
    EXPECT_LT(from[i]["ts"], to[i]["ts"]);
  }
  EXPECT_NE(from[0]["id"], from[1]["id"]);
}

}  // namespace
}  // namespace scalesim::report
