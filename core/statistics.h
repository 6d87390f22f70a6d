// Robust summaries of samples.
#pragma once

#include <span>
#include <vector>

namespace scalesim::inline core {

/// Linear-interpolated quantile, q in [0, 1]. Needs at least one sample.
double quantile(std::span<const double> samples, double q);
double median(std::span<const double> samples);
double mean(std::span<const double> samples);
/// 1.4826 * median absolute deviation: estimates sigma of normal data, unmoved by outliers.
double robust_deviation(std::span<const double> samples);
/// Ranks of the 95 % confidence interval of the median of k sorted samples (order statistics, normal
/// approximation).
struct Interval {
  double low = 0;
  double high = 0;
};
Interval median_interval(std::span<const double> samples);
/// Mean of |predicted/measured - 1|.
double mean_absolute_relative_error(std::span<const double> predicted, std::span<const double> measured);

}  // namespace scalesim::inline core
