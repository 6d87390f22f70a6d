// Our own random numbers against published vectors and tables.
#include "sim/scenario/random_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/step/stragglers.h"

namespace scalesim::sim {
namespace {

// The first three outputs of SplitMix64 from seed 0, as its authors' reference code prints them.
TEST(RandomSource, GivesTheBitsOfSplitMix64) {
  RandomSource random(0);
  EXPECT_EQ(random.bits(), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(random.bits(), 0x6e789e6aa1b965f4ULL);
  EXPECT_EQ(random.bits(), 0x06c45d188009454fULL);
}

TEST(RandomSource, StratifiedNumbersFillEveryIntervalOnce) {
  RandomSource random(7);
  std::vector<double> numbers = stratified(random, 50);
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
  std::sort(numbers.begin(), numbers.end());
  for (int i = 0; i < 50; ++i) {
    EXPECT_GT(numbers[static_cast<std::size_t>(i)], i / 50.0);
    EXPECT_LT(numbers[static_cast<std::size_t>(i)], (i + 1) / 50.0);
  }
}

// Tables of the normal distribution: 2.5 % lie above 1.959964, 1e-10 above 6.361341; half of the normals is
// negative.
TEST(RandomSource, NormalQuantilesMatchTheTables) {
  EXPECT_NEAR(normal_quantile_above(0.025), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile_above(0.975), -1.959963984540054, 1e-12);
  EXPECT_EQ(normal_quantile_above(0.5), 0);
  EXPECT_NEAR(normal_quantile_above(1e-10), 6.361340902404056, 1e-9);
  for (const double upper : {1e-300, 1e-30, 1e-5, 0.01, 0.07, 0.075, 0.4, 0.6, 0.93, 0.999})
    EXPECT_NEAR(0.5 * std::erfc(normal_quantile_above(upper) / std::sqrt(2.0)) / upper, 1, 1e-12) << upper;
}

// The median of the larger of two normals: both lie below x with probability 1/2, so one does with sqrt(1/2)
// = 0.70711, and 29.289 % of a normal lie above 0.54495.
TEST(RandomSource, MaximumOfTwoNormalsHasItsMedianWhereBothLieBelow) {
  EXPECT_NEAR(maximum_of_normals_at(std::log(0.5), 2), 0.54495, 1e-5);
  EXPECT_NEAR(maximum_of_normals_at(std::log(0.5), 1), 0, 1e-12);
}

TEST(RandomSource, DrawnMaximaAverageToTheExpectedMaximum) {
  for (const int n : {1, 8, 1024, 131072}) {
    RandomSource random(3);
    double sum = 0;
    constexpr int kDraws = 2000;
    for (const double u : stratified(random, kDraws)) sum += maximum_of_normals_at(std::log(u), n);
    EXPECT_NEAR(sum / kDraws, expected_maximum_of_normals(n), 2e-3) << n;
  }
}

}  // namespace
}  // namespace scalesim::sim
