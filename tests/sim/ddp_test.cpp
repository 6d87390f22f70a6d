// One DDP step against a timeline derived by hand, on a network whose times are exactly one second per 100
// bytes.
#include <gtest/gtest.h>

#include "example.h"

namespace scalesim::sim {
namespace {

TEST(Ddp, OverlapsBucketsWithTheBackward) {
  // Buckets in backward order, 4 bytes each: layer 2: 200 B >= 100, closed; layer 1: 800 B >= 700, closed;
  // layer 0: 400 B. Compute: forward 0-3, backward of layer 2 3-7, of layer 1 7-9, of layer 0 9-10. Network:
  // bucket 0 2 s from 7 to 9; bucket 1 8 s, ready at 9: 9-17; bucket 2 4 s, ready at 10, waits: 17-21. The
  // optimizer starts at 21 and ends at 21.5.
  const Example example;
  const Step step = example.build(8);
  const Timeline line = play(step.graph);
  ASSERT_EQ(step.collectives.size(), 3u);
  const auto start = [&](int i) {
    return line.start[static_cast<std::size_t>(step.collectives[static_cast<std::size_t>(i)])].value();
  };
  EXPECT_DOUBLE_EQ(start(0), 7);
  EXPECT_DOUBLE_EQ(start(1), 9);
  EXPECT_DOUBLE_EQ(start(2), 17);
  EXPECT_DOUBLE_EQ(line.makespan.value(), 21.5);
  EXPECT_EQ(step.bottleneck_link, "wire");
  EXPECT_DOUBLE_EQ(step.wire.value(), 1400);
}

TEST(Ddp, WithoutOverlapEveryBucketWaitsForTheWholeBackward) {
  // Backward ends at 10; buckets take 2 + 8 + 4 = 14 s; optimizer 0.5: 24.5.
  Example example;
  example.scenario.overlap = false;
  EXPECT_DOUBLE_EQ(example.makespan(8), 24.5);
}

TEST(Ddp, OneGpuDoesNotCommunicate) {
  const Example example;
  EXPECT_TRUE(example.build(1).collectives.empty());
  EXPECT_DOUBLE_EQ(example.makespan(1), 10.5);
}

TEST(Ddp, AccumulationAveragesOnlyAfterTheLastMicroBatch) {
  // Two micro-batches: forward and backward of the first 0-10, then as above, 10 s later.
  Example example;
  example.microbatches = 2;
  EXPECT_EQ(example.build(8).collectives.size(), 3u);
  EXPECT_DOUBLE_EQ(example.makespan(8), 31.5);
}

TEST(Ddp, HalfPrecisionGradientsHalveTheWire) {
  Example example;
  example.scenario.gradient_element = Bytes(2);
  EXPECT_DOUBLE_EQ(example.build(8).wire.value(), 700);
}

TEST(Ddp, BatchNormStatisticsAreBroadcastBeforeTheForward) {
  // 50 bytes: 0.5 s before everything else: 22.
  Example example;
  example.work.layers[1].buffers = Bytes(50);
  EXPECT_DOUBLE_EQ(example.makespan(8), 22);
  example.scenario.broadcast_buffers = false;
  EXPECT_DOUBLE_EQ(example.makespan(8), 21.5);
}

}  // namespace
}  // namespace scalesim::sim
