// Expected maximum of n normals against known values (1/sqrt(pi) for two; tables of order statistics for the
// rest).
#include "sim/step/stragglers.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scalesim::sim {
namespace {

TEST(Stragglers, ExpectedMaximumMatchesTheTables) {
  EXPECT_EQ(expected_maximum_of_normals(1), 0);
  EXPECT_NEAR(expected_maximum_of_normals(2), 1 / std::sqrt(3.14159265358979), 1e-5);
  EXPECT_NEAR(expected_maximum_of_normals(8), 1.4236, 1e-4);
  EXPECT_NEAR(expected_maximum_of_normals(1024), 3.248, 2e-3);
  EXPECT_NEAR(expected_maximum_of_normals(16384), 3.971, 2e-3);
}

TEST(Stragglers, MoreRanksWaitLonger) {
  double before = 0;
  for (int n = 2; n <= 4096; n *= 2) {
    EXPECT_GT(expected_maximum_of_normals(n), before);
    before = expected_maximum_of_normals(n);
  }
}

}  // namespace
}  // namespace scalesim::sim
