// The fast path against the graph of tasks: the same step to rounding, whatever the strategy, the schedule
// and the division.
#include <gtest/gtest.h>

#include <random>

#include "random_case.h"
#include "sim/fast_step.h"
#include "sim/step_parts.h"

namespace scalesim::sim {
namespace {

void expect_same(const RandomCase& one, const comm::CollectiveModel& network) {
  const topology::Cluster cluster = RandomCase::cluster();
  const StepConstants constants = RandomCase::constants();
  const Layout layout = make_layout(one.scenario, one.gpus, 8);
  const auto strategy = find_strategy(one.strategy);
  for (const auto band : {StepInputs::Band::low, StepInputs::Band::middle}) {
    const Step step = strategy->build(
        {one.scenario, one.work, cluster, network, layout, one.microbatches, band, constants});
    const StepParts played = parts_of(step, play(step.graph));
    FastStep fast(cluster, network, constants);
    const FoldedWork folded = fold(one.work);
    const StepParts* parts = fast.parts(one.scenario, *strategy, folded, layout, one.microbatches, band);
    ASSERT_NE(parts, nullptr);
    const double near = 1e-9 * played.makespan.value();
    EXPECT_NEAR(parts->makespan.value(), played.makespan.value(), near) << one.describe();
    EXPECT_NEAR(parts->collectives.value(), played.collectives.value(), near * 100) << one.describe();
    ASSERT_EQ(parts->stages.size(), played.stages.size());
    for (std::size_t s = 0; s < played.stages.size(); ++s) {
      EXPECT_NEAR(parts->stages[s].compute.value(), played.stages[s].compute.value(), near) << one.describe();
      EXPECT_NEAR(parts->stages[s].waits.value(), played.stages[s].waits.value(), near) << one.describe();
      EXPECT_NEAR(parts->stages[s].optimizer.value(), played.stages[s].optimizer.value(), near);
      EXPECT_NEAR(parts->stages[s].gradient_wait.value(), played.stages[s].gradient_wait.value(), near)
          << one.describe();
    }
    EXPECT_EQ(parts->link, played.link) << one.describe();
  }
}

TEST(Recurrence, EqualsThePlayedGraphOnRandomScenarios) {
  std::mt19937 random(5);
  const LateNetwork network;
  for (int i = 0; i < 600; ++i) expect_same(RandomCase(random), network);
}

TEST(Recurrence, EqualsThePlayedGraphOverManyMicrobatchesOfEqualBlocks) {
  std::mt19937 random(17);
  const LateNetwork network;
  for (int i = 0; i < 200; ++i) {
    RandomCase one(random);
    one.microbatches *= 8 + i % 5;
    if (i % 2 == 0) one.make_blocks_equal();
    expect_same(one, network);
  }
}

TEST(Recurrence, EqualsThePlayedGraphForInference) {
  std::mt19937 random(23);
  const LateNetwork network;
  for (int i = 0; i < 100; ++i) {
    RandomCase one(random);
    one.scenario.compute.mode = workloads::Mode::inference;
    expect_same(one, network);
  }
}

}  // namespace
}  // namespace scalesim::sim
