// What is added to NCCL's own estimate: the harness, the links that bound several nodes, cards that share a
// way to memory.
#include "comm/models/nccl/correction.h"
#include "core/toml.h"
#include "topology/system/load_cluster.h"

#include <gtest/gtest.h>

#include "comm/models/nccl/search.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

topology::Cluster cluster(const char* name, int nodes) {
  topology::ClusterOptions options;
  options.nodes = nodes;
  return topology::load_cluster(name, options, DataCatalogue::embedded());
}

struct Case {
  NcclNode node;
  NcclTuning tuning;
  Case(const topology::Cluster& cluster, const Group& group)
      : node(read_nccl_node(cluster, group)), tuning(nccl_system(cluster, node, group.nodes)) {}
  NcclEstimate time(double bytes, const NcclCalibration& constants, const NcclHarness& harness = {}) const {
    const NcclChoice choice = tuning.choose(Collective::all_reduce, static_cast<std::uint64_t>(bytes));
    return corrected_time(tuning, node, Collective::all_reduce, choice, bytes, constants, harness);
  }
};

// 8 B on 8 H100: ring LL, 6.6 + 14 x 0.6 = 15.0 us, and 3 us of launch; one thread needs 8 x 5 us.
TEST(NcclHarness, OneThreadTakesTheLaunchesOfAllItsGpus) {
  const Case node(cluster("dgx-h100", 1), {8, 1, 1});
  NcclCalibration constants;
  constants.launch = 3;
  constants.launch_per_gpu = 5;
  EXPECT_NEAR(node.time(8, constants, {false, false}).latency, 18.0, 1e-9);
  EXPECT_NEAR(node.time(8, constants, {true, false}).latency, 40.0, 1e-9);
}

TEST(NcclHarness, ACallTimedAloneTakesLongerByTheSameAtEverySize) {
  const Case node(cluster("dgx-h100", 1), {8, 1, 1});
  NcclCalibration constants;
  constants.isolated_call = 15;
  for (const double bytes : {8.0, 1e6, 1e9}) {
    EXPECT_NEAR(
        node.time(bytes, constants, {false, true}).time - node.time(bytes, constants, {false, false}).time,
        15, 1e-6);
  }
}

// Four nodes of 8 x 400 Gb/s offer 400 GB/s, but rings inside one node carry 12 x 30 = 360 GB/s: 16 GiB take
// 2 x 31/32 x 17.18e9 / 360e9 = 92.5 ms with every efficiency at 1.
TEST(NcclBounds, RingsOverManyNicsStopAtWhatTheNvlinksCarry) {
  const Case four(cluster("dgx-h100", 4), {32, 4, 1});
  NcclCalibration constants;
  constants.nvswitch_efficiency = constants.nic_efficiency = 1;
  const double bytes = 16.0 * 1024 * 1024 * 1024;
  const NcclEstimate estimate = four.time(bytes, constants);
  EXPECT_NEAR(estimate.transfer, bytes * 2 * 31 / 32 / 360e3, 1);
  EXPECT_EQ(estimate.bottleneck, "NVLink");
}

// One B200 node sums at 90 GB/s x 8 heads = 720 GB/s of bus bandwidth, 411 of algorithm bandwidth; the NICs
// of two nodes carry 8 x 50 x 0.9 = 360: they bind, not the 265 GB/s of NCCL's table.
TEST(NcclBounds, TreesOfNvswitchesStopAtTheNics) {
  const Case two(cluster("dgx-b200", 2), {16, 2, 1});
  NcclCalibration constants;
  constants.nic_efficiency = 0.9;
  constants.nvls_blackwell_efficiency = constants.nvls_tree_efficiency = 1;
  const double bytes = 16.0 * 1024 * 1024 * 1024;
  const NcclEstimate estimate = two.time(bytes, constants);
  EXPECT_EQ(estimate.bottleneck, "NIC");
  EXPECT_NEAR(estimate.transfer, bytes / 360e3, 1);
}

// DGX A100: two GPUs and two NICs to a PCIe switch, so the ring leaves by the NIC it came in at over the
// switch and LL128 is on; with GPUs alone on their switches it leaves over NVLink (PXN), which Ampere does
// not use LL128 for.
TEST(NcclGraphs, NeighboursUnderOneSwitchAllowLl128OnAmpere) {
  const Case dgx(cluster("dgx-a100", 2), {16, 2, 1});
  EXPECT_EQ(dgx.node.gpus_per_switch, 2);
  EXPECT_EQ(dgx.tuning.system().ring.type_inter, PathType::pxb);
  EXPECT_GT(dgx.tuning.cell(Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128).bandwidth, 0);
  NcclNode alone = dgx.node;
  alone.gpus_per_switch = 1;
  const NcclTuning without(closed_form_system(alone, 2));
  EXPECT_EQ(without.cell(Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128).bandwidth, 0);
}

// Without peer access a box's memory of 20 GB/s is written and read once per hop: two cards on root ports get
// 20 / (2 x 2) = 5 GB/s each, two under one switch share one of the two ways and get half.
TEST(NcclBounds, CardsUnderOneSwitchShareItsWayToMemory) {
  topology::ClusterOptions options;
  options.gpus_per_node = 2;
  options.gpu = "rtx4090";
  NcclCalibration constants;
  constants.host_memory = 20;
  constants.socket_copy_efficiency = 1;
  const double bytes = 1e9;  // bus factor of two ranks: 1
  const auto transfer = [&](const char* wiring) {
    const topology::Cluster box = topology::load_cluster(wiring, options, DataCatalogue::embedded());
    return Case(box, {2, 1, 1}).time(bytes, constants).transfer;
  };
  EXPECT_NEAR(transfer("pcie"), bytes / 5e3, 1);
  EXPECT_NEAR(transfer("pcie-switch"), bytes / 2.5e3, 1);
}

// 512 DGX H100 on rails: node 0 shares its leaf with nodes 0 to 31. Of the nodes asked (31, 63, ... 511) one
// is there, the others are three switches away: (1 + 15 x 3) / 16 = 2.875, of which one is NCCL's own. 0.2 us
// each.
TEST(NcclNetwork, SwitchesBeyondTheFirstTakeTime) {
  const NcclNode near = read_nccl_node(cluster("dgx-h100", 4), {32, 4, 1});
  const NcclNode far = read_nccl_node(cluster("dgx-h100", 512), {4096, 512, 1});
  EXPECT_EQ(near.hop_latency, 0);
  EXPECT_NEAR(far.hop_latency, 0.2 * 1.875, 1e-9);
}

// 64 nodes in a torus of 4 x 4 x 4: rings meet neighbours only, all-to-all crosses 3 x 4 / 4 x 64 / 63 links.
TEST(NcclNetwork, ATorusPassesOnTheTrafficOfOthers) {
  topology::ClusterOptions options;
  options.nodes = 64;
  options.fabric = "torus";
  const topology::Cluster torus = topology::load_cluster("dgx-h100", options, DataCatalogue::embedded());
  const NcclNode node = read_nccl_node(torus, {512, 64, 1});
  EXPECT_DOUBLE_EQ(node.network, 400);
  EXPECT_NEAR(node.everyone, 63.0 / (3 * 64), 1e-9);
  const NcclCalibration constants;
  const auto all_to_all = [&](const NcclNode& of) {
    return point_to_point_time(of, Collective::all_to_all, {512, 64, 1}, 1e9, constants).transfer;
  };
  NcclNode switched = node;
  switched.everyone = 1;
  EXPECT_NEAR(all_to_all(node) / all_to_all(switched), 3 * 64 / 63.0, 1e-6);
}

// A constant outside its bounds would be a broken calibration file.
TEST(NcclCalibrationFile, HoldsEveryConstantInsideItsBounds) {
  const NcclCalibration constants = read_nccl_calibration(DataCatalogue::embedded());
  const TomlTable file = DataCatalogue::embedded().read("calibration", "nccl").table("constants");
  for (const NcclParameter& parameter : nccl_parameters()) {
    EXPECT_TRUE(file.has(parameter.name)) << parameter.name;
    EXPECT_GE(constants.*parameter.value, parameter.low) << parameter.name;
    EXPECT_LE(constants.*parameter.value, parameter.high) << parameter.name;
  }
}

}  // namespace
}  // namespace scalesim::comm
