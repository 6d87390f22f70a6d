// The pruned search finds what the exhaustive one finds, and both time a configuration as the simulator does.
#include "plan/search/configuration_search.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "plan/distribute/spread.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/step_evaluator.h"
#include "tests/support/shipped.h"
#include "topology/cluster/cluster.h"
#include "workloads/model/model.h"

namespace scalesim::plan {
namespace {

const sim::StepConstants& constants() {
  static const sim::StepConstants constants = sim::load_step_constants(shipped());
  return constants;
}

topology::Cluster cluster_of(const std::string& system, int nodes, int gpus_per_node = 8) {
  topology::ClusterOptions options;
  options.nodes = nodes;
  options.gpus_per_node = gpus_per_node;
  return topology::load_cluster(system, options, shipped());
}

sim::Scenario scenario_of(const std::string& model, std::int64_t batch) {
  sim::Scenario scenario;
  scenario.model = workloads::load_model(model, {}, shipped());
  scenario.compute.precision = topology::Precision::bf16;
  scenario.compute.optimizer = workloads::Optimizer::adam;
  scenario.global_batch = batch;
  return scenario;
}

Searched exhaustive(const ConfigurationSearch& search, int threads) {
  return search.answer(spread(search, {}, *job::single_rank_world(), threads));
}

bool same_ways(const Searched& a, const Searched& b) {
  return std::equal(a.best.begin(), a.best.end(), b.best.begin(), b.best.end(),
                    [](const auto& x, const auto& y) {
                      return x.step == y.step && x.branch == y.branch && x.share == y.share &&
                             x.order == y.order && x.memory == y.memory;
                    });
}

TEST(ConfigurationSpace, OfTwoGpusIsCountedByHand) {
  // 12 heads and blocks, 4 samples. tp2: sharded among nobody, so only ddp, 3 recomputations; sequence
  // parallel or not, micro-batches of 1, 2, 4; one order of axes, overlap or not: 3 x 2 x 3 x 2 = 36. pp2:
  // ddp, 3 recomputations, 3 micro-batches, overlap or not. Chunks divide 6 blocks a stage: 1, 2, 3, 6. One
  // chunk runs three schedules, more run interleaved where 4, 2, 1 micro-batches divide by 2: 6, 6, 3
  // schedules, so 3 x 2 x 15 = 90. cp2 and dp2: ddp, zero1, zero2, fsdp, 3 recomputations, two precisions on
  // the wire, overlap or not: 48 for each micro-batch. cp2 has 3 of them and two methods: 288; dp2 has 1 and
  // 2: 96.
  const ConfigurationSpace space(scenario_of("gpt2", 4), {}, 2, 2);
  EXPECT_EQ(space.size(), 36u + 90u + 288u + 96u);
  std::set<std::string> texts;
  std::size_t ways = 0;
  for (const ShardingChoice& branch : space.branches())
    for (const MicrobatchChoice& share : space.shares(branch)) {
      const std::vector<ScheduleChoice> orders = space.orders(branch, share);
      EXPECT_EQ(orders.size(), space.order_count(branch, share));
      ways += orders.size();
      for (const ScheduleChoice& order : orders) texts.insert(configuration_text(branch, share, order));
    }
  EXPECT_EQ(ways, space.size());
  EXPECT_EQ(texts.size(), space.size());  // no two are told alike
}

TEST(ConfigurationSearch, PrunedFindsWhatExhaustiveFinds) {
  struct Case {
    const char *model, *system;
    int nodes, gpus_per_node;
    std::int64_t batch;
  };
  for (const Case& c : {Case{"gpt2", "dgx-a100", 1, 8, 16}, Case{"bert-large", "dgx-h100", 2, 4, 24},
                        Case{"llama3-8b", "dgx-a100", 2, 4, 8}, Case{"mixtral-8x7b", "dgx-h100", 2, 8, 16}}) {
    const topology::Cluster cluster = cluster_of(c.system, c.nodes, c.gpus_per_node);
    const ConfigurationSpace space(scenario_of(c.model, c.batch), {}, cluster.gpus(), cluster.gpus_per_node);
    const ConfigurationSearch search(space, cluster, shipped(), constants(), 5);
    const Searched all = exhaustive(search, 2);
    const Searched some = search.pruned();
    EXPECT_TRUE(same_ways(all, some)) << c.model;
    ASSERT_FALSE(all.best.empty()) << c.model;
    EXPECT_EQ(all.configurations, space.size());
    EXPECT_EQ(some.configurations, space.size());
    EXPECT_EQ(all.ruled_out, 0u);
    EXPECT_EQ(all.evaluated + all.too_large + all.impossible, all.configurations);
    EXPECT_LT(some.evaluated, all.evaluated);
    EXPECT_EQ(all.least_memory, some.least_memory);
  }
}

TEST(ConfigurationSearch, TimesAWayAsTheSimulatorDoes) {
  const topology::Cluster cluster = cluster_of("dgx-a100", 2);
  const ConfigurationSpace space(scenario_of("llama3-8b", 32), {}, 16, 8);
  const ConfigurationSearch search(space, cluster, shipped(), constants(), 40);
  const Searched found = search.pruned();
  ASSERT_EQ(found.best.size(), 40u);
  const sim::System system{cluster.name, cluster, comm::make_nccl_model(cluster, shipped()), {16}};
  for (const RankedConfiguration& ranked : found.best) {
    const sim::Scenario scenario = search.scenario(ranked);
    sim::StepEvaluator simulator(scenario, system, shipped(), constants());
    EXPECT_NEAR(simulator.outcome(16).step.value() / ranked.step, 1, 1e-12) << search.text(ranked);
    EXPECT_EQ(sim::memory_needed(scenario, simulator.layout(16), simulator.strategy().zero_stage()).value(),
              ranked.memory)
        << search.text(ranked);
    EXPECT_LE(ranked.memory, cluster.gpu.memory.value() * sim::kMemoryPolicy.chosen);
  }
}

TEST(ConfigurationSearch, SaysHowMuchIsMissingWhenNothingFits) {
  const topology::Cluster cluster = cluster_of("dgx-a100", 1);
  const ConfigurationSpace space(scenario_of("gpt3-175b", 8), {}, 8, 8);
  const ConfigurationSearch search(space, cluster, shipped(), constants(), 5);
  const Searched found = search.pruned();
  EXPECT_TRUE(found.best.empty());
  EXPECT_EQ(found.too_large, space.size());
  // 175e9 parameters: two bytes each and their gradients four, on eight GPUs, are 131 GB before the
  // optimizer.
  EXPECT_GT(found.least_memory, 131e9);
}

TEST(ConfigurationSearch, ResultsGoThroughTextWithoutLoss) {
  Searched s;
  s.best = {{0.1, 1, 2, 3, 1e11 / 3}};
  s.configurations = 10, s.too_large = 1, s.impossible = 2, s.evaluated = 3, s.ruled_out = 4,
  s.least_memory = 1.0 / 3;
  const Searched back = searched_from(to_result(s));
  EXPECT_TRUE(same_ways(s, back));
  EXPECT_EQ(to_result(back), to_result(s));
}

}  // namespace
}  // namespace scalesim::plan
