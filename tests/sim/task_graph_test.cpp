// The player of task graphs against timelines derived by hand.
#include "sim/engine/task_graph.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim::sim {
namespace {

TEST(TaskGraph, TasksOfOneStreamRunInTheOrderAdded) {
  TaskGraph graph;
  const int compute = graph.add_stream(StreamKind::compute);
  graph.add({compute, Seconds(2), {}, {}, "a"});
  graph.add({compute, Seconds(3), {}, {}, "b"});
  const Timeline line = play(graph);
  EXPECT_DOUBLE_EQ(line.start[1].value(), 2);
  EXPECT_DOUBLE_EQ(line.makespan.value(), 5);
}

TEST(TaskGraph, ATaskWaitsForWhatItDependsOnAcrossStreams) {
  TaskGraph graph;
  const int compute = graph.add_stream(StreamKind::compute);
  const int network = graph.add_stream(StreamKind::communication);
  const int a = graph.add({compute, Seconds(2), {}, {}, "a"});
  const int n = graph.add({network, Seconds(4), {}, {a}, "n"});
  graph.add({compute, Seconds(1), {}, {}, "b"});
  graph.add({compute, Seconds(1), {}, {n}, "c"});
  // a 0-2; n 2-6 beside b 2-3; c waits for n: 6-7.
  const Timeline line = play(graph);
  EXPECT_DOUBLE_EQ(line.start[3].value(), 6);
  EXPECT_DOUBLE_EQ(line.makespan.value(), 7);
}

TEST(TaskGraph, OverlapSlowsBothSidesPiecewise) {
  TaskGraph graph;
  const int compute = graph.add_stream(StreamKind::compute);
  const int network = graph.add_stream(StreamKind::communication);
  const int a = graph.add({compute, Seconds(1), {}, {}, "a"});
  graph.add({network, Seconds(2), {0.5, 0.8}, {a}, "n"});
  graph.add({compute, Seconds(1), {}, {}, "b"});
  // a 0-1. From 1 both run: b at rate 0.5 needs 2 s, until 3; n at 0.8 has done 1.6 of 2 by then, and
  // finishes the rest, 0.4, alone: 3.4.
  const Timeline line = play(graph);
  EXPECT_NEAR(line.end[2].value(), 3.0, 1e-12);
  EXPECT_NEAR(line.end[1].value(), 3.4, 1e-12);
}

TEST(TaskGraph, ATaskOfNoDurationEndsWhenItStarts) {
  TaskGraph graph;
  const int compute = graph.add_stream(StreamKind::compute);
  graph.add({compute, Seconds(0), {}, {}, "nothing"});
  graph.add({compute, Seconds(1), {}, {}, "b"});
  EXPECT_DOUBLE_EQ(play(graph).makespan.value(), 1);
}

TEST(TaskGraph, ACircleIsABugNotAHang) {
  TaskGraph graph;
  const int compute = graph.add_stream(StreamKind::compute);
  graph.add({compute, Seconds(1), {}, {1}, "a"});
  graph.add({compute, Seconds(1), {}, {0}, "b"});
  EXPECT_THROW(play(graph), InternalError);
}

}  // namespace
}  // namespace scalesim::sim
