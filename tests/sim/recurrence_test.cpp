// The fast path against the graph of tasks: the same step to rounding, whatever the strategy, the schedule
// and the division.
#include <gtest/gtest.h>

#include <random>

#include "random_case.h"
#include "sim/engine/step_parts.h"
#include "sim/fast/fast_step.h"

namespace scalesim::sim {
namespace {

void expect_same(const RandomCase& one, const comm::CollectiveModel& network,
                 const topology::Cluster& cluster = RandomCase::cluster()) {
  const StepConstants constants = RandomCase::constants();
  const Layout layout = make_layout(one.scenario, one.gpus, 8);
  const auto strategy = find_strategy(one.strategy);
  for (const auto estimate : {Estimate::optimistic, Estimate::nominal}) {
    const Step step = strategy->build(
        {one.scenario, one.work, cluster, network, layout, one.microbatches, estimate, constants});
    const StepParts played = parts_of(step, play(step.graph));
    FastStep fast(cluster, network, constants);
    const FoldedWork folded = fold(one.work);
    const StepParts* parts = fast.parts(one.scenario, *strategy, folded, layout, one.microbatches, estimate);
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

/// A network that takes `factor` times as long.
class SlowNetwork : public LateNetwork {
 public:
  explicit SlowNetwork(double factor) : factor_(factor) {}
  comm::CollectiveTime time(comm::Collective c, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer = LateNetwork::time(c, bytes, group);
    answer.time *= factor_;
    return answer;
  }

 private:
  double factor_;
};

TEST(Recurrence, EqualsThePlayedGraphWhereCollectivesQueueUp) {
  // Gradients of every micro-batch that take longer than its compute: the queue grows all step long. On the
  // GPU with little memory bandwidth large and small collectives slow compute differently.
  std::mt19937 random(29);
  const std::pair<const char*, int> strategies[] = {
      {"zero2", 4}, {"zero2", 1}, {"hsdp", 1}, {"fsdp", 1}, {"zero3", 1}};
  for (int i = 0; i < 300; ++i) {
    RandomCase one(random);
    const auto& [strategy, pipeline] = strategies[i % 5];
    Parallelism& p = one.scenario.parallel;
    p.pipeline = pipeline;
    p.virtual_stages = 1;
    p.tensor = 1 << i % 3;
    one.strategy = strategy;
    one.gpus = p.tensor * p.pipeline * p.context * (i % 2 == 0 ? 4 : 16);
    one.microbatches = p.pipeline * (5 + i % 17);
    if (i % 4 != 0) one.make_blocks_equal();
    topology::Cluster cluster = RandomCase::cluster();
    if (i % 3 == 0) cluster.gpu.memory_bandwidth = BytesPerSecond(4e3);
    expect_same(one, SlowNetwork(0.1 * (1 << i % 8)), cluster);
  }
}

TEST(Recurrence, EqualsThePlayedGraphWithExperts) {
  std::mt19937 random(31);
  for (int i = 0; i < 200; ++i) {
    RandomCase one(random);
    if (i % 2 == 0) one.make_blocks_equal();
    one.add_experts(2);
    one.gpus *= 2;
    expect_same(one, SlowNetwork(0.3 * (1 << i % 5)));
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
