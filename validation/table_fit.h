// What a table of speed-ups says about the machine it was measured on, and what it says about larger sizes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validation/effective_model.h"
#include "validation/validation.h"

namespace scalesim::validation {

/// One parameter in units people know.
struct FittedParameter {
  std::string name;  ///< "latency", "bus bandwidth", "contention exponent", "overlap"
  double value = 0, low = 0, high = 0;
  std::string text, range;  ///< as printed
  bool identifiable = true;
  std::string remark;  ///< what stands in the way when it is not
};

/// A row that the fit did not see, or a size that nobody measured (`measured` is 0).
struct PredictedRow {
  int gpus = 1;
  double measured = 0, predicted = 0, low = 0, high = 0, error = 0;
  double simulated = 0;  ///< the simulator's own answer, 0 where it has none
};

struct TableFit {
  std::string curve;
  std::vector<FittedParameter> parameters;
  double residual = 0, noise = 0;
  int rows_used = 0;
  std::vector<PredictedRow> held_out;  ///< predicted by a fit to the rows before
  std::vector<PredictedRow> next;      ///< beyond the table, by a fit to all rows
  std::vector<std::string> notes;
  std::string reading;  ///< one or two sentences in a buyer's words
};

struct TableFitOptions {
  int leave_last = 0;  ///< 0: a quarter of the rows, at least one
};

/// Throws InputError when the curve has fewer than three sizes, or `leave_last` leaves fewer than two.
TableFit fit_table(const MeasuredCurve& curve, const TableFitOptions& options, const DataCatalogue& data);

}  // namespace scalesim::validation
