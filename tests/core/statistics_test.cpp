// Robust statistics against values computed by hand.
#include "core/statistics.h"

#include <gtest/gtest.h>

#include <vector>

namespace scalesim {
namespace {

TEST(Statistics, QuantilesInterpolate) {
  const std::vector<double> samples = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(median(samples), 2.5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(samples, 1), 4);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.25), 1.75);  // position 0.75 between 1 and 2
}

TEST(Statistics, OneOutlierDoesNotMoveTheRobustDeviation) {
  // Median 3; distances 2 1 0 1 97: their median is 1.
  EXPECT_DOUBLE_EQ(robust_deviation(std::vector<double>{1, 2, 3, 4, 100}), 1.4826);
}

TEST(Statistics, TheIntervalOfTheMedianHoldsTheMedian) {
  std::vector<double> samples;
  for (int i = 1; i <= 25; ++i) samples.push_back(i);
  // 25 samples: half width 0.98 * 5 = 4.9 ranks around rank 12 (from 0): ranks floor(7.1) = 7 and ceil(16.9)
  // = 17.
  EXPECT_DOUBLE_EQ(median_interval(samples).low, 8);
  EXPECT_DOUBLE_EQ(median_interval(samples).high, 18);
  EXPECT_DOUBLE_EQ(median_interval(std::vector<double>{5}).low, 5);
}

TEST(Statistics, RelativeErrorIsAgainstTheMeasured) {
  EXPECT_DOUBLE_EQ(mean_absolute_relative_error(std::vector<double>{90, 110}, std::vector<double>{100, 100}),
                   0.1);
}

}  // namespace
}  // namespace scalesim
