// Direct links between GPUs: as the user writes them, as boards have them, and what becomes of them in a
// machine.
#include "topology/machine/gpu_links.h"

#include <gtest/gtest.h>

#include <map>

#include "core/error.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

GpuSpec part(const std::string& name) { return GpuCatalogue(DataCatalogue::embedded()).find(name); }

TEST(DirectLinks, AreWrittenAsPairs) {
  const DirectLinks two = parse_direct_links("0-3:2"), one = parse_direct_links("12-4");
  EXPECT_EQ(two.a, 0);
  EXPECT_EQ(two.b, 3);
  EXPECT_EQ(two.count, 2);
  EXPECT_EQ(one.a, 12);
  EXPECT_EQ(one.b, 4);
  EXPECT_EQ(one.count, 1);
  for (const char* wrong :
       {"", "0", "0-", "-1-2", "0-0", "0-1:", "0-1:0", "0-1:-2", "0-1:2x", "0:1", "a-b", "0-1 "})
    EXPECT_THROW(parse_direct_links(wrong), InputError) << wrong;
}

/// Links of every GPU.
std::map<int, int> links_of(const std::vector<DirectLinks>& mesh) {
  std::map<int, int> count;
  for (const DirectLinks& pair : mesh) {
    count[pair.a] += pair.count;
    count[pair.b] += pair.count;
  }
  return count;
}

// DGX-1: GPU i and i+4 are joined, and each quad all to all: 4 + 2 x 6 pairs. With six links every GPU uses
// all six, with four all four.
TEST(DirectMesh, IsTheHybridCubeForEightGpus) {
  for (const int links : {4, 6}) {
    const std::vector<DirectLinks> mesh = direct_mesh(8, links);
    EXPECT_EQ(mesh.size(), 16u);
    for (const auto& [gpu, count] : links_of(mesh)) EXPECT_EQ(count, links) << "GPU " << gpu;
  }
  EXPECT_EQ(links_of(direct_mesh(8, 5)).at(0), 4);  // one link each, the fifth is left
}

// Enough links: all to all, as wide as they allow. 12 links over 3 peers are 4 each, 7 over 7 one each.
TEST(DirectMesh, IsAllToAllWhereTheLinksSuffice) {
  for (const auto& [gpus, links, width] :
       {std::tuple{4, 12, 4}, {8, 7, 1}, {3, 7, 3}, {2, 6, 6}, {8, 13, 1}, {8, 14, 2}}) {
    const std::vector<DirectLinks> mesh = direct_mesh(gpus, links);
    EXPECT_EQ(static_cast<int>(mesh.size()), gpus * (gpus - 1) / 2);
    for (const DirectLinks& pair : mesh) {
      EXPECT_EQ(pair.count, width);
      EXPECT_LT(pair.a, pair.b);
    }
  }
}

// Six GPUs of a DGX-1 board: pairs with GPU 6 and 7 are left out.
TEST(DirectMesh, PartOfABoardKeepsItsPairs) {
  for (const DirectLinks& pair : direct_mesh(6, 4)) EXPECT_LT(std::max(pair.a, pair.b), 6);
  EXPECT_EQ(direct_mesh(6, 4).size(), 6u + 1 + 2);
}

TEST(DirectMesh, RefusesWhatNeedsASwitch) {
  EXPECT_THROW(direct_mesh(9, 6), InputError);
  EXPECT_THROW(direct_mesh(8, 3), InputError);
  EXPECT_NO_THROW(direct_mesh(9, 8));
}

// NVSwitch since Ampere, and wherever more than eight GPUs are joined; other vendors' are direct.
TEST(UsualWiring, GoesByGenerationAndCount) {
  EXPECT_EQ(usual_nvlink_wiring(part("v100"), 8), NodeWiring::nvlink_mesh);
  EXPECT_EQ(usual_nvlink_wiring(part("v100"), 9), NodeWiring::nvswitch);
  EXPECT_EQ(usual_nvlink_wiring(part("a100-sxm4-80gb"), 4), NodeWiring::nvswitch);
  EXPECT_EQ(usual_nvlink_wiring(part("mi300x"), 8), NodeWiring::nvlink_mesh);
}

Machine gpus_only(int count) {
  Machine machine;
  for (int i = 0; i < count; ++i) {
    Component gpu;
    gpu.kind = ComponentKind::gpu;
    gpu.index = i;
    machine.components.push_back(gpu);
  }
  return machine;
}

// A V100 has six links of 25 GB/s: bridges join 0-1 and 2-3 by all six; of five GPUs one is left alone.
TEST(GpuLinks, BridgesJoinNeighbours) {
  const Machine machine = with_gpu_links(gpus_only(5), part("v100"), NodeWiring::nvbridge);
  ASSERT_EQ(machine.links.size(), 4u);
  EXPECT_EQ(machine.links[0].from, 0);
  EXPECT_EQ(machine.links[0].to, 1);
  EXPECT_EQ(machine.links[1].from, 1);  // and back
  EXPECT_EQ(machine.links[1].to, 0);
  EXPECT_EQ(machine.links[2].from, 2);
  for (const Link& link : machine.links) {
    EXPECT_EQ(link.count, 6);
    EXPECT_EQ(link.kind, LinkKind::nvlink);
    EXPECT_DOUBLE_EQ(link.bandwidth->value(), 150e9);
  }
}

TEST(GpuLinks, ASwitchJoinsEveryGpuWithAllItsLinks) {
  const Machine machine = with_gpu_links(gpus_only(8), part("a100-sxm4-80gb"), NodeWiring::nvswitch);
  EXPECT_EQ(machine.of_kind(ComponentKind::nvswitch), std::vector<int>{8});
  EXPECT_EQ(machine.links.size(), 16u);
  for (const Link& link : machine.links) {
    EXPECT_TRUE(link.from == 8 || link.to == 8);
    EXPECT_DOUBLE_EQ(link.bandwidth->value(), 300e9);  // 12 x 25 GB/s
  }
}

TEST(GpuLinks, TheUsersPairsReplaceTheUsualOnes) {
  const Machine machine =
      with_gpu_links(gpus_only(4), part("v100"), NodeWiring::nvlink_mesh, {{0, 2, 3}, {1, 7, 1}, {1, 3, 1}});
  ASSERT_EQ(machine.links.size(), 4u);  // the pair with GPU 7 is left out
  EXPECT_DOUBLE_EQ(machine.links[0].bandwidth->value(), 75e9);
  EXPECT_DOUBLE_EQ(machine.links[2].bandwidth->value(), 25e9);
}

TEST(GpuLinks, OfOtherVendorsHaveTheirName) {
  for (const Link& link : with_gpu_links(gpus_only(8), part("mi300x"), NodeWiring::nvlink_mesh).links)
    EXPECT_EQ(link.kind, LinkKind::xgmi);
}

}  // namespace
}  // namespace scalesim::topology
