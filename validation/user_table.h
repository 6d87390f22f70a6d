// The user's own measurements: a CSV file whose columns are sizes, one measure, and what describes a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "validation/table_diagnostics.h"
#include "validation/validation.h"

namespace scalesim::validation {

/// A column that describes the run, such as "model" or "global-batch" (in a file "global_batch", too).
struct RunColumn {
  std::string name;
  std::vector<std::string> choices;  ///< checked when not empty
};

/// A cell of such a column that says something.
struct RunCell {
  RunColumn column;
  std::string value;
  Place place;
};

/// Rows whose runs are described alike, as read: one curve. All places are in the file.
struct UserRows {
  std::string file;
  RawCurve raw;
  std::vector<RunCell> run;
  std::vector<Place> gpu_places, value_places;  ///< of every row
  Place measure_place;                          ///< the title of the measured column

  double most_gpus() const;
};

/// Reads `gpus`, one of throughput, throughput_per_gpu, step_s, speedup, marginal_percent and
/// marginal_fraction, and columns of `run`. `file` is the name for messages, "-" for standard input. Throws
/// InputError with file, line and column.
std::vector<UserRows> read_user_rows(const std::string& text, const std::string& file,
                                     const std::vector<RunColumn>& run);

/// Throws InputError for sizes that no machine has, values that no run has, and, unless they are to be taken
/// `as_given`, for the mistakes of validation/table_diagnostics.h.
void check_user_rows(const UserRows& rows, bool as_given);

struct UserCurve {
  MeasuredCurve curve;
  std::string warning;  ///< what had to be predicted that the table could have said; empty: nothing
};

/// The curve that `rows` are of `scenario` on `system`. Where the table holds the step on one GPU it is the
/// scenario's: a rate says so only when `batch_given`. Throws InputError with the row where rates make no
/// sense.
UserCurve user_curve(const UserRows& rows, const sim::Scenario& scenario, const sim::System& system,
                     bool batch_given);

}  // namespace scalesim::validation
