// The exact search for one node: where it and the closed form both apply they agree, and on meshes it finds
// what is known.
#include "comm/models/nccl/search.h"
#include "topology/system/load_cluster.h"

#include <gtest/gtest.h>

namespace scalesim::comm {
namespace {

topology::Cluster cluster(const std::string& system, const std::string& gpu = "") {
  topology::ClusterOptions options;
  options.nodes = 1;
  if (!gpu.empty()) options.gpu = gpu;
  return topology::load_cluster(system, options, DataCatalogue::embedded());
}

void expect_agreement(const topology::Cluster& machine, int gpus) {
  const Group group{gpus, 1, 1};
  const NcclNode node = read_nccl_node(machine, group);
  const NcclSystem closed = closed_form_system(node, 1);
  const auto rings = search_rings(machine.node, gpus, machine.gpu.compute_capability);
  ASSERT_TRUE(rings.has_value()) << machine.name;
  EXPECT_EQ(rings->channels, closed.ring.channels) << machine.name << ' ' << gpus;
  EXPECT_DOUBLE_EQ(rings->bandwidth_intra, closed.ring.bandwidth_intra) << machine.name << ' ' << gpus;
  EXPECT_EQ(rings->type_intra, closed.ring.type_intra) << machine.name << ' ' << gpus;
}

TEST(NcclSearch, AgreesWithTheClosedFormOnNvswitchNodes) {
  for (const char* system : {"dgx-a100", "dgx-h100", "dgx-b200"}) {
    const topology::Cluster machine = cluster(system);
    for (const int gpus : {2, 3, 4, 6, 8}) expect_agreement(machine, gpus);
  }
  expect_agreement(cluster("dgx-2"), 16);
}

TEST(NcclSearch, AgreesWithTheClosedFormOnHostBridges) {
  const topology::Cluster machine = cluster("pcie", "rtx4090");
  for (const int gpus : {2, 4, 8}) expect_agreement(machine, gpus);
}

// DGX-1 V100: the eight double links close a ring (0-3-2-1-5-6-7-4), and so do eight single ones
// (0-1-3-7-5-4-6-2). Each direction of each link is 20 or 40 GB/s: four rings over the doubles and two over
// the singles, six at 20 GB/s = 120.
TEST(NcclSearch, FindsTheSixRingsOfTheHybridCubeMesh) {
  const auto rings = search_rings(cluster("dgx-1-v100").node, 8, 70);
  ASSERT_TRUE(rings.has_value());
  EXPECT_DOUBLE_EQ(rings->channels * rings->bandwidth_intra, 120);
  EXPECT_EQ(rings->type_intra, PathType::nvl);
}

// GPUs 0 and 1 of a DGX-1 share one link of 20 GB/s. Four of one quad have links 1, 1, 2 to each other: rings
// of 80 GB/s at most, and two GPUs on the double link between 0 and 3 would have 40.
TEST(NcclSearch, SeesThatPartOfAMeshHasFewerLinks) {
  const topology::Machine dgx = cluster("dgx-1-v100").node;
  const auto two = search_rings(dgx, 2, 70);
  ASSERT_TRUE(two.has_value());
  EXPECT_DOUBLE_EQ(two->channels * two->bandwidth_intra, 20);
  const auto four = search_rings(dgx, 4, 70);
  ASSERT_TRUE(four.has_value());
  EXPECT_LE(four->channels * four->bandwidth_intra, 80);
  EXPECT_GE(four->channels * four->bandwidth_intra, 60);
}

}  // namespace
}  // namespace scalesim::comm
