// NCCL's tuning model against cells computed by NCCL 2.30.7 itself (run offline on synthetic machines).
#include "comm/models/nccl/tuning.h"

#include <gtest/gtest.h>

#include "comm/models/nccl/node.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

NcclNode hopper_node(int gpus) {
  NcclNode node;
  node.gpus = gpus;
  node.compute_capability = 90;
  node.multicast = true;
  node.nvlink = 18 * 20.6;
  node.pcie = 48;
  node.nics = 8;
  node.nic = 50;
  node.network = 400;
  return node;
}

// 8 x H100 on NVSwitch. Ring: 370.8 GB/s holds 6 channels at 60, split into 12 at 30. Ring/Simple latency
// 8.4 + 14 * 3.4 = 56.0; bandwidth 360 * 8/14 = 205.7. Tree/LL 6.8 + 2 * 7 * 0.6 = 15.2; min(0.92 * 360, 12
// * 38.7) = 331.2, / 3.8 / 2 = 43.58. NVLS: 9 s <= 370.8 gives s = 40; 40 * 0.85 * 7/8 * 2 = 59.5 <= 60; * 8
// * 8/14 = 272.
TEST(NcclTuning, MatchesNcclOnOneHopperNode) {
  const NcclSystem system = closed_form_system(hopper_node(8), 1);
  EXPECT_EQ(system.ring.channels, 12);
  EXPECT_DOUBLE_EQ(system.ring.bandwidth_intra, 30);
  EXPECT_EQ(system.channels, 24);
  const NcclTuning tuning(system);
  const NcclCell ring = tuning.cell(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple);
  EXPECT_NEAR(ring.latency, 56.0, 0.01);
  EXPECT_NEAR(ring.bandwidth, 205.71, 0.01);
  const NcclCell tree = tuning.cell(Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll);
  EXPECT_NEAR(tree.latency, 15.2, 0.01);
  EXPECT_NEAR(tree.bandwidth, 43.58, 0.01);
  const NcclCell nvls = tuning.cell(Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple);
  EXPECT_NEAR(nvls.latency, 25.0, 0.01);
  EXPECT_NEAR(nvls.bandwidth, 272.0, 0.01);
}

// NCCL's own choice by size on that node: Ring/LL to 1 MiB, NVLS from 2 MiB.
TEST(NcclTuning, ChoosesAsNcclDoes) {
  const NcclTuning tuning(closed_form_system(hopper_node(8), 1));
  const NcclChoice small = tuning.choose(Collective::all_reduce, 1 << 20);
  EXPECT_EQ(small.algorithm, NcclAlgorithm::ring);
  EXPECT_EQ(small.protocol, NcclProtocol::ll);
  EXPECT_NEAR(small.time, 28.0, 0.1);
  const NcclChoice large = tuning.choose(Collective::all_reduce, 26214400);
  EXPECT_EQ(large.algorithm, NcclAlgorithm::nvls);
  EXPECT_NEAR(large.time, 121.4, 0.1);
  EXPECT_EQ(tuning.launched_channels(large, 26214400), 16);
}

// Two such nodes with a 400 Gb/s NIC per GPU: 8 * 48 > 370.8 but 7 * 48 fits, so NICs are paired (crossNic
// 2). Ring/Simple: 8.4 + 28 * 3.4 + 2 * 14 = 131.6, times 1.4 on the plateau; tree pattern 3 costs 0.85.
TEST(NcclTuning, MatchesNcclOnTwoHopperNodes) {
  const NcclSystem system = closed_form_system(hopper_node(8), 2);
  EXPECT_EQ(system.ring.cross_nic, 2);
  EXPECT_EQ(system.channels, 16);
  const NcclTuning tuning(system);
  EXPECT_NEAR(tuning.cell(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple).latency, 131.6,
              0.01);
  EXPECT_NEAR(tuning.cell(Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple).bandwidth, 140.8,
              0.05);
  EXPECT_NEAR(tuning.cell(Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple).bandwidth,
              246.2, 0.05);
  EXPECT_NEAR(tuning.time(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 1 << 30),
              1.4 * 131.6 + (1 << 30) / 204800.0, 0.5);
}

// Four 4090 on host bridges of one AMD socket: 24 GB/s holds two channels at 12 (better than one at 20); no
// LL128 without NVLink. Ring/Simple 8.4 + 6 * 5.7 = 42.6 us, 24 * 4/6 = 16 GB/s.
TEST(NcclTuning, MatchesNcclOnPcieCardsWithoutPeerAccess) {
  NcclNode node;
  node.gpus = 4;
  node.compute_capability = 89;
  node.fabric = NcclFabric::host_memory;
  node.cpu = NcclCpu::amd;
  const NcclTuning tuning(closed_form_system(node, 1));
  const NcclCell ring = tuning.cell(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple);
  EXPECT_NEAR(ring.latency, 42.6, 0.01);
  EXPECT_NEAR(ring.bandwidth, 16.0, 0.01);
  EXPECT_EQ(tuning.cell(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128).bandwidth, 0);
}

TEST(NcclTuning, RefusesWhatDoesNotExistHere) {
  NcclNode node = hopper_node(8);
  node.multicast = false;
  const NcclTuning tuning(closed_form_system(node, 1));
  EXPECT_THROW(tuning.choose(Collective::all_reduce, 1024, NcclAlgorithm::nvls), InputError);
  EXPECT_THROW(parse_nccl_algorithm("rign"), InputError);
  EXPECT_EQ(parse_nccl_algorithm("nvlstree"), NcclAlgorithm::nvls_tree);
}

}  // namespace
}  // namespace scalesim::comm
