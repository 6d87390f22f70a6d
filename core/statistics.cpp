// Robust summaries of samples.
#include "core/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace scalesim::inline core {
namespace {
std::vector<double> sorted(std::span<const double> samples) {
  SCALESIM_CHECK(!samples.empty());
  std::vector<double> result(samples.begin(), samples.end());
  std::sort(result.begin(), result.end());
  return result;
}
}  // namespace

double quantile(std::span<const double> samples, double q) {
  const std::vector<double> values = sorted(samples);
  const double position = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (position - static_cast<double>(low)) * (values[high] - values[low]);
}

double median(std::span<const double> samples) { return quantile(samples, 0.5); }

double mean(std::span<const double> samples) {
  SCALESIM_CHECK(!samples.empty());
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double robust_deviation(std::span<const double> samples) {
  const double centre = median(samples);
  std::vector<double> distances;
  for (const double sample : samples) distances.push_back(std::abs(sample - centre));
  return 1.4826 * median(distances);
}

Interval median_interval(std::span<const double> samples) {
  const std::vector<double> values = sorted(samples);
  const double half = 0.98 * std::sqrt(static_cast<double>(values.size()));
  const double middle = (static_cast<double>(values.size()) - 1) / 2;
  const auto last = static_cast<double>(values.size() - 1);
  return {values[static_cast<std::size_t>(std::clamp(std::floor(middle - half), 0.0, last))],
          values[static_cast<std::size_t>(std::clamp(std::ceil(middle + half), 0.0, last))]};
}

double mean_absolute_relative_error(std::span<const double> predicted, std::span<const double> measured) {
  SCALESIM_CHECK(predicted.size() == measured.size() && !measured.empty());
  double sum = 0;
  for (std::size_t i = 0; i < measured.size(); ++i) sum += std::abs(predicted[i] / measured[i] - 1);
  return sum / static_cast<double>(measured.size());
}

}  // namespace scalesim::inline core
