// The smallest model of scaling that has the four things a table of speed-ups can speak of: latency,
// bandwidth, contention and overlap; and its fit to such a table, with intervals that say what the table does
// not tell.
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace scalesim::validation {

/// All in units of the step on one GPU. A step on n GPUs takes
///     1 + max(0, 2 (n-1) latency + 2 (n-1)/n volume (n/2)^contention - overlap):
/// the steps of a ring, its bytes over the busiest link (comm-model, Hockney's two terms), a bandwidth that
/// falls as (n/2)^-contention (0: a switch, 1: all share one bridge), and what compute hides of it.
struct EffectiveModel {
  double latency = 0;
  double volume = 0;
  double contention = 0;
  double overlap = 0;

  double communication(double gpus) const;
  double step(double gpus) const;
  double speedup(double gpus) const { return gpus / step(gpus); }
};

/// Speed-up of `gpus` GPUs; what it is relative to is the row of the smallest size.
struct SpeedupRow {
  double gpus = 1;
  double speedup = 1;
};

enum class Parameter { latency, volume, contention, overlap };
inline constexpr std::array<std::string_view, 4> kParameterNames = {"latency", "volume", "contention",
                                                                    "overlap"};

struct ParameterInterval {
  double value = 0, low = 0, high = 0;
  double smallest = 0, largest = 0;  ///< the range searched
  bool identifiable = true;          ///< false: the interval reaches both ends, or most of the range
};

/// A fit by least squares of the logarithm of step times and its 95 % profile-likelihood intervals.
struct EffectiveFit {
  EffectiveModel best;
  std::array<ParameterInterval, 4> parameters;
  double residual = 0;                    ///< root mean square relative error of the rows
  double noise = 0;                       ///< standard deviation of a row that the intervals assume
  std::vector<EffectiveModel> plausible;  ///< models inside the 95 % region, the best first

  /// Speed-up relative to one GPU, and its range over the plausible models.
  struct Range {
    double value = 0, low = 0, high = 0;
  };
  Range speedup(double gpus) const;
};

struct EffectiveFitOptions {
  double least_noise = 0.005;  ///< measurements are not more exact than this
  /// Where a value is set the parameter is held there: a question about one physical shape.
  std::array<double, 4> fixed = {-1, -1, -1, -1};
  bool intervals = true;
};

/// Needs two rows or more, ascending. Deterministic.
EffectiveFit fit_effective_model(const std::vector<SpeedupRow>& rows,
                                 const EffectiveFitOptions& options = {});

}  // namespace scalesim::validation
