// Open MPI's decisions at their borders, from ompi/mca/coll/tuned/coll_tuned_decision_fixed.c of 4.1, and the
// cost of what they choose.
#include <gtest/gtest.h>

#include "comm/models/profile/structure.h"

namespace scalesim::comm {
namespace {

struct Decision {
  int ranks;
  double bytes;
  const char* algorithm;
};

constexpr const char* ring = "ring";
constexpr const char* doubling = "recursive doubling";
constexpr const char* rabenseifner = "Rabenseifner";
constexpr const char* linear = "reduce and broadcast";

// ompi_coll_tuned_allreduce_intra_dec_fixed: 2 non-overlapping, 3 recursive doubling, 4 and 5 ring, 6
// Rabenseifner.
constexpr Decision all_reduces[] = {{2, 7, ring},
                                    {2, 8, doubling},
                                    {3, 4095, doubling},
                                    {3, 4096, ring},
                                    {3, 8191, ring},
                                    {3, 8192, doubling},
                                    {3, 16383, doubling},
                                    {3, 16384, ring},
                                    {3, 262143, ring},
                                    {3, 262144, rabenseifner},
                                    {4, 15, ring},
                                    {4, 16, doubling},
                                    {7, 8191, doubling},
                                    {7, 8192, rabenseifner},
                                    {8, 4, doubling},
                                    {15, 8191, doubling},
                                    {15, 8192, rabenseifner},
                                    {16, 63, ring},
                                    {16, 64, doubling},
                                    {31, 4095, doubling},
                                    {31, 4096, rabenseifner},
                                    {32, 127, ring},
                                    {32, 128, rabenseifner},
                                    {63, 100, ring},
                                    {64, 100, doubling},
                                    {127, 262143, doubling},
                                    {127, 262144, rabenseifner},
                                    {128, 131071, linear},
                                    {128, 131072, doubling},
                                    {255, 262144, rabenseifner},
                                    {256, 4095, linear},
                                    {511, 4096, rabenseifner},
                                    {512, 2047, linear},
                                    {512, 2048, doubling},
                                    {512, 16383, doubling},
                                    {512, 16384, rabenseifner}};

TEST(OpenMpiDecisions, ChooseAllReducesByRanksAndSize) {
  for (const Decision& row : all_reduces)
    EXPECT_EQ(open_mpi_structure(Collective::all_reduce, row.bytes, {row.ranks, 1, 1}).algorithm,
              row.algorithm)
        << row.ranks << " ranks, " << row.bytes;
}

struct Cost {
  Collective collective;
  int ranks;
  double bytes;
  const char* algorithm;
  double steps, wire;
};

constexpr double kib = 1024;

// Steps that wait for each other and bytes per rank of one node, in buffers.
constexpr Cost costs[] = {
    {Collective::all_gather, 8, 8 * 64 * kib - 1, doubling, 3, 7.0 / 8},
    {Collective::all_gather, 8, 8 * 64 * kib, ring, 7, 7.0 / 8},
    {Collective::all_gather, 6, kib, ring, 5, 5.0 / 6},  // no power of two
    {Collective::all_gather, 2, kib, ring, 1, 1.0 / 2},
    {Collective::all_gather, 32, 32 * kib - 1, doubling, 5, 31.0 / 32},
    {Collective::all_gather, 32, 32 * kib, ring, 31, 31.0 / 32},
    {Collective::reduce_scatter, 8, 256 * kib - 1, "recursive halving", 3, 7.0 / 8},
    {Collective::reduce_scatter, 8, 256 * kib, ring, 7, 7.0 / 8},
    {Collective::reduce_scatter, 3, kib, ring, 2, 2.0 / 3},
    {Collective::reduce_scatter, 31, kib, "recursive halving", 5, 30.0 / 31},
    {Collective::reduce_scatter, 32, kib, ring, 31, 31.0 / 32},
    {Collective::broadcast, 5, kib, "binomial", 3, 3},
    {Collective::broadcast, 3, 1e9, "binomial", 2, 2},
    {Collective::broadcast, 8, 256 * kib, "scatter and gather", 10, 1.75},
    {Collective::reduce, 4, 1e9, "scatter and gather", 5, 1.5},
    {Collective::all_to_all, 16, 16 * kib - 1, "Bruck", 4, 2},
    {Collective::all_to_all, 16, 16 * kib, "pairwise", 15, 15.0 / 16},
    {Collective::all_to_all, 15, 16, "pairwise", 14, 14.0 / 15},
    {Collective::send_receive, 8, kib, "neighbour", 1, 1},
    {Collective::all_reduce, 8, kib, doubling, 3, 3},
    // Six ranks: two fold into their neighbours, four exchange twice, two unfold: 1 + 2 + 1 buffers, 2 + 2
    // steps.
    {Collective::all_reduce, 6, kib, doubling, 4, 4},
    {Collective::all_reduce, 8, 1e6, rabenseifner, 6, 1.75},
    // Reduce to one and broadcast: seven rounds each way over 128 ranks.
    {Collective::all_reduce, 128, kib, linear, 14, 14},
};

TEST(OpenMpiDecisions, CostWhatTheirAlgorithmsDo) {
  for (const Cost& row : costs) {
    SCOPED_TRACE(testing::Message() << to_text(row.collective) << ' ' << row.ranks << ' ' << row.bytes);
    const Structure structure = open_mpi_structure(row.collective, row.bytes, {row.ranks, 1, 1});
    EXPECT_EQ(structure.algorithm, row.algorithm);
    EXPECT_DOUBLE_EQ(structure.steps, row.steps);
    EXPECT_NEAR(structure.wire, row.wire, 1e-12);
  }
}

// 128 ranks on 4 nodes: seven rounds each way, of which log2(4) = 2 leave the node.
TEST(OpenMpiDecisions, LinearReductionsCrossTheNetworkPerNode) {
  const Structure structure = open_mpi_structure(Collective::all_reduce, 1024, {128, 4, 1});
  EXPECT_DOUBLE_EQ(structure.steps, 14);
  EXPECT_DOUBLE_EQ(structure.wire, 4);
}

// Four ranks, two per node: the exchange at distance 1 stays inside, at distance 2 both ranks send their
// buffer out.
TEST(OpenMpiDecisions, DoublingCrossesTheNetworkForEveryRankOfANode) {
  EXPECT_DOUBLE_EQ(open_mpi_structure(Collective::all_reduce, 1024, {4, 2, 1}).wire, 2);
}

// A ring enters a node once: 2 (n-1)/n, however many ranks the node holds.
TEST(RingStructure, EntersEveryNodeOnce) {
  for (const int nodes : {1, 2, 4, 8}) {
    EXPECT_DOUBLE_EQ(ring_structure(Collective::all_reduce, {8, nodes, 1}).wire, 1.75);
    EXPECT_DOUBLE_EQ(ring_structure(Collective::all_reduce, {8, nodes, 1}).steps, 14);
    EXPECT_DOUBLE_EQ(ring_structure(Collective::reduce, {8, nodes, 1}).wire, 1);
  }
  // Pairwise: with four ranks to a node 4 x 7/8 x 4/7 = 2 buffers leave it, with one rank 7/8.
  EXPECT_DOUBLE_EQ(ring_structure(Collective::all_to_all, {8, 2, 1}).wire, 2);
  EXPECT_DOUBLE_EQ(ring_structure(Collective::all_to_all, {8, 8, 1}).wire, 0.875);
}

}  // namespace
}  // namespace scalesim::comm
