// Long jobs, grids, replays and input by hand: what existing worlds of chance leave open.
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "sim/curve/explore.h"
#include "sim/curve/goodput.h"
#include "sim/curve/long_run.h"
#include "sim/evaluate/replay_plan.h"
#include "sim/step/input_pipeline.h"
#include "sim/step/stragglers.h"
#include "tests/sim/line_model.h"

namespace scalesim::sim {
namespace {

/// One layer of 100 parameters.
Scenario hundred_parameters() {
  Scenario scenario;
  workloads::Layer layer;
  layer.parameters = {{"weight", 100}};
  scenario.model.layers = {layer};
  scenario.compute.precision = topology::Precision::fp32;
  scenario.compute.optimizer = workloads::Optimizer::sgd;
  return scenario;
}

// Four bytes a parameter, or two and a master's four in half precision; momentum adds 4, Adam 8.
TEST(CheckpointBytes, AreThoseOfParametersMasterAndMoments) {
  using topology::Precision;
  Scenario scenario = hundred_parameters();
  for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16}) {
    const bool whole = precision == Precision::fp32 || precision == Precision::tf32;
    scenario.compute.precision = precision;
    scenario.compute.optimizer = workloads::Optimizer::sgd;
    EXPECT_EQ(checkpoint_bytes(scenario), Bytes(whole ? 400 : 600));
    scenario.compute.optimizer = workloads::Optimizer::momentum;
    EXPECT_EQ(checkpoint_bytes(scenario), Bytes(whole ? 800 : 1000));
    scenario.compute.optimizer = workloads::Optimizer::adam;
    EXPECT_EQ(checkpoint_bytes(scenario), Bytes(whole ? 1200 : 1400));
  }
}

/// 64 GPUs in nodes of 8; what is left of tensor ranks and stages is data parallel.
Layout eight_nodes(int tensor, int pipeline) {
  Layout layout;
  layout.gpus = 64;
  layout.gpus_per_node = 8;
  layout.tensor = tensor;
  layout.pipeline = pipeline;
  layout.data = 64 / tensor / pipeline;
  layout.data_stride = tensor;
  layout.pipeline_stride = tensor * layout.data;
  return layout;
}

struct WriteCase {
  int tensor, pipeline;
  bool sharded;
  double seconds;
};

// 400 bytes at 10 a second and node. Sharded, all 8 nodes write: 5 s. Else one replica does: on one node 40
// s, on 4 stages of different nodes 10 s, with tensor groups of two nodes in two stages on 4 nodes too.
TEST(LongJob, CheckpointsAreWrittenByTheNodesOfAReplica) {
  Reality reality;
  reality.storage_per_node = BytesPerSecond(10);
  for (const WriteCase& c : {WriteCase{1, 1, true, 5},
                             {1, 1, false, 40},
                             {4, 1, false, 40},
                             {4, 4, false, 10},
                             {4, 4, true, 5},
                             {16, 1, false, 20},
                             {16, 2, false, 10}}) {
    const LongRun run = long_run(hundred_parameters(), eight_nodes(c.tensor, c.pipeline), 1, reality,
                                 c.sharded, Seconds(1), Seconds(1));
    EXPECT_DOUBLE_EQ(run.checkpoint.value(), c.seconds) << c.tensor << " " << c.pipeline;
    EXPECT_EQ(run.mean_failure, Seconds(0)) << "nothing fails";
    EXPECT_EQ(run.interval, Seconds(0));
    EXPECT_EQ(run.goodput, 1);
  }
}

// A failure a GPU and hour on 36 GPUs is one in 100 s. Restart 5 s, checkpoints of 2 s every 18 s: Daly's
// cycle of 100 exp(0.05) (exp(0.2) - 1) = 23.275432 s.
TEST(LongJob, WhatTheUserSaysOfCheckpointsCounts) {
  Scenario scenario = hundred_parameters();
  scenario.reality.checkpoint = Seconds(2);
  Layout layout;
  layout.gpus = layout.gpus_per_node = layout.data = 36;
  Reality reality;
  reality.failures_per_gpu_hour = 1;
  reality.restart = Seconds(5);
  reality.storage_per_node = BytesPerSecond(1);
  const LongRun best = long_run(scenario, layout, 1, reality, false, Seconds(1), Seconds(1));
  EXPECT_DOUBLE_EQ(best.mean_failure.value(), 100);
  EXPECT_EQ(best.checkpoint, Seconds(2));
  EXPECT_DOUBLE_EQ(best.interval.value(), best_interval({0.01, Seconds(2), Seconds(5)}).value());
  EXPECT_DOUBLE_EQ(best.goodput, goodput({0.01, Seconds(2), Seconds(5)}, best.interval));
  scenario.reality.checkpoint_every = Seconds(18);
  const LongRun asked = long_run(scenario, layout, 1, reality, false, Seconds(1), Seconds(1));
  EXPECT_EQ(asked.interval, Seconds(18));
  EXPECT_NEAR(asked.goodput, 18 / 23.275432, 1e-7);
}

// 3,600 flaps an hour and NIC would stop everything; one node has no network. Two nodes of two NICs see four
// flaps a second, of 0.25 s: twice the time.
TEST(LongJob, LinksFlapBetweenNodesOnly) {
  Reality reality;
  reality.storage_per_node = BytesPerSecond(1);
  reality.flaps_per_nic_hour = 3600;
  reality.flap = Seconds(0.25);
  Layout layout;
  layout.gpus = layout.gpus_per_node = layout.data = 8;
  const auto kept = [&] {
    return long_run(hundred_parameters(), layout, 2, reality, false, Seconds(1), Seconds(1)).goodput;
  };
  EXPECT_EQ(kept(), 1);
  layout.gpus = layout.data = 16;
  EXPECT_DOUBLE_EQ(kept(), 0.5);
}

TEST(LongJob, EvaluationsNeedAnInterval) {
  Scenario scenario = hundred_parameters();
  scenario.reality.evaluation_samples = 30;
  Layout layout;
  layout.data = layout.gpus = 3;
  Reality reality;
  reality.storage_per_node = BytesPerSecond(1);
  const auto run = [&] { return long_run(scenario, layout, 1, reality, false, Seconds(2), Seconds(0.5)); };
  EXPECT_EQ(run().evaluation, Seconds(0));
  EXPECT_EQ(run().goodput, 1);
  scenario.reality.evaluate_every = 1;  // 10 samples of 0.5 s a replica after each step of 2 s
  EXPECT_DOUBLE_EQ(run().evaluation.value(), 5);
  layout.gpus_per_node = 3;
  EXPECT_DOUBLE_EQ(run().goodput, 2.0 / 7);
}

// The shortest interval is a billionth of the mean time between failures.
TEST(LongJob, CheckpointsThatCostNothingAreWrittenAllTheTime) {
  EXPECT_NEAR(best_interval({0.5, Seconds(0), Seconds(60)}).value(), 2e-9, 1e-12);
  EXPECT_EQ(best_interval({-1, Seconds(2), Seconds(60)}), Seconds(0));
}

PlacementDraws::Point busy_point(int gpus) {
  return {gpus, 8, 5, 6, 7, Seconds(1), Seconds(0.8), Seconds(0)};
}

int slow_draws(const PlacementDraws& draws, int gpus) {
  int slow = 0;
  for (std::size_t i = 0; i < draws.size(); ++i)
    if (draws.delay(i, busy_point(gpus)) > Seconds(0)) ++slow;
  return slow;
}

// Half of the hosts are slow: one host is in 50 of 100 draws spread evenly, one of two in 75, one of three in
// 87 or 88.
TEST(Placements, MoreHostsMeetASlowOneMoreOften) {
  Reality reality;
  reality.slow_hosts = 0.5;
  reality.slow_host_factor = 1.1;
  const PlacementDraws draws(reality, StepConstants(), 100, 1);
  ASSERT_EQ(draws.size(), 100U);
  for (const int gpus : {1, 8}) EXPECT_EQ(slow_draws(draws, gpus), 50) << gpus;
  for (const int gpus : {9, 16}) EXPECT_EQ(slow_draws(draws, gpus), 75) << gpus;
  EXPECT_NEAR(slow_draws(draws, 17), 87.5, 0.5);
  reality.slow_hosts = 0;
  EXPECT_EQ(slow_draws(PlacementDraws(reality, StepConstants(), 100, 1), 4096), 0);
}

// Deviations add as squares: of 5 %, 3 % new every step leave 4 % that last, and draws differ by four fifths.
// What is new every step enters with its expectation: the other 1 %.
TEST(Placements, WhatLastsIsDrawn) {
  StepConstants constants;
  constants.rank_deviation = 0.05;
  Reality all_lasts, some_lasts;
  some_lasts.step_jitter = 0.03;
  const PlacementDraws all(all_lasts, constants, 50, 2), some(some_lasts, constants, 50, 2);
  const double expected = expected_maximum_of_normals(16);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double drawn = all.delay(i, busy_point(16)).value() / 0.8 / 0.05;
    EXPECT_NEAR(some.delay(i, busy_point(16)).value(), 0.8 * (0.04 * drawn + 0.01 * expected), 1e-12);
  }
  some_lasts.step_jitter = 0.06;  // more than there is: nothing lasts
  EXPECT_NEAR(PlacementDraws(some_lasts, constants, 5, 2).delay(0, busy_point(16)).value(),
              0.8 * 0.05 * expected, 1e-12);
}

TEST(Placements, WithoutDrawsThereIsNoBand) {
  const Band band = PlacementDraws({}, StepConstants(), 0, 1).band(busy_point(16));
  EXPECT_EQ(band.low, 6);
  EXPECT_EQ(band.high, 6);
}

TEST(Curve, TheLargestPointIsTheLargestThatFits) {
  Curve curve;
  EXPECT_EQ(curve.largest(), nullptr);
  for (const int gpus : {1, 2, 4}) {
    curve.points.emplace_back();
    curve.points.back().gpus = gpus;
  }
  EXPECT_EQ(curve.largest()->gpus, 4);
  curve.points[2].fits = false;
  EXPECT_EQ(curve.largest()->gpus, 2);
  curve.points[0].fits = curve.points[1].fits = false;
  EXPECT_EQ(curve.largest()->gpus, 4) << "none fits";
}

// The question itself, and five link speeds for every whole batch of 1/4, 1/2, 1, 2 and 4 times the own one.
TEST(ExploredSettings, CountWholeBatches) {
  Scenario scenario;
  const std::pair<std::int64_t, int> cases[] = {{32, 26}, {4, 26}, {6, 21}, {2, 21}, {1, 16}, {3, 16}};
  for (const auto& [batch, settings] : cases) {
    scenario.compute.batch = batch;
    EXPECT_EQ(explored_settings(scenario), settings) << batch;
  }
  scenario.compute.batch = 32;
  scenario.step_time = Seconds(1);
  EXPECT_EQ(explored_settings(scenario), 6);
  scenario.step_time.reset();
  scenario.global_batch = 64;
  EXPECT_EQ(explored_settings(scenario), 6);
}

// 9 GPUs are two hosts of 8. Token numbers are too small to copy; cores without a rate decode nothing.
TEST(Input, HostsAreCountedWholeAndTokensAreNotCopied) {
  Scenario scenario;
  scenario.host_samples_per_second = 10;
  scenario.model.input = {1, 1, 3};
  topology::Cluster cluster;
  cluster.gpus_per_node = 8;
  const auto times = [&](int gpus) {
    return input_times(scenario, cluster, {}, 720, gpus, BytesPerSecond(12));
  };
  EXPECT_DOUBLE_EQ(times(8).decode.value(), 72);
  EXPECT_DOUBLE_EQ(times(9).decode.value(), 36);
  EXPECT_DOUBLE_EQ(times(9).copy.value(), 80);  // 80 samples a GPU of 12 bytes
  scenario.model.tokens_per_sample = 3;
  EXPECT_EQ(times(9).copy, Seconds(0));
  scenario.host_samples_per_second.reset();
  scenario.host_cores = 4;
  EXPECT_EQ(times(9).decode, Seconds(0));
}

/// One GPU that host memory reaches over a link of 10 GB/s.
topology::Cluster one_card(topology::LinkKind kind) {
  topology::Cluster cluster;
  cluster.gpu.pcie_generation = 4;
  cluster.node.components.resize(2);
  cluster.node.components[0].kind = topology::ComponentKind::numa_node;
  cluster.node.components[1].kind = topology::ComponentKind::gpu;
  topology::Link link;
  link.from = 0, link.to = 1;
  link.kind = kind;
  link.bandwidth = BytesPerSecond(10e9);
  cluster.node.links = {link};
  return cluster;
}

// NVLink carries nothing from the host: the card's own 24 GB/s count.
TEST(Input, CopiesTakePcieAndChipToChipLinks) {
  using topology::LinkKind;
  for (const LinkKind kind : {LinkKind::pcie, LinkKind::on_chip, LinkKind::c2c})
    EXPECT_EQ(host_copy_rate(one_card(kind), 1), BytesPerSecond(10e9));
  for (const LinkKind kind : {LinkKind::nvlink, LinkKind::inter_socket, LinkKind::xgmi})
    EXPECT_EQ(host_copy_rate(one_card(kind), 1), BytesPerSecond(24e9));
  topology::Cluster backwards = one_card(LinkKind::pcie);
  std::swap(backwards.node.links[0].from, backwards.node.links[0].to);
  EXPECT_EQ(host_copy_rate(backwards, 1), BytesPerSecond(24e9)) << "from the card to the host";
  topology::Cluster unknown = one_card(LinkKind::pcie);
  unknown.node.links[0].bandwidth.reset();
  EXPECT_EQ(host_copy_rate(unknown, 1), BytesPerSecond(24e9));
}

class Replay : public testing::Test {
 protected:
  Replay() : data(DataCatalogue::embedded()) {
    scenario.model = workloads::load_model("resnet18", {}, data);
    scenario.compute.batch = 32;
    scenario.broadcast_buffers = false;
    topology::ClusterOptions options;
    options.gpu = "rtx4090";
    gpu = topology::load_cluster("pcie", options, data).gpu;
  }
  PlannedReplay plan(int ranks, int nodes) const {
    return plan_replay(scenario, gpu, std::make_shared<LineModel>(), ranks, nodes, data);
  }
  std::string refusal(int ranks) const {
    try {
      plan(ranks, 1);
    } catch (const InputError& error) {
      return error.message();
    }
    return "nothing";
  }
  DataCatalogue data;
  Scenario scenario;
  topology::GpuSpec gpu;
};

// 4 ranks train 32 samples each; all gradients of 4 bytes are averaged once; parts come after those they wait
// for.
TEST_F(Replay, PlaysEveryGradientOnce) {
  for (const int nodes : {1, 2, 4}) {
    const PlannedReplay replay = plan(4, nodes);
    EXPECT_EQ(replay.samples, 128);
    Bytes moved{};
    Seconds computed{};
    for (std::size_t i = 0; i < replay.step.size(); ++i) {
      const comm::ReplayPart& part = replay.step[i];
      moved += part.bytes;
      if (part.bytes == Bytes(0)) computed += part.duration;
      for (const int before : part.after) EXPECT_LT(before, static_cast<int>(i));
    }
    EXPECT_DOUBLE_EQ(moved.value(), 4.0 * static_cast<double>(scenario.model.parameter_count()));
    EXPECT_GE(replay.predicted, computed);
    EXPECT_GT(computed, Seconds(0));
  }
}

// One rank talks to nobody: the step is its parts, one after the other.
TEST_F(Replay, OneRankTakesWhatItComputes) {
  const PlannedReplay alone = plan(1, 1);
  Seconds computed{};
  for (const comm::ReplayPart& part : alone.step) {
    EXPECT_EQ(part.bytes, Bytes(0));
    computed += part.duration;
  }
  EXPECT_NEAR(alone.predicted.value(), computed.value(), 1e-12);
  EXPECT_EQ(alone.samples, 32);
}

TEST_F(Replay, OnlyOneStreamOfCollectivesCanBePlayed) {
  for (const std::string name : {"ddp", "zero1", "zero2"}) {
    scenario.strategy = name;
    EXPECT_EQ(refusal(4), "nothing") << name;
  }
  scenario.strategy = "fsdp";
  EXPECT_EQ(refusal(4), "replay plays strategies whose collectives follow each other: ddp, zero1 or zero2");
  scenario.strategy = "ddp";
  scenario.parallel.pipeline = 2;
  EXPECT_EQ(refusal(4), "replay plays data parallelism only: leave --pp, --tp and --cp out");
}

}  // namespace
}  // namespace scalesim::sim
