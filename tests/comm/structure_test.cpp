// Bytes and steps of Open MPI's all-reduce, by hand.
#include "comm/models/profile/structure.h"

#include <gtest/gtest.h>

namespace scalesim::comm {
namespace {

Structure large(int ranks, int nodes) {
  return open_mpi_structure(Collective::all_reduce, 1 << 26, {ranks, nodes, 1});
}

// Rabenseifner over a power of two, one rank per node: halves of the buffer shrink, 2 (1/2 + 1/4) = 1.5 for
// four.
TEST(OpenMpiStructure, SendsAsFewBytesAsARingOverPowersOfTwo) {
  EXPECT_EQ(large(4, 4).algorithm, "Rabenseifner");
  EXPECT_DOUBLE_EQ(large(4, 4).wire, 1.5);
  EXPECT_DOUBLE_EQ(large(4, 4).steps, 4);
  // Two ranks per node: the first halving stays inside; 2 ranks x 2 (1/4 + 1/8) = 1.5 = 2 (N-1)/N for four
  // nodes.
  EXPECT_DOUBLE_EQ(large(8, 4).wire, 1.5);
}

// Three ranks on three nodes: half a buffer there, half onward, 2 x 1/2 among the two that take part, and the
// whole back: 0.5 + 0.5 + 1 + 1 = 3 buffers, against 4/3 of a ring.
TEST(OpenMpiStructure, PaysForRanksBeyondAPowerOfTwo) {
  EXPECT_DOUBLE_EQ(large(3, 3).wire, 3);
  // Six ranks, two per node: folding stays inside. Ranks 0, 2, 4, 5 take part: 2 x 1/2 between nodes 0 and 1,
  // then 2 x 1/4 per pair with node 2, which holds two of them: 1 + 1 = 2.
  EXPECT_DOUBLE_EQ(large(6, 3).wire, 2);
}

TEST(OpenMpiStructure, FollowsTheDecisionTable) {
  const auto algorithm = [](int ranks, double bytes) {
    return open_mpi_structure(Collective::all_reduce, bytes, {ranks, 1, 1}).algorithm;
  };
  EXPECT_EQ(algorithm(2, 1024), "recursive doubling");
  EXPECT_EQ(algorithm(3, 100000), "ring");
  EXPECT_EQ(algorithm(3, 300000), "Rabenseifner");
  EXPECT_EQ(algorithm(8, 8191), "recursive doubling");
  EXPECT_EQ(algorithm(8, 8192), "Rabenseifner");
  EXPECT_EQ(algorithm(200, 1000), "reduce and broadcast");
}

}  // namespace
}  // namespace scalesim::comm
