// Samples and memory of a step by hand: how batches are divided, which are the default, what fits.
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "sim/evaluate/batch_plan.h"
#include "sim/evaluate/default_batch.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/mixed.h"

namespace scalesim::sim {
namespace {

/// 8 GPUs: pairs of tensor ranks, 4 replicas (2 with two pipeline stages).
Layout four_pairs() {
  Layout layout;
  layout.gpus = layout.gpus_per_node = 8;
  layout.tensor = 2;
  layout.data = 4;
  return layout;
}

std::string refusal(const Scenario& scenario, const Layout& layout) {
  try {
    plan_batch(scenario, layout);
  } catch (const InputError& error) {
    return error.message();
  }
  return "nothing";
}

void expect_plan(const Scenario& scenario, const Layout& layout, std::int64_t global, std::int64_t microbatch,
                 int microbatches) {
  const BatchPlan plan = plan_batch(scenario, layout);
  EXPECT_EQ(plan.global, global);
  EXPECT_EQ(plan.microbatch, microbatch);
  EXPECT_EQ(plan.microbatches, microbatches);
}

// 3 samples on each of 8 GPUs are 24, 6 to a replica of two tensor ranks.
TEST(BatchPlan, TheBatchOfAGpuCountsForEveryGpu) {
  Scenario scenario;
  scenario.compute.batch = 3;
  expect_plan(scenario, four_pairs(), 24, 6, 1);
  scenario.accumulation = 2;
  expect_plan(scenario, four_pairs(), 24, 3, 2);
  scenario.accumulation = 6;
  expect_plan(scenario, four_pairs(), 24, 1, 6);
  scenario.accumulation = 1;
  scenario.parallel.microbatch = 2;
  expect_plan(scenario, four_pairs(), 24, 2, 3);
  scenario.accumulation = 2;  // a micro-batch that was asked for stays as it is
  expect_plan(scenario, four_pairs(), 24, 2, 3);
  scenario.global_batch = 8;
  expect_plan(scenario, four_pairs(), 8, 2, 1);
}

// With stages a micro-batch is one sample unless the user says more.
TEST(BatchPlan, PipelinesTakeSampleAfterSample) {
  Scenario scenario;
  scenario.compute.batch = 3;
  Layout layout = four_pairs();
  layout.pipeline = 2;
  layout.data = 2;
  expect_plan(scenario, layout, 24, 1, 12);
  scenario.parallel.microbatch = 4;
  expect_plan(scenario, layout, 24, 4, 3);
}

TEST(BatchPlan, WhatDoesNotDivideIsTold) {
  Scenario scenario;
  scenario.global_batch = 10;
  EXPECT_EQ(refusal(scenario, four_pairs()),
            "batch of 10 cannot be divided over 4 replicas: give a multiple of 4");
  scenario.global_batch = 24;
  scenario.parallel.microbatch = 4;
  EXPECT_EQ(refusal(scenario, four_pairs()),
            "the 6 samples of a replica cannot be divided into micro-batches of 4");
  scenario.parallel.microbatch = 0;
  scenario.accumulation = 7;
  EXPECT_EQ(refusal(scenario, four_pairs()),
            "the 6 samples of a replica cannot be divided into micro-batches of 1");
  scenario.accumulation = 6;
  EXPECT_EQ(refusal(scenario, four_pairs()), "nothing");
}

TEST(DefaultBatch, SamplesOfTokensAreFewer) {
  workloads::Model model;
  EXPECT_EQ(usual_batch(model), 256);
  model.tokens_per_sample = 1;
  EXPECT_EQ(usual_batch(model), 8);
}

// 8 sequences of 2,048 tokens on 256 GPUs are 4 Mi tokens; one GPU more is too many, and half the batch is
// enough up to 512. Below one sequence nothing is halved. Images have no tokens.
TEST(DefaultBatch, StepsHaveNoMoreTokensThanPublishedRuns) {
  workloads::Model model;
  model.tokens_per_sample = 2048;
  const std::pair<int, std::int64_t> cases[] = {{1, 8},    {256, 8},  {257, 4},  {512, 4},   {513, 2},
                                                {1024, 2}, {1025, 1}, {2048, 1}, {100000, 1}};
  for (const auto& [gpus, batch] : cases) EXPECT_EQ(batch_of_usual_tokens(model, gpus), batch) << gpus;
  model.tokens_per_sample = 0;
  EXPECT_EQ(batch_of_usual_tokens(model, 100000), 256);
}

class DefaultBatchOnGpus : public testing::Test {
 protected:
  DefaultBatchOnGpus() {
    scenario.model = workloads::load_model("resnet18", {}, DataCatalogue::embedded());
    scenario.compute.batch = 5;  // what the user would have said does not matter
  }
  Bytes needed(std::int64_t batch) const {
    workloads::ComputeSettings compute = scenario.compute;
    compute.batch = batch;
    return workloads::memory_use(scenario.model, compute, {}).total();
  }
  static System with_memory(Bytes memory) {
    System system;
    system.cluster.gpu.memory = memory;
    return system;
  }
  Scenario scenario;
};

// A default leaves a tenth of the memory free: what is needed is 0.9 of it, give or take a millionth.
TEST_F(DefaultBatchOnGpus, LeavesATenthOfTheMemoryOfEveryGpu) {
  for (const std::int64_t batch : {256, 128, 64, 1}) {
    const Bytes just = needed(batch) / 0.9 * 1.000001, short_of = needed(batch) / 0.9 * 0.999999;
    const System large = with_memory(Bytes(1e15));
    EXPECT_EQ(batch_that_fits(scenario, {with_memory(just)}), batch);
    EXPECT_EQ(batch_that_fits(scenario, {large, with_memory(just), large}), batch);
    EXPECT_EQ(batch_that_fits(scenario, {large, with_memory(short_of)}), batch > 1 ? batch / 2 : 1);
    EXPECT_EQ(batch_that_fits(scenario, {with_memory(short_of), large}), batch > 1 ? batch / 2 : 1);
  }
  EXPECT_EQ(batch_that_fits(scenario, {with_memory(Bytes(1))}), 1) << "never less than a sample";
  EXPECT_EQ(batch_that_fits(scenario, {}), 256);
}

TEST(MemoryPolicy, SharesOfAGpu) {
  EXPECT_EQ(kMemoryPolicy.asked, 1);
  EXPECT_EQ(kMemoryPolicy.chosen, 0.95);
  EXPECT_EQ(kMemoryPolicy.suggested, 0.9);
  EXPECT_TRUE(fits(Bytes(64), Bytes(64)));
  EXPECT_FALSE(fits(Bytes(65), Bytes(64)));
  EXPECT_TRUE(fits(Bytes(32), Bytes(64), 0.5));
  EXPECT_FALSE(fits(Bytes(33), Bytes(64), 0.5));
}

// Without stages one micro-batch at a time, whatever the schedule says. 1F1B holds one for each of 4 stages,
// GPipe all 8; two chunks of a stage interleaved hold 4 * 2 + 3 = 11 halves: 6 whole ones.
TEST(MemoryNeeded, MicrobatchesOfTheFirstStage) {
  Parallelism p;
  EXPECT_EQ(microbatches_in_flight(p, 8, *find_pipeline("gpipe")), 1);
  p.pipeline = 4;
  EXPECT_EQ(microbatches_in_flight(p, 8, *find_pipeline("1f1b")), 4);
  EXPECT_EQ(microbatches_in_flight(p, 3, *find_pipeline("1f1b")), 3);
  EXPECT_EQ(microbatches_in_flight(p, 8, *find_pipeline("gpipe")), 8);
  p.virtual_stages = 2;
  EXPECT_EQ(microbatches_in_flight(p, 8, *find_pipeline("interleaved")), 6);
}

// 64 GPUs: tp 2 x cp 4 x pp 2 leave 4; with the context ranks 16 replicas of equal parameters.
TEST(MemoryNeeded, EveryRankOfAStageDividesItsPart) {
  Scenario scenario;
  scenario.parallel.tensor = 2;
  scenario.parallel.pipeline = 2;
  scenario.parallel.context = 4;
  scenario.parallel.schedule = "gpipe";
  Layout layout;
  layout.tensor = layout.pipeline = 2;
  layout.context = layout.data = 4;
  layout.gpus = 64;
  const BatchPlan batch{40, 2, 5};
  for (const bool sequence_parallel : {false, true})
    for (const int stage : {0, 1, 2, 3}) {
      scenario.parallel.sequence_parallel = sequence_parallel;
      const workloads::Sharding s = sharding_of(scenario, layout, batch, stage, *find_pipeline("gpipe"));
      EXPECT_EQ(s.zero_stage, stage);
      EXPECT_EQ(s.data_parallel, 16);
      EXPECT_EQ(s.tensor_parallel, 2);
      EXPECT_EQ(s.pipeline_parallel, 2);
      EXPECT_EQ(s.microbatches_in_flight, 5);
      EXPECT_EQ(s.sequence_parallel, sequence_parallel);
    }
}

// 32 samples a GPU in 4 accumulated parts: activations of 8 samples, everything else as always.
TEST_F(DefaultBatchOnGpus, MemoryIsThatOfOneMicrobatch) {
  scenario.compute.batch = 32;
  scenario.accumulation = 4;
  EXPECT_EQ(memory_needed(scenario, make_layout(scenario, 1, 8), 0), needed(8));
  EXPECT_GT(memory_needed(scenario, make_layout(scenario, 8, 8), 0),
            memory_needed(scenario, make_layout(scenario, 8, 8), 1));
}

// Two operations a product, and three products of that size: the forward and both gradients.
TEST(ModelFlops, TrainingTakesThreeTimesTheForward) {
  Scenario scenario;
  workloads::Layer layer;
  layer.op = workloads::Op::linear;
  layer.batch = 1;
  layer.m = 2, layer.k = 3, layer.n = 5;  // 30 products
  scenario.model.layers = {layer, layer};
  EXPECT_EQ(model_flops(scenario, 7), 3 * 2 * 60 * 7);
  scenario.compute.mode = workloads::Mode::inference;
  EXPECT_EQ(model_flops(scenario, 7), 2 * 60 * 7);
}

// Nodes of 3 of their own, then 3 and 2 of two other kinds.
TEST(RanksByKind, NodesFillUpKindAfterKind) {
  System system;
  system.cluster.gpus_per_node = 8;
  system.others.resize(2);
  system.others[0].per_node = 3;
  system.others[1].per_node = 2;
  const std::pair<int, std::vector<int>> cases[] = {{0, {0, 0, 0}}, {3, {3, 0, 0}},  {4, {3, 1, 0}},
                                                    {6, {3, 3, 0}}, {7, {3, 3, 1}},  {8, {3, 3, 2}},
                                                    {9, {4, 3, 2}}, {16, {6, 6, 4}}, {23, {9, 9, 5}}};
  for (const auto& [gpus, expected] : cases) EXPECT_EQ(ranks_by_kind(system, gpus), expected) << gpus;
  system.others.clear();
  EXPECT_EQ(ranks_by_kind(system, 13), std::vector<int>{13});
}

struct ShareCase {
  std::vector<int> ranks;
  std::vector<double> per_sample;
  std::int64_t samples;
  std::vector<std::int64_t> expected;
};

// Shares are samples * own speed / all speeds, cut to whole samples; the samples left go, largest rest first,
// one to each rank of a kind.
TEST(ProportionalShares, ByHand) {
  const ShareCase cases[] = {
      {{2, 1}, {1, 1}, 4, {2, 1}},           // 1.33 each: one left, equal rests, the first kind takes it
      {{1, 2}, {1, 1}, 5, {2, 2}},           // 1.67 each: two left; the first kind takes 1, the second 1
      {{1, 1, 1}, {1, 1, 1}, 5, {2, 2, 1}},  // 1.67 each: two left
      {{0, 2}, {1, 1}, 5, {0, 3}},           // 2.5 each
      {{0, 1}, {1, 1}, 3, {0, 3}},          {{1, 1}, {1, 1}, 0, {0, 0}},
      {{1, 1}, {1, 3}, 8, {6, 2}},        // speeds 1 and 1/3
      {{1, 1}, {1, 3}, 7, {5, 2}},        // 5.25 and 1.75: the larger rest is the slower kind's
      {{2, 2}, {2, 1}, 12, {2, 4}},       // 2 / 2 + 2 = 3 speeds
      {{1, 1}, {0.25, 0.25}, 6, {3, 3}},  // nothing left over
  };
  for (const ShareCase& c : cases)
    EXPECT_EQ(proportional_shares(c.ranks, c.per_sample, c.samples), c.expected) << c.samples;
}

// Every sample is computed by somebody, and nobody gets a whole sample less or more than its share.
TEST(ProportionalShares, LoseNoSample) {
  for (std::int64_t samples = 1; samples <= 60; ++samples) {
    const std::vector<int> ranks = {3, 2, 1};
    const std::vector<double> per_sample = {1, 0.5, 0.3};
    const double speed = 3 / 1.0 + 2 / 0.5 + 1 / 0.3;
    const std::vector<std::int64_t> shares = proportional_shares(ranks, per_sample, samples);
    std::int64_t all = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      all += shares[k] * ranks[k];
      EXPECT_LE(
          std::abs(static_cast<double>(shares[k]) - static_cast<double>(samples) / per_sample[k] / speed),
          1 + 1e-9);
    }
    EXPECT_GE(all, samples);
  }
}

}  // namespace
}  // namespace scalesim::sim
