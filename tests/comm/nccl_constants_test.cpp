// Names, releases and speeds of NCCL, as its sources list them.
#include "comm/models/nccl/constants.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim::comm {
namespace {

TEST(NcclNames, ComeBackInAnySpelling) {
  for (int a = 0; a < nccl_algorithms; ++a) {
    const auto algorithm = static_cast<NcclAlgorithm>(a);
    EXPECT_EQ(parse_nccl_algorithm(to_text(algorithm)), algorithm);
  }
  for (int p = 0; p < nccl_protocols; ++p) {
    const auto protocol = static_cast<NcclProtocol>(p);
    EXPECT_EQ(parse_nccl_protocol(to_text(protocol)), protocol);
  }
  EXPECT_EQ(parse_nccl_algorithm("COLLNETDIRECT"), NcclAlgorithm::collnet_direct);
  EXPECT_EQ(parse_nccl_protocol("ll128"), NcclProtocol::ll128);
  EXPECT_EQ(parse_nccl_protocol("sImPlE"), NcclProtocol::simple);
  for (const char* wrong : {"", "LL12", "ring", "Z"})
    EXPECT_THROW(parse_nccl_protocol(wrong), InputError) << wrong;
}

// src/graph/search.cc: fastest and slowest speed tried, by GPU and by one node or several.
TEST(NcclSpeeds, GoFromFastToSlow) {
  struct Row {
    int capability;
    bool one_node;
    double fastest, slowest;
  };
  for (const Row& row :
       {Row{80, true, 40, 3}, Row{89, true, 40, 3}, Row{90, true, 60, 3}, Row{100, true, 90, 18},
        Row{80, false, 48, 0.12}, Row{90, false, 48, 0.12}, Row{100, false, 96, 0.12}}) {
    const std::span<const double> speeds = nccl_search_speeds(row.capability, row.one_node);
    EXPECT_EQ(speeds.front(), row.fastest) << row.capability << row.one_node;
    EXPECT_EQ(speeds.back(), row.slowest) << row.capability << row.one_node;
    for (size_t i = 1; i < speeds.size(); ++i) EXPECT_LT(speeds[i], speeds[i - 1]);
  }
}

// What changed from release to release (src/graph/tuning.cc of each).
TEST(NcclReleaseTables, DifferWhereTheReleasesDid) {
  const NcclConstants &now = nccl_constants(), &r29 = nccl_constants("2.29"), &r28 = nccl_constants("2.28.3"),
                      &r27 = nccl_constants("2.27"), &r20 = nccl_constants("2.20.3");
  EXPECT_EQ(now.nvls_tree_per_channel[3][2], 80);
  EXPECT_EQ(r29.nvls_tree_per_channel[3][2], 43.8);
  EXPECT_EQ(r28.nvls_tree_per_channel[3][2], 43.1);
  EXPECT_TRUE(now.nvls_tree_corrected && r29.nvls_tree_corrected);
  EXPECT_FALSE(r28.nvls_tree_corrected || r27.nvls_tree_corrected);
  EXPECT_TRUE(r27.nvls_by_channels && r27.nvls_gather_share);
  EXPECT_FALSE(r28.nvls_by_channels || r28.nvls_gather_share);
  EXPECT_TRUE(r20.nvls_by_channels && r20.border_per_node);
  EXPECT_FALSE(r20.nvls_gather_share || r20.pat || r27.border_per_node);
  EXPECT_TRUE(r27.pat);
  EXPECT_EQ(r20.nvls_channels, (std::array<int, 3>{16, 16, 16}));
  EXPECT_EQ(now.nvls_channels, (std::array<int, 3>{16, 24, 32}));
}

// A row of Blackwell is at least as fast as Hopper's, and Hopper's as Ampere's; several nodes never reach
// more than one.
TEST(NcclReleaseTables, NewerGpusAreNotSlower) {
  for (const char* release : {"2.30.7", "2.29", "2.28.3", "2.27", "2.20.3"}) {
    const NcclConstants& k = nccl_constants(release);
    for (const NcclCaps* caps : {&k.ring_ll128_per_channel, &k.tree_ll128_per_channel, &k.tree_per_channel})
      for (size_t row = 1; row < 4; ++row)
        EXPECT_GE((*caps)[row][0], (*caps)[row - 1][0] * 0.9) << release << row;
    for (const auto& row : k.tree_correction)
      for (const double share : row) {
        EXPECT_GE(share, 0.4);
        EXPECT_LE(share, 1);
      }
  }
}

TEST(NcclReleaseTables, AreFoundByWholeLinesAndByPatches) {
  EXPECT_EQ(nccl_constants("2.28.2").release, "2.27");  // older than the table of 2.28.3
  EXPECT_EQ(nccl_constants("2.28.3").release, "2.28.3");
  EXPECT_EQ(nccl_constants("2.20.3").release, "2.20.3");
  EXPECT_EQ(nccl_constants("2.30.6").release, "2.29");
  for (const char* wrong : {"2.20.2", "2.19", "1.0", "2..3", ".2", "2.2000", "2.a", "2.27 "})
    EXPECT_THROW(nccl_constants(wrong), InputError) << wrong;
}

}  // namespace
}  // namespace scalesim::comm
