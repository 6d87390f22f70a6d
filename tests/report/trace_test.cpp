// The Chrome trace of a step of two tasks.
#include "report/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace scalesim::report {
namespace {

TEST(Trace, HasOneCompleteEventPerTaskInMicroseconds) {
  sim::Step step;
  const int compute = step.graph.add_stream(sim::StreamKind::compute, 0);
  const int network = step.graph.add_stream(sim::StreamKind::communication, 0);
  const int forward = step.graph.add({compute, Seconds(0.002), {}, {}, "forward"});
  step.graph.add({network, Seconds(0.001), {}, {forward}, "all_reduce"});
  step.graph.add({network, Seconds(0), {}, {forward}, "nothing"});
  const auto json = nlohmann::json::parse(chrome_trace(step, sim::play(step.graph)));
  // One process name, two thread names, two tasks with a duration.
  ASSERT_EQ(json["traceEvents"].size(), 5u);
  const auto& all_reduce = json["traceEvents"][4];
  EXPECT_EQ(all_reduce["name"], "all_reduce");
  EXPECT_EQ(all_reduce["ph"], "X");
  EXPECT_DOUBLE_EQ(all_reduce["ts"], 2000);
  EXPECT_DOUBLE_EQ(all_reduce["dur"], 1000);
  EXPECT_EQ(all_reduce["tid"], network);
}

}  // namespace
}  // namespace scalesim::report
