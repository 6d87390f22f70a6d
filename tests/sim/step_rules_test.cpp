// What strategies and schedules say about a step, by hand: orders, waits, sends, averages, gathers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "sim/step/buckets.h"
#include "sim/step/pipeline.h"
#include "sim/step/pipeline_description.h"
#include "sim/step/sharded_description.h"
#include "sim/step/strategy.h"
#include "sim/work/layer_groups.h"

namespace scalesim::sim {
namespace {

using comm::Collective;
using testing::ElementsAre;

comm::Group group(int ranks, int nodes, int groups_per_node) { return {ranks, nodes, groups_per_node}; }

/// "F0 B0 W0"; with several chunks "F0.1".
std::string order(const std::string& schedule, int stage, const PipelineShape& shape) {
  std::string text;
  for (const Action& a : find_pipeline(schedule)->order(stage, shape)) {
    text += text.empty() ? "" : " ";
    text += a.pass == Pass::forward ? "F" : a.pass == Pass::backward ? "B" : "W";
    text += std::to_string(a.microbatch);
    if (shape.chunks > 1) text += "." + std::to_string(a.chunk);
  }
  return text;
}

struct OrderCase {
  std::string schedule;
  int stage;
  PipelineShape shape;
  std::string expected;
};

// 1F1B warms up with as many forwards as stages follow; zero bubble holds as many weight gradients back as
// stages come before; interleaved warms up with 2 (p - 1 - s) + (v - 1) p chunks, groups of p micro-batches.
TEST(PipelineOrder, ByHand) {
  const OrderCase cases[] = {
      {"gpipe", 0, {3, 2, 1}, "F0 F1 B0 B1"},
      {"gpipe", 2, {3, 2, 1}, "F0 F1 B0 B1"},
      {"1f1b", 0, {3, 4, 1}, "F0 F1 F2 B0 F3 B1 B2 B3"},
      {"1f1b", 1, {3, 4, 1}, "F0 F1 B0 F2 B1 F3 B2 B3"},
      {"1f1b", 2, {3, 4, 1}, "F0 B0 F1 B1 F2 B2 F3 B3"},
      {"1f1b", 0, {3, 1, 1}, "F0 B0"},  // fewer micro-batches than the warm-up
      {"zero-bubble", 0, {3, 4, 1}, "F0 F1 F2 B0 W0 F3 B1 W1 B2 W2 B3 W3"},
      {"zero-bubble", 1, {3, 4, 1}, "F0 F1 B0 F2 B1 W0 F3 B2 W1 B3 W2 W3"},
      {"zero-bubble", 2, {3, 4, 1}, "F0 B0 F1 B1 F2 B2 W0 F3 B3 W1 W2 W3"},
      {"zero-bubble", 0, {3, 1, 1}, "F0 B0 W0"},
      {"interleaved", 0, {2, 2, 2}, "F0.0 F1.0 F0.1 F1.1 B0.1 B1.1 B0.0 B1.0"},
      {"interleaved", 1, {2, 2, 2}, "F0.0 F1.0 F0.1 B0.1 F1.1 B1.1 B0.0 B1.0"},
      {"interleaved",
       1,
       {2, 4, 2},
       "F0.0 F1.0 F0.1 B0.1 F1.1 B1.1 F2.0 B0.0 F3.0 B1.0 F2.1 B2.1 F3.1 B3.1 B2.0 B3.0"},
  };
  for (const OrderCase& c : cases)
    EXPECT_EQ(order(c.schedule, c.stage, c.shape), c.expected) << c.schedule << " " << c.stage;
}

TEST(PipelineOrder, InferenceRunsTheForwardsAlone) {
  const auto pipeline = find_pipeline("zero-bubble");
  const std::vector<Action> forwards = actions_of(*pipeline, 1, {3, 4, 1}, false);
  ASSERT_EQ(forwards.size(), 4U);
  for (int m = 0; m < 4; ++m) {
    EXPECT_EQ(forwards[static_cast<std::size_t>(m)].pass, Pass::forward);
    EXPECT_EQ(forwards[static_cast<std::size_t>(m)].microbatch, m);
  }
  EXPECT_EQ(actions_of(*pipeline, 1, {3, 4, 1}, true).size(), 12U);
}

std::string refusal(const std::string& schedule, const PipelineShape& shape) {
  const auto pipeline = find_pipeline(schedule);
  try {
    pipeline->check(shape);
  } catch (const InputError& error) {
    EXPECT_FALSE(pipeline->runs(shape));
    return error.message();
  }
  EXPECT_TRUE(pipeline->runs(shape));
  return "nothing";
}

TEST(PipelineCheck, SaysWhatCouldBeRun) {
  for (const std::string one : {"gpipe", "1f1b", "zero-bubble"}) {
    EXPECT_EQ(refusal(one, {4, 3, 1}), "nothing");
    EXPECT_EQ(refusal(one, {1, 1, 1}), "nothing");
  }
  EXPECT_EQ(refusal("gpipe", {2, 2, 2}),
            "gpipe runs one model chunk per stage: drop --vpp or use interleaved");
  EXPECT_EQ(refusal("1f1b", {2, 2, 2}),
            "1f1b runs one model chunk per stage: use --schedule interleaved with --vpp");
  EXPECT_EQ(refusal("zero-bubble", {2, 2, 2}), "zero-bubble runs one model chunk per stage: drop --vpp");
  EXPECT_EQ(refusal("interleaved", {4, 6, 2}),
            "interleaved schedule: 6 micro-batches are not a multiple of the 4 stages");
  EXPECT_EQ(refusal("interleaved", {4, 2, 2}),
            "interleaved schedule: 2 micro-batches are not a multiple of the 4 stages");
  EXPECT_EQ(refusal("interleaved", {4, 8, 2}), "nothing");
  EXPECT_EQ(refusal("interleaved", {4, 8, 1}), "nothing");
  EXPECT_EQ(refusal("interleaved", {1, 3, 2}), "nothing");
}

struct HeldCase {
  std::string schedule;
  PipelineShape shape;
  int expected;
};

// Interleaved with v chunks: p v + p - 1 chunks at most, all m v where they are fewer, rounded up to whole
// micro-batches: 2 * 2 + 1 = 5 of 8 chunks are 3; 4 of 4 are 2; 4 * 2 + 3 = 11 of 16 are 6.
TEST(PipelineMemory, MicrobatchesInFlight) {
  const HeldCase cases[] = {
      {"gpipe", {4, 8, 1}, 8},       {"gpipe", {4, 2, 1}, 2},       {"1f1b", {4, 8, 1}, 4},
      {"1f1b", {4, 2, 1}, 2},        {"zero-bubble", {4, 8, 1}, 4}, {"zero-bubble", {4, 2, 1}, 2},
      {"interleaved", {4, 8, 1}, 4}, {"interleaved", {4, 2, 1}, 2}, {"interleaved", {2, 4, 2}, 3},
      {"interleaved", {2, 2, 2}, 2}, {"interleaved", {4, 8, 2}, 6}};
  for (const HeldCase& c : cases)
    EXPECT_EQ(find_pipeline(c.schedule)->microbatches_in_flight(c.shape), c.expected) << c.schedule;
}

TEST(PipelineNames, AreFoundAndRemembered) {
  EXPECT_THAT(pipeline_names(), ElementsAre("1f1b", "gpipe", "interleaved", "zero-bubble"));
  for (const std::string& name : pipeline_names()) {
    EXPECT_EQ(find_pipeline(name)->name(), name);
    EXPECT_EQ(find_pipeline(name)->splits_backward(), name == "zero-bubble");
    EXPECT_EQ(find_pipeline(name)->has_virtual_stages(), name == "interleaved");
  }
  PipelineCache cache;
  Parallelism one, two, named;
  two.virtual_stages = 2;
  named.schedule = "gpipe";
  EXPECT_EQ(cache.find(one).name(), "1f1b");
  EXPECT_EQ(cache.find(two).name(), "interleaved");
  EXPECT_EQ(cache.find(named).name(), "gpipe");
  EXPECT_EQ(&cache.find(one), &cache.find(one));
  EXPECT_NE(&cache.find(one), &cache.find(two));
  named.virtual_stages = 2;  // nothing replaces gpipe: its check refuses
  EXPECT_EQ(cache.find(named).name(), "gpipe");
}

// 2 stages of 2 chunks: virtual stages 0, 2 on stage 0 and 1, 3 on stage 1.
TEST(PipelineShape, VirtualStagesGoRoundTheStages) {
  const PipelineShape shape{2, 4, 2};
  EXPECT_EQ(shape.virtual_stages(), 4);
  EXPECT_EQ(shape.virtual_stage(0, 1), 2);
  EXPECT_EQ(shape.virtual_stage(1, 0), 1);
  EXPECT_EQ(shape.virtual_stage(1, 1), 3);
  for (const int v : {0, 1, 2, 3}) EXPECT_EQ(shape.stage_of(v), v % 2);
}

TEST(PipelineShape, PassesWaitForTheirNeighbours) {
  const PipelineShape shape{2, 4, 2};
  EXPECT_FALSE(shape.waits_for(Pass::forward, 0));
  for (const int v : {0, 1, 3}) EXPECT_FALSE(shape.waits_for(Pass::weight, v));
  const auto expect = [&](Pass pass, int v, Pass before, int of) {
    const std::optional<StagePass> waits = shape.waits_for(pass, v);
    ASSERT_TRUE(waits);
    EXPECT_EQ(waits->pass, before) << v;
    EXPECT_EQ(waits->virtual_stage, of);
  };
  expect(Pass::forward, 1, Pass::forward, 0);
  expect(Pass::forward, 3, Pass::forward, 2);
  expect(Pass::backward, 3, Pass::forward, 3);  // the last turns round
  expect(Pass::backward, 2, Pass::backward, 3);
  expect(Pass::backward, 0, Pass::backward, 1);
}

TEST(PipelineShape, PassesSendToTheirNeighbours) {
  const PipelineShape shape{2, 4, 2};
  EXPECT_EQ(shape.sends_to(Pass::forward, 0), 1);
  EXPECT_EQ(shape.sends_to(Pass::forward, 2), 3);
  EXPECT_EQ(shape.sends_to(Pass::forward, 3), std::nullopt);
  EXPECT_EQ(shape.sends_to(Pass::backward, 3), 2);
  EXPECT_EQ(shape.sends_to(Pass::backward, 1), 0);
  EXPECT_EQ(shape.sends_to(Pass::backward, 0), std::nullopt);
  EXPECT_EQ(shape.sends_to(Pass::weight, 1), std::nullopt);
  const PipelineShape alone{1, 4, 2};  // both chunks on one device
  EXPECT_EQ(alone.sends_to(Pass::forward, 0), std::nullopt);
  EXPECT_EQ(alone.sends_to(Pass::backward, 1), std::nullopt);
}

/// Writes down what it is told.
struct Scribe {
  std::string said;
  void compute() { said += "compute "; }
  void compute_by_buckets() { said += "buckets "; }
  void average_all() { said += "average "; }
  void hand_on(std::optional<int> to) { said += "hand " + (to ? std::to_string(*to) : "none"); }
};

std::string performed(const PipelineDescription& step, Pass pass, int microbatch) {
  Scribe scribe;
  perform(step, pass, 1, microbatch, scribe);
  return scribe.said;
}

// Middle one of 3 stages, 2 micro-batches: the last backward is averaged, beside itself with overlap.
TEST(PipelineDescription, PassesComputeAverageAndHandOn) {
  PipelineDescription step;
  step.shape = {3, 2, 1};
  EXPECT_EQ(performed(step, Pass::backward, 1), "compute hand 0") << "one replica has nobody to average with";
  step.averages = true;
  EXPECT_EQ(performed(step, Pass::forward, 1), "compute hand 2");
  EXPECT_EQ(performed(step, Pass::backward, 0), "compute hand 0");
  EXPECT_EQ(performed(step, Pass::backward, 1), "buckets hand 0");
  step.overlap = false;
  EXPECT_EQ(performed(step, Pass::backward, 1), "buckets average hand 0");
  step.averages_every_microbatch = true;
  EXPECT_EQ(performed(step, Pass::backward, 0), "buckets average hand 0");
  step.averages_every_microbatch = false;
  for (const bool overlap : {false, true}) {
    step.splits_backward = true;
    step.overlap = overlap;
    EXPECT_EQ(performed(step, Pass::backward, 1), "compute hand 0");
    EXPECT_EQ(performed(step, Pass::weight, 0), "compute ");
    EXPECT_EQ(performed(step, Pass::weight, 1), "compute average ");
  }
}

// 4 tensor ranks hold equal activations of 80 bytes: each sends 20 and the receivers gather 80, unless the
// sequence is divided among them.
TEST(PipelineDescription, TensorRanksSendTheirPart) {
  PipelineDescription step;
  step.neighbours = group(2, 2, 8);
  step.tensor_ranks = group(4, 1, 2);
  const StageSend part = step.send(Bytes(80));
  EXPECT_EQ(part.send.collective, Collective::send_receive);
  EXPECT_EQ(part.send.bytes, Bytes(20));
  EXPECT_EQ(part.send.group, step.neighbours);
  ASSERT_TRUE(part.gather);
  EXPECT_EQ(part.gather->collective, Collective::all_gather);
  EXPECT_EQ(part.gather->bytes, Bytes(80));
  EXPECT_EQ(part.gather->group, step.tensor_ranks);
  step.sequence_parallel = true;
  EXPECT_EQ(step.send(Bytes(80)).send.bytes, Bytes(80));
  EXPECT_FALSE(step.send(Bytes(80)).gather);
  step.sequence_parallel = false;
  step.tensor_ranks = group(1, 1, 8);
  EXPECT_EQ(step.send(Bytes(80)).send.bytes, Bytes(80));
  EXPECT_FALSE(step.send(Bytes(80)).gather);
}

TEST(PipelineDescription, BuffersAreBroadcastAmongReplicasOfAnUndividedModel) {
  PipelineDescription step;
  step.averages = step.broadcasts_buffers = true;
  step.replicas = {group(8, 1, 1), group(4, 1, 2)};
  const auto message = step.before_forward(Bytes(10));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->collective, Collective::broadcast);
  EXPECT_EQ(message->bytes, Bytes(10));
  EXPECT_EQ(message->group, step.replicas[0]);
  EXPECT_FALSE(step.before_forward(Bytes(0)));
  step.shape.stages = 2;
  EXPECT_FALSE(step.before_forward(Bytes(10)));
  step.shape.stages = 1;
  step.averages = false;
  EXPECT_FALSE(step.before_forward(Bytes(10)));
  step.averages = true;
  step.broadcasts_buffers = false;
  EXPECT_FALSE(step.before_forward(Bytes(10)));
}

// 100 dense parameters on 4 ranks and 40 of experts on 2: each updates 25 + 20, then gathers 100 and 40 of
// two bytes.
TEST(PipelineDescription, AShardedUpdateGathersDenseParametersThenExperts) {
  PipelineDescription step;
  step.parameter = Bytes(2);
  step.dense_copies = 4;
  step.expert_copies = 2;
  step.replicas = {group(4, 1, 2), group(2, 1, 4)};
  EXPECT_EQ(step.update(100, 40).elements, 140);
  EXPECT_TRUE(step.update(100, 40).gathers().empty());
  step.sharded_update = true;
  const StageUpdate both = step.update(100, 40);
  EXPECT_EQ(both.elements, 45);
  ASSERT_EQ(both.gathers().size(), 2U);
  for (const Message& gather : both.gathers()) EXPECT_EQ(gather.collective, Collective::all_gather);
  EXPECT_EQ(both.gathers()[0].bytes, Bytes(200));
  EXPECT_EQ(both.gathers()[0].group, step.replicas[0]);
  EXPECT_EQ(both.gathers()[1].bytes, Bytes(80));
  EXPECT_EQ(both.gathers()[1].group, step.replicas[1]);
  EXPECT_EQ(step.update(100, 0).gathers().size(), 1U);
  step.expert_copies = 1;
  EXPECT_EQ(step.update(100, 40).elements, 65);
  EXPECT_EQ(step.update(100, 40).gathers().size(), 1U);
  step.dense_copies = 1;
  EXPECT_TRUE(step.update(100, 40).gathers().empty());
}

/// 64 GPUs in nodes of 8: tp 4 x pp 2, 8 replicas 4 apart, of which pairs share experts.
Layout layout_of_64() {
  Layout layout;
  layout.tensor = 4;
  layout.pipeline = 2;
  layout.data = layout.shard = 8;
  layout.expert = 2;
  layout.gpus = 64;
  layout.gpus_per_node = 8;
  layout.data_stride = 4;
  layout.pipeline_stride = 32;
  return layout;
}

TEST(PipelineDescription, ComesFromScenarioLayoutAndRules) {
  Scenario scenario;
  scenario.parallel.virtual_stages = 3;
  scenario.compute.precision = topology::Precision::fp32;
  GradientRules rules;
  rules.collective = Collective::reduce_scatter;
  rules.first = Bytes(7);
  rules.bucket = Bytes(70);
  const PipelineDescription step = describe_pipeline_step(scenario, layout_of_64(), 5, rules, true);
  EXPECT_EQ(step.shape.stages, 2);
  EXPECT_EQ(step.shape.microbatches, 5);
  EXPECT_EQ(step.shape.chunks, 3);
  EXPECT_TRUE(step.training);
  EXPECT_TRUE(step.splits_backward);
  EXPECT_TRUE(step.averages);
  EXPECT_EQ(step.average, Collective::reduce_scatter);
  EXPECT_EQ(step.replicas_of(false), group(8, 4, 4));  // two of them to a node
  EXPECT_EQ(step.replicas_of(true), group(4, 4, 8));   // 8 apart
  EXPECT_EQ(step.buckets.first, Bytes(7));
  EXPECT_EQ(step.buckets.cap, Bytes(70));
  EXPECT_EQ(step.buckets.element, Bytes(4));
  EXPECT_EQ(step.parameter, Bytes(4));
  EXPECT_EQ(step.dense_copies, 8);
  EXPECT_EQ(step.expert_copies, 4);
  EXPECT_EQ(step.neighbours, group(2, 2, 8));
  EXPECT_EQ(step.tensor_ranks, group(4, 1, 2));
}

TEST(PipelineDescription, SwitchesAreTakenOver) {
  for (const bool on : {false, true}) {
    Scenario scenario;
    GradientRules rules;
    scenario.overlap = scenario.broadcast_buffers = scenario.parallel.sequence_parallel = on;
    rules.every_microbatch = rules.sharded_update = on;
    const PipelineDescription step = describe_pipeline_step(scenario, layout_of_64(), 1, rules, on);
    EXPECT_EQ(step.overlap, on);
    EXPECT_EQ(step.broadcasts_buffers, on);
    EXPECT_EQ(step.sequence_parallel, on);
    EXPECT_EQ(step.averages_every_microbatch, on);
    EXPECT_EQ(step.sharded_update, on);
    EXPECT_EQ(step.splits_backward, on);
  }
  Scenario inference;
  inference.compute.mode = workloads::Mode::inference;
  EXPECT_FALSE(describe_pipeline_step(inference, layout_of_64(), 1, {}, false).training);
  EXPECT_FALSE(describe_pipeline_step(inference, layout_of_64(), 1, {}, false).averages);
  EXPECT_FALSE(describe_pipeline_step({}, Layout(), 1, {}, false).averages) << "one replica";
}

/// 16 replicas in nodes of 8.
Layout two_nodes() {
  Layout layout;
  layout.data = layout.shard = layout.gpus = 16;
  layout.gpus_per_node = 8;
  return layout;
}

TEST(ShardedDescription, ShardsAreGatheredReducedAndAveraged) {
  Scenario scenario;
  scenario.compute.precision = topology::Precision::fp8;  // gathered in 2 bytes at least
  ShardingRules rules;
  rules.ranks_per_copy = 8;
  rules.prefetch_elements = 50;
  const ShardedDescription step = describe_sharded_step(scenario, two_nodes(), rules);
  const UnitCollective& gather = step.collectives[ShardedDescription::kGather];
  EXPECT_EQ(gather.collective, Collective::all_gather);
  EXPECT_EQ(gather.group, group(8, 1, 1));
  EXPECT_EQ(gather.bytes(10), Bytes(20));
  EXPECT_EQ(gather.axis, Axis::shard);
  EXPECT_EQ(gather.link(), 0);
  const UnitCollective& reduce = step.collectives[ShardedDescription::kReduce];
  EXPECT_EQ(reduce.collective, Collective::reduce_scatter);
  EXPECT_EQ(reduce.group, group(8, 1, 1));
  EXPECT_EQ(reduce.bytes(10), Bytes(40));
  EXPECT_EQ(reduce.axis, Axis::shard);
  const UnitCollective& replicate = step.collectives[ShardedDescription::kReplicate];
  EXPECT_EQ(replicate.collective, Collective::all_reduce);
  EXPECT_EQ(replicate.group, group(2, 2, 8));
  EXPECT_EQ(replicate.bytes(10), Bytes(5));
  EXPECT_EQ(replicate.axis, Axis::replica);
  EXPECT_EQ(replicate.link(), 1);
  EXPECT_EQ(step.layout.shard, 8);
  EXPECT_EQ(step.updated_elements(40), 5);
  EXPECT_EQ(step.in_flight, 2);
  EXPECT_EQ(step.prefetch_elements, 50);
}

TEST(ShardedDescription, WithoutCopiesAllReplicasShareOne) {
  Scenario scenario;
  scenario.overlap = false;
  scenario.compute.precision = topology::Precision::tf32;
  ShardingRules rules;
  rules.in_flight = 3;
  rules.prefetch_elements = 50;
  const ShardedDescription step = describe_sharded_step(scenario, two_nodes(), rules);
  EXPECT_EQ(step.layout.shard, 16);
  EXPECT_EQ(step.collectives[ShardedDescription::kGather].group, group(16, 2, 1));
  EXPECT_EQ(step.collectives[ShardedDescription::kGather].element, Bytes(4));
  EXPECT_FALSE(step.collectives[ShardedDescription::kReplicate].moves_anything(10));
  EXPECT_EQ(step.in_flight, 1) << "nothing ahead without overlap";
  EXPECT_EQ(step.prefetch_elements, 0);
}

TEST(ShardedDescription, PassesGatherForwardAndReduceBackward) {
  Scenario scenario;
  for (const bool reshard : {false, true}) {
    ShardingRules rules;
    rules.reshard_after_forward = reshard;
    const ShardedDescription step = describe_sharded_step(scenario, two_nodes(), rules);
    ASSERT_EQ(step.passes().size(), 2U);
    const ShardedPass &forward = step.passes()[0], &backward = step.passes()[1];
    EXPECT_FALSE(forward.backward);
    EXPECT_TRUE(forward.gathers);
    EXPECT_FALSE(forward.reduces);
    EXPECT_TRUE(backward.backward);
    EXPECT_EQ(backward.gathers, reshard);
    EXPECT_TRUE(backward.reduces);
    EXPECT_EQ(forward.unit_at(0, 5), 0);
    EXPECT_EQ(forward.unit_at(4, 5), 4);
    EXPECT_EQ(backward.unit_at(0, 5), 4);
    EXPECT_EQ(backward.unit_at(4, 5), 0);
  }
  scenario.compute.mode = workloads::Mode::inference;
  EXPECT_EQ(describe_sharded_step(scenario, two_nodes(), {}).passes().size(), 1U);
}

// 50 elements ahead are 2 units of 20 and the one in use; of larger ones always one; of empty ones all 50.
TEST(ShardedDescription, GathersAheadAreCountedInElements) {
  ShardedDescription step;
  step.in_flight = 2;
  EXPECT_EQ(step.gathers_ahead(20), 2);
  step.prefetch_elements = 50;
  EXPECT_EQ(step.gathers_ahead(20), 3);
  EXPECT_EQ(step.gathers_ahead(25), 3);
  EXPECT_EQ(step.gathers_ahead(26), 2);
  EXPECT_EQ(step.gathers_ahead(100), 2);
  EXPECT_EQ(step.gathers_ahead(0), 51);
}

TEST(ShardedDescription, OnlyWhatIsThereMoves) {
  UnitCollective unit;
  unit.element = Bytes(2);
  unit.group = group(2, 1, 1);
  EXPECT_TRUE(unit.moves_anything(1));
  EXPECT_FALSE(unit.moves_anything(0));
  unit.group = group(1, 1, 1);
  EXPECT_FALSE(unit.moves_anything(1));
}

struct StrategyCase {
  std::string name;
  int zero_stage;
  bool pipeline;
  ChosenBy by;
};

TEST(StrategyRules, WhatTheProgramAsksOfThem) {
  for (const StrategyCase& c : {StrategyCase{"ddp", 0, true, ChosenBy::every_search},
                                {"zero1", 1, true, ChosenBy::every_search},
                                {"zero2", 2, true, ChosenBy::exhaustive_search},
                                {"zero3", 3, false, ChosenBy::user},
                                {"fsdp", 3, false, ChosenBy::every_search},
                                {"hsdp", 3, false, ChosenBy::user}}) {
    const auto strategy = find_strategy(c.name);
    EXPECT_EQ(strategy->name(), c.name);
    EXPECT_EQ(strategy->zero_stage(), c.zero_stage) << c.name;
    EXPECT_EQ(strategy->allows_pipeline(), c.pipeline) << c.name;
    EXPECT_EQ(strategy->chosen_by(), c.by) << c.name;
    EXPECT_FALSE(strategy->description().empty());
  }
}

GradientRules gradient_rules(const std::string& name, const Scenario& scenario) {
  return std::get<GradientRules>(*find_strategy(name)->rules(scenario, Layout()));
}

ShardingRules sharding_rules(const std::string& name, const Scenario& scenario, const Layout& layout) {
  return std::get<ShardingRules>(*find_strategy(name)->rules(scenario, layout));
}

// Only DDP has a smaller first bucket; ZeRO 2 keeps no gradients of others from micro-batch to micro-batch.
TEST(StrategyRules, OfWholeParameters) {
  Scenario scenario;
  scenario.first_bucket = Bytes(3);
  scenario.bucket = Bytes(30);
  const GradientRules ddp = gradient_rules("ddp", scenario);
  EXPECT_EQ(ddp.collective, Collective::all_reduce);
  EXPECT_EQ(ddp.first, Bytes(3));
  EXPECT_EQ(ddp.bucket, Bytes(30));
  EXPECT_FALSE(ddp.every_microbatch);
  EXPECT_FALSE(ddp.sharded_update);
  for (const std::string name : {"zero1", "zero2"}) {
    const GradientRules zero = gradient_rules(name, scenario);
    EXPECT_EQ(zero.collective, Collective::reduce_scatter);
    EXPECT_EQ(zero.first, Bytes(30));
    EXPECT_EQ(zero.bucket, Bytes(30));
    EXPECT_EQ(zero.every_microbatch, name == "zero2");
    EXPECT_TRUE(zero.sharded_update);
  }
}

TEST(StrategyRules, OfShardedParameters) {
  Scenario scenario;
  for (const bool reshard : {false, true}) {
    scenario.reshard_after_forward = reshard;
    EXPECT_EQ(sharding_rules("fsdp", scenario, two_nodes()).reshard_after_forward, reshard);
    EXPECT_EQ(sharding_rules("hsdp", scenario, two_nodes()).reshard_after_forward, reshard);
    EXPECT_TRUE(sharding_rules("zero3", scenario, two_nodes()).reshard_after_forward);
  }
  EXPECT_EQ(sharding_rules("fsdp", scenario, two_nodes()).prefetch_elements, 0);
  EXPECT_EQ(sharding_rules("fsdp", scenario, two_nodes()).ranks_per_copy, 0);
  EXPECT_EQ(sharding_rules("fsdp", scenario, two_nodes()).in_flight, 2);
  EXPECT_EQ(sharding_rules("zero3", scenario, two_nodes()).prefetch_elements, 50'000'000);
}

// A copy is on the 8 GPUs of a node; on 4 where pairs of tensor ranks fill it; on 1 where tensor groups are
// larger than nodes; 12 replicas are three copies of 4.
TEST(StrategyRules, HybridShardsKeepACopyToANode) {
  Layout layout = two_nodes();
  EXPECT_EQ(sharding_rules("hsdp", {}, layout).ranks_per_copy, 8);
  layout.tensor = 2;
  EXPECT_EQ(sharding_rules("hsdp", {}, layout).ranks_per_copy, 4);
  layout.tensor = 16;
  EXPECT_EQ(sharding_rules("hsdp", {}, layout).ranks_per_copy, 1);
  layout.tensor = 1;
  layout.data = 12;
  EXPECT_EQ(sharding_rules("hsdp", {}, layout).ranks_per_copy, 4);
}

TEST(BucketRules, ABucketClosesWhenItReachesItsLimit) {
  Work work;
  work.layers.resize(3);
  for (LayerWork& layer : work.layers) layer.parameters = {10};
  // One byte an element: the first limit of 10 is reached by one tensor, the others' 20 by two.
  const auto buckets = gradient_buckets(work, {Bytes(10), Bytes(20), Bytes(1)});
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].elements, 10);
  EXPECT_EQ(buckets[0].parameters, 1);
  EXPECT_EQ(buckets[1].elements, 20);
  EXPECT_EQ(buckets[1].parameters, 2);
  EXPECT_EQ(gradient_buckets(work, {Bytes(11), Bytes(20), Bytes(1)})[0].elements, 20);
}

// Layers 0 to 3 of 1, 2, 4 and 8 elements: layers [1, 3) alone have 6, ready after layer 1.
TEST(BucketRules, ARangeOfLayersHasItsOwnBuckets) {
  Work work;
  for (const std::int64_t elements : {1, 2, 4, 8}) {
    work.layers.emplace_back();
    work.layers.back().parameters = {elements};
  }
  const auto buckets = gradient_buckets(work, {Bytes(1e9), Bytes(1e9), Bytes(4)}, 1, 3);
  ASSERT_EQ(buckets.size(), 1U);
  EXPECT_EQ(buckets[0].elements, 6);
  EXPECT_EQ(buckets[0].bytes, Bytes(24));
  EXPECT_EQ(buckets[0].ready_layer, 1);
  EXPECT_TRUE(gradient_buckets(work, {Bytes(1), Bytes(1), Bytes(4)}, 2, 2).empty());
}

// Dense and expert gradients each have a first bucket of 10 and then one of 20.
TEST(BucketRules, ExpertsHaveAFirstBucketToo) {
  Work work;
  work.layers.resize(2);
  work.layers[0].parameters = work.layers[1].parameters = {10, 10, 10};
  work.layers[1].expert = true;
  const auto buckets = gradient_buckets(work, {Bytes(10), Bytes(20), Bytes(1)});
  ASSERT_EQ(buckets.size(), 4U);
  for (const std::size_t i : {0U, 1U, 2U, 3U}) {
    EXPECT_EQ(buckets[i].elements, i % 2 == 0 ? 10 : 20);
    EXPECT_EQ(buckets[i].expert, i < 2);
    EXPECT_EQ(buckets[i].ready_layer, i < 2 ? 1 : 0);
  }
}

// 100 bytes in and 100 out at 50 a second.
TEST(BucketRules, GradientsAreCopiedInAndOut) {
  topology::GpuSpec gpu;
  gpu.memory_bandwidth = BytesPerSecond(50);
  EXPECT_EQ(bucket_copies(Bytes(100), gpu), Seconds(4));
}

TEST(LayerGroups, EveryAxisHasItsGroup) {
  const LayerGroups groups = layer_groups(layout_of_64());
  EXPECT_EQ(groups.of(Axis::tensor), group(4, 1, 2));
  EXPECT_EQ(groups.of(Axis::context), group(1, 1, 8));
  EXPECT_EQ(groups.of(Axis::data), group(2, 1, 4)) << "experts";
}

// 5 s a message, 2 s beside the layer's own compute, three times; what is hidden is never less than nothing.
TEST(LayerGroups, ComputeWaitsForWhatItDoesNotHide) {
  LayerMessage message;
  message.hidden_by = 2;
  message.times = 3;
  EXPECT_EQ(exposed_seconds(message, 5, true), 9);
  EXPECT_EQ(exposed_seconds(message, 5, false), 15);
  EXPECT_EQ(exposed_seconds(message, 1, true), 0);
  EXPECT_EQ(exposed_seconds(message, 1, false), 3);
}

}  // namespace
}  // namespace scalesim::sim
