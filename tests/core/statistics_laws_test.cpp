// Laws of the robust summaries, and their values at the edges.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/error.h"
#include "core/statistics.h"

namespace scalesim {
namespace {

using Samples = std::vector<double>;

TEST(Quantile, StaysInsideTheSamples) {
  const Samples samples = {10, 20, 40, 80, 160};
  EXPECT_DOUBLE_EQ(quantile(samples, -1), 10);
  EXPECT_DOUBLE_EQ(quantile(samples, 2), 160);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.5), 40);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.9), 128);  // position 3.6: 80 + 0.6 x 80
  EXPECT_DOUBLE_EQ(quantile(Samples{7}, 0.3), 7);
  EXPECT_DOUBLE_EQ(median(Samples{1, 2}), 1.5);
}

TEST(Summaries, NeedASample) {
  EXPECT_THROW(median(Samples{}), InternalError);
  EXPECT_THROW(mean(Samples{}), InternalError);
  EXPECT_THROW(robust_deviation(Samples{}), InternalError);
  EXPECT_THROW(mean_absolute_relative_error(Samples{1}, Samples{}), InternalError);
  EXPECT_THROW(mean_absolute_relative_error(Samples{1, 2}, Samples{1}), InternalError);
}

// Shifting moves the median and the mean and leaves the deviation; scaling scales all three; the order
// changes nothing.
TEST(Summaries, ShiftScaleAndOrder) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20; ++round) {
    Samples samples, shifted, scaled;
    for (int i = 0; i < 11 + round; ++i) samples.push_back(static_cast<double>(random() % 1000));
    for (const double sample : samples) {
      shifted.push_back(sample + 100);
      scaled.push_back(sample * -3);
    }
    EXPECT_NEAR(median(shifted), median(samples) + 100, 1e-9);
    EXPECT_NEAR(mean(shifted), mean(samples) + 100, 1e-9);
    EXPECT_NEAR(robust_deviation(shifted), robust_deviation(samples), 1e-9);
    EXPECT_NEAR(median(scaled), -3 * median(samples), 1e-9);
    EXPECT_NEAR(robust_deviation(scaled), 3 * robust_deviation(samples), 1e-9);
    EXPECT_LE(median_interval(samples).low, median(samples));
    EXPECT_GE(median_interval(samples).high, median(samples));
    std::reverse(samples.begin(), samples.end());
    EXPECT_NEAR(median(samples) + 100, median(shifted), 1e-9);
  }
}

// Nine samples: half width 0.98 x 3 = 2.94 ranks around rank 4: 1.06 down to 1, 6.94 up to 7. Four: 1.96
// around 1.5: all.
TEST(MedianInterval, HoldsTheRanksOfTheBinomial) {
  const Samples nine = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_DOUBLE_EQ(median_interval(nine).low, 2);
  EXPECT_DOUBLE_EQ(median_interval(nine).high, 8);
  const Samples four = {4, 3, 2, 1};
  EXPECT_DOUBLE_EQ(median_interval(four).low, 1);
  EXPECT_DOUBLE_EQ(median_interval(four).high, 4);
}

// 80 and 150 for 100 and 100: 20 % and 50 %.
TEST(RelativeError, IsTheMeanOfAbsolutes) {
  EXPECT_DOUBLE_EQ(mean_absolute_relative_error(Samples{80, 150}, Samples{100, 100}), 0.35);
  EXPECT_DOUBLE_EQ(mean_absolute_relative_error(Samples{100}, Samples{50}), 1);
  EXPECT_DOUBLE_EQ(mean(Samples{1, 2, 6}), 3);
}

}  // namespace
}  // namespace scalesim
