// Looks for readings of a table under which its numbers make sense when they do not as they stand.
#include "validation/table_diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace scalesim::validation {

namespace {

constexpr std::string_view kMeasures[] = {"throughput", "throughput_per_gpu", "step_s",
                                          "speedup",    "marginal_percent",   "marginal_fraction"};
constexpr double kSuperlinear = 1.3;  ///< caches give a few percent, never a third
constexpr double kFlat = 1.15;        ///< a total that grows less than this from one size to the next

bool all(const std::vector<double>& values, bool (*test)(double)) {
  return std::all_of(values.begin(), values.end(), test);
}
bool whole(double value) { return value >= 1 && value == std::floor(value); }

/// Counts as people choose them: whole, ascending, and each a multiple of the first, or one after the other.
bool look_like_counts(const std::vector<double>& values) {
  if (!all(values, whole) || !std::is_sorted(values.begin(), values.end())) return false;
  const double first = values.front();
  return std::all_of(values.begin(), values.end(), [&](double v) { return std::fmod(v, first) == 0; });
}

std::optional<TableDiagnosis> swapped(const RawCurve& curve) {
  if (!look_like_counts(curve.values) || look_like_counts(curve.gpus)) return std::nullopt;
  const bool rates = curve.measure == Measure::throughput || curve.measure == Measure::speedup;
  const bool fractions = !all(curve.gpus, whole);
  if (!fractions && !rates) return std::nullopt;
  const std::string name(to_text(curve.measure));
  return TableDiagnosis{
      "swapped columns",
      fmt::format("swapped columns: 'gpus' holds {:g}, {:g}, ... and '{}' holds {:g}, {:g}, ..., which "
                  "are numbers of GPUs; exchange the two names in the first line",
                  curve.gpus[0], curve.gpus[1], name, curve.values[0], curve.values[1])};
}

std::optional<TableDiagnosis> percent_or_fraction(const RawCurve& curve) {
  const double most = *std::max_element(curve.values.begin(), curve.values.end());
  if (curve.measure == Measure::marginal_percent && most <= 1.5)
    return TableDiagnosis{
        "percent as fractions",
        fmt::format("percent as fractions: the largest marginal_percent is {:g}, so 1 stands for a whole "
                    "GPU; multiply by 100, or name the column marginal_fraction",
                    most)};
  if (curve.measure == Measure::marginal_fraction && most > 3)
    return TableDiagnosis{
        "fractions as percent",
        fmt::format("fractions as percent: the largest marginal_fraction is {:g}, so 100 stands for a "
                    "whole GPU; name the column marginal_percent",
                    most)};
  if (curve.measure != Measure::speedup) return std::nullopt;
  const double per_gpu = curve.values.front() / curve.gpus.front();
  if (per_gpu > 50 && per_gpu < 150)
    return TableDiagnosis{
        "speed-up as percent",
        fmt::format("speed-up as percent: {:g} GPU{} cannot be {:g} times one; divide the speed-ups by 100",
                    curve.gpus.front(), curve.gpus.front() == 1 ? "" : "s", curve.values.front())};
  if (most <= 1.05 && !relative_to_first(curve) && curve.gpus.back() >= 2 && curve.values.back() < 1)
    return TableDiagnosis{
        "efficiency as speed-up",
        fmt::format("efficiency as speed-up: no speedup is above {:g} on up to {:g} GPUs, so they look "
                    "divided by the GPUs; multiply each by its gpus",
                    most, curve.gpus.back())};
  return std::nullopt;
}

std::optional<TableDiagnosis> per_gpu(const RawCurve& curve) {
  if (curve.measure != Measure::throughput) return std::nullopt;
  const double first = curve.values.front(), ratio = curve.gpus.back() / curve.gpus.front();
  const double last = curve.values.back() / first;
  const bool flat =
      std::all_of(curve.values.begin(), curve.values.end(), [&](double v) { return v / first < kFlat; });
  if (ratio < 2 || !flat || last < 0.3) return std::nullopt;
  return TableDiagnosis{
      "throughput per GPU",
      fmt::format("throughput per GPU instead of total: {:g} GPUs have {:.2g} times the throughput of {:g}, "
                  "which as a total would be no speed-up at all and per GPU is {:.0f} % efficiency; multiply "
                  "by gpus, or name the column throughput_per_gpu",
                  curve.gpus.back(), last, curve.gpus.front(), 100 * last)};
}

std::optional<TableDiagnosis> too_good(const RawCurve& curve, bool strong) {
  const std::vector<double> speedups = speedups_of(curve, strong);
  for (std::size_t i = 0; i < speedups.size(); ++i)
    if (speedups[i] > kSuperlinear * curve.gpus[i])
      return TableDiagnosis{
          "faster than ideal",
          fmt::format("faster than ideal: {:g} GPUs are {:.3g} times as fast as one, more than {:.0f} % of "
                      "what perfect scaling gives; look at the unit and the first row",
                      curve.gpus[i], speedups[i], 100 * kSuperlinear)};
  return std::nullopt;
}

}  // namespace

std::string_view to_text(Measure measure) { return kMeasures[static_cast<int>(measure)]; }

bool relative_to_first(const RawCurve& curve) {
  if (curve.measure == Measure::speedup)
    return curve.gpus.front() > 1 && std::fabs(curve.values.front() - 1) < 0.05;
  return curve.measure != Measure::marginal_percent && curve.measure != Measure::marginal_fraction;
}

std::vector<double> speedups_of(const RawCurve& curve, bool strong) {
  SCALESIM_CHECK(!curve.gpus.empty() && curve.gpus.size() == curve.values.size());
  std::vector<double> speedups;
  const double first_gpus = curve.gpus.front(), first = curve.values.front();
  double sum = 0, before = 0;
  for (std::size_t i = 0; i < curve.gpus.size(); ++i) {
    const double gpus = curve.gpus[i], value = curve.values[i];
    switch (curve.measure) {
      case Measure::throughput:
        speedups.push_back(first_gpus * value / first);
        break;
      case Measure::throughput_per_gpu:
        speedups.push_back(gpus * value / first);
        break;
      case Measure::step_s:
        speedups.push_back((strong ? first_gpus : gpus) * first / value);
        break;
      case Measure::speedup:
        speedups.push_back(relative_to_first(curve) ? first_gpus * value / first : value);
        break;
      default:
        sum += (gpus - before) * value / (curve.measure == Measure::marginal_percent ? 100 : 1);
        before = gpus;
        speedups.push_back(sum);
    }
  }
  return speedups;
}

std::optional<TableDiagnosis> diagnose(const RawCurve& curve) {
  if (curve.gpus.size() < 2) return std::nullopt;
  if (auto mistake = swapped(curve)) return mistake;
  if (auto mistake = percent_or_fraction(curve)) return mistake;
  if (auto mistake = per_gpu(curve)) return mistake;
  return too_good(curve, false);
}

}  // namespace scalesim::validation
