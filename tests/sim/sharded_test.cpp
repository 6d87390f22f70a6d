// FSDP, HSDP and ZeRO steps against timelines derived by hand (see example.h: 1 s per 100 bytes).
#include <gtest/gtest.h>

#include "example.h"

namespace scalesim::sim {
namespace {

std::vector<double> starts(const Step& step, const Timeline& line, const std::string& name) {
  std::vector<double> result;
  for (const int task : step.collectives)
    if (step.graph.tasks[static_cast<std::size_t>(task)].name == name)
      result.push_back(line.start[static_cast<std::size_t>(task)].value());
  return result;
}

TEST(Sharded, FsdpGathersTheNextBlockBesideTheCurrentOne) {
  // Blocks of 100, 200, 50 parameters of 2 bytes: gathers 2, 4, 1 s; gradients of 4 bytes: scatters 4, 8, 2
  // s. Forward: gather 0 0-2, gather 1 2-6 (two may be in flight), F0 2-3; gather 2 is issued when F0 has
  // freed its place, and follows gather 1: 6-7; F1 6-7, F2 7-8. Backward: the gather of block 2 waits for F2:
  // 8-9, that of block 1 follows, 9-13; B2 9-13; gather 0 waits for B2: 13-15. B1 13-15, B0 15-16. Gathers
  // and scatters are on links of their own here.
  Example example;
  example.cluster.gpus_per_node = 8;
  const Step step = example.build(8, "fsdp");
  TaskGraph apart = step.graph;
  for (Task& task : apart.tasks) task.link = kNoLink;
  const Timeline line = play(apart);
  EXPECT_EQ(starts(step, line, "all_gather"), (std::vector<double>{0, 2, 6, 8, 9, 13}));
  // Scatters in order of backward: block 2 at 13-15, block 1 ready at 15: 15-23, block 0: 23-27. The update
  // of an eighth of the parameters: 0.5 / 8.
  EXPECT_EQ(starts(step, line, "reduce_scatter"), (std::vector<double>{13, 15, 23}));
  EXPECT_DOUBLE_EQ(line.makespan.value(), 27.0625);
}

TEST(Sharded, GathersAndScattersOfOneGroupShareItsLink) {
  // As above, but from 13 to 17 gather 0 (2 s) and scatter 2 (2 s) run at half rate: B0 waits until 17, and
  // ends at 18. Scatter 1, ready at 15, starts at 17, ends at 25, scatter 0 ends at 29.
  const Example example;
  EXPECT_DOUBLE_EQ(example.makespan(8, "fsdp"), 29.0625);
}

TEST(Sharded, WithoutReshardTheBackwardGathersNothing) {
  Example example;
  example.scenario.reshard_after_forward = false;
  const Step step = example.build(8, "fsdp");
  EXPECT_EQ(starts(step, play(step.graph), "all_gather").size(), 3u);
}

TEST(Sharded, HybridShardingAveragesShardsBetweenNodes) {
  // Two nodes of 8: shards of an eighth; the all-reduce of block i carries its gradient bytes / 8.
  const Example example;
  const Step step = example.build(16, "hsdp");
  Bytes replicated{};
  for (const int task : step.collectives) {
    const Task& t = step.graph.tasks[static_cast<std::size_t>(task)];
    if (t.axis == Axis::replica) replicated += Bytes(t.duration.value() * 100);
  }
  EXPECT_DOUBLE_EQ(replicated.value(), 1400.0 / 8);
}

TEST(Sharded, WireBytesAreThoseOfTheSchemes) {
  // 350 parameters: DDP 4 B all-reduced; ZeRO 1 and 2 scatter 4 B and gather 2 B; FSDP gathers twice.
  const Example example;
  EXPECT_DOUBLE_EQ(example.build(8, "ddp").wire.value(), 1400);
  EXPECT_DOUBLE_EQ(example.build(8, "zero1").wire.value(), 1400 + 700);
  EXPECT_DOUBLE_EQ(example.build(8, "zero2").wire.value(), 1400 + 700);
  EXPECT_DOUBLE_EQ(example.build(8, "zero3").wire.value(), 1400 + 2 * 700);
  EXPECT_DOUBLE_EQ(example.build(8, "fsdp").wire.value(), 1400 + 2 * 700);
}

TEST(Sharded, ZeroTwoReducesEveryMicroBatchZeroOneOnlyTheLast) {
  Example example;
  example.microbatches = 3;
  EXPECT_DOUBLE_EQ(example.build(8, "zero1").wire.value(), 1400 + 700);
  EXPECT_DOUBLE_EQ(example.build(8, "zero2").wire.value(), 3 * 1400 + 700);
}

TEST(Sharded, PipelinesAreRefused) {
  Example example;
  example.scenario.parallel.pipeline = 2;
  EXPECT_THROW(example.build(8, "fsdp"), InputError);
}

}  // namespace
}  // namespace scalesim::sim
