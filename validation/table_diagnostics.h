// Mistakes that people make in tables of measurements, recognised by what the numbers cannot mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace scalesim::validation {

/// What a column of a user's table holds.
enum class Measure { throughput, throughput_per_gpu, step_s, speedup, marginal_percent, marginal_fraction };
std::string_view to_text(Measure measure);

/// One curve as read: sizes and figures of equal length.
struct RawCurve {
  Measure measure = Measure::throughput;
  std::vector<double> gpus;
  std::vector<double> values;
};

/// A mistake by name ("swapped columns", "percent as fractions", ...), and a sentence that says what gives it
/// away and what to do.
struct TableDiagnosis {
  std::string name;
  std::string text;
};

/// The first mistake that explains the numbers better than taking them as they stand. Needs two rows or more.
std::optional<TableDiagnosis> diagnose(const RawCurve& curve);

/// Whether a curve is relative to its first row: rates are, and speed-ups that start with 1 on several GPUs.
bool relative_to_first(const RawCurve& curve);

/// Speed-ups over one GPU. What is relative to the first row is divided by it, times its GPUs; `strong` says
/// that step_s is of a fixed global batch.
std::vector<double> speedups_of(const RawCurve& curve, bool strong);

}  // namespace scalesim::validation
