// Fits data/calibration/step.toml to published scaling tables: `calibrate_step TABLE.csv > step.toml`. Errors
// it states are of sources left out of the fit one after the other.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "core/error.h"
#include "core/statistics.h"
#include "scaling_rows.h"
#include "validation/measured_table.h"

namespace {

using namespace scalesim;

constexpr double kOutlier = 0.08;  ///< what an error counts at most: rows are not all trustworthy

/// rank_deviation, compute_loss, communication_loss, bucket_overhead, host_deviation, decode_rate: their
/// physical ranges.
constexpr std::array<double, 6> kLow = {0.002, 0, 0, 0, 0, 50};
constexpr std::array<double, 6> kHigh = {0.03, 2, 0.4, 200e-6, 3e-3, 300};

sim::StepConstants constants_from(const std::array<double, 6>& v) {
  sim::StepConstants c;
  c.rank_deviation = v[0];
  c.compute_loss = v[1];
  c.communication_loss = v[2];
  c.bucket_overhead = Seconds(v[3]);
  c.host_deviation = Seconds(v[4]);
  c.decode_rate = v[5];
  return c;
}

using Constants = std::array<double, 6>;

/// An absolute error and where it was made.
struct Error {
  double size = 0;
  std::string kind;
};
/// By source.
using Errors = std::map<std::string, std::vector<Error>>;

Errors errors_of(validation::Validator& validator, const Constants& v) {
  Errors errors;
  for (const validation::ValidationTable& t : validator.run(constants_from(v)).tables)
    for (const validation::ValidationRow& row : t.rows)
      if (!row.baseline) errors[t.source].push_back({std::fabs(row.error), t.kind});
  return errors;
}

double loss(const Errors& errors, const std::string& left_out) {
  double sum = 0;
  for (const auto& [source, values] : errors)
    if (source != left_out)
      for (const Error& error : values) sum += std::min(error.size, kOutlier);
  return sum;
}

/// Coordinate search with shrinking steps: the loss has kinks, and six constants are few.
Constants fit(validation::Validator& validator, const std::string& left_out) {
  Constants best = {0.01, 1, 0.1, 20e-6, 100e-6, 150};
  double lowest = loss(errors_of(validator, best), left_out);
  for (double step = 0.25; step > 0.01; step /= 2)
    for (std::size_t k = 0; k < best.size(); ++k)
      for (const double sign : {-1.0, 1.0}) {
        Constants trial = best;
        trial[k] = std::clamp(trial[k] + sign * step * (kHigh[k] - kLow[k]), kLow[k], kHigh[k]);
        const double value = loss(errors_of(validator, trial), left_out);
        if (value < lowest) lowest = value, best = trial;
      }
  return best;
}

std::vector<double> sizes(const std::vector<Error>& errors) {
  std::vector<double> result;
  for (const Error& error : errors) result.push_back(error.size);
  return result;
}

void print_group(const std::string& name, const std::vector<double>& errors) {
  fmt::print(stderr, "{}: {} rows, mape {:.1f} %, median {:.1f} %\n", name, errors.size(), 100 * mean(errors),
             100 * median(errors));
}

/// Each source predicted with constants fitted to the others.
std::vector<double> left_out_errors(validation::Validator& validator) {
  std::vector<double> errors;
  std::map<std::string, std::vector<double>> kinds;
  for (const auto& [source, before] : errors_of(validator, kLow)) {
    const Constants v = fit(validator, source);
    const std::vector<Error> own = errors_of(validator, v).at(source);
    fmt::print(stderr, "{:.4f} {:.2f} {:.2f} {:.6f} {:.6f} {:.0f} without ", v[0], v[1], v[2], v[3], v[4],
               v[5]);
    print_group(source, sizes(own));
    for (const Error& error : own) {
      errors.push_back(error.size);
      kinds[error.kind].push_back(error.size);
    }
  }
  for (const auto& [kind, group] : kinds) print_group("left out, " + kind, group);
  return errors;
}

/// The shipped rows that step.toml is fitted to, each publisher predicted with constants fitted to the
/// others: the [left_out] part of data/calibration/accuracy.toml.
void print_left_out(const DataCatalogue& data) {
  std::vector<validation::MeasuredCurve> curves;
  for (validation::MeasuredCurve& curve : validation::load_tables({}, data).curves)
    if (std::find(curve.fitted.begin(), curve.fitted.end(), "calibration/step.toml") != curve.fitted.end())
      curves.push_back(std::move(curve));
  validation::Validator validator(curves, data);
  std::map<std::string, std::vector<double>> kinds;
  for (const auto& [source, before] : errors_of(validator, kLow)) {
    const std::vector<Error> own = errors_of(validator, fit(validator, source)).at(source);
    fmt::print("[[left_out.source]]\nname = \"{}\"\npoints = {}\nmape = {:.4f}\nmedian = {:.4f}\n\n", source,
               own.size(), mean(sizes(own)), median(sizes(own)));
    for (const Error& error : own)
      kinds[error.kind].push_back(error.size), kinds["all"].push_back(error.size);
  }
  for (const auto& [kind, group] : kinds)
    fmt::print("[[left_out.kind]]\nname = \"{}\"\npoints = {}\nmape = {:.4f}\nmedian = {:.4f}\n\n", kind,
               group.size(), mean(group), median(group));
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 2) throw InputError("usage: calibrate_step TABLE.csv | --leave-out");
    const DataCatalogue data = DataCatalogue::embedded();
    if (std::string(words[1]) == "--leave-out") return print_left_out(data), EXIT_SUCCESS;
    const ScalingTable table = read_scaling_table(words[1], data);
    validation::Validator validator(table.curves, data);
    const std::vector<double> errors = left_out_errors(validator);
    const Constants v = fit(validator, {});
    fmt::print(
        "# What keeps a step of many ranks from being its compute and its network alone. Written by "
        "calibrate_step.\n");
    fmt::print("rank_deviation = {:.4g}\ncompute_loss = {:.3g}\ncommunication_loss = {:.3g}\n", v[0], v[1],
               v[2]);
    fmt::print("bucket_overhead = \"{:.3g} us\"\nhost_deviation = \"{:.3g} us\"\n", v[3] * 1e6, v[4] * 1e6);
    fmt::print("decode_rate = {:.3g}\n", v[5]);
    fmt::print("relative_error = {:.3g}\nprovenance = \"calibrated\"\n", mean(errors));
    fmt::print(
        "source = \"{} published speed-ups of {} curves given their one-GPU step; with each source left out: "
        "mean "
        "error {:.1f} %, median {:.1f} %\"\n",
        errors.size(), table.curves.size(), 100 * mean(errors), 100 * median(errors));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return EXIT_FAILURE;
  }
}
