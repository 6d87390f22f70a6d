// The user's own measurements: a CSV file whose columns are sizes, one measure, and any option that describes
// a run.
#pragma once

#include <string>
#include <vector>

#include "cli/shell/command.h"
#include "validation/table_diagnostics.h"
#include "validation/validation.h"

namespace scalesim::cli {

struct UserTable {
  std::vector<validation::MeasuredCurve> curves;
  std::vector<std::string> warnings;
};

/// Reads `file` ("-" is standard input): `gpus`, one of throughput, throughput_per_gpu, step_s, speedup,
/// marginal_percent and marginal_fraction, and columns named like options of predict (model, system, batch,
/// ...); what no column says comes from `options`. Rows with equal options are one curve. Throws InputError
/// with file, line and column; the mistakes of validation/table_diagnostics.h too, unless --as-given.
UserTable read_user_table(const std::string& file, const Options& options, const DataCatalogue& data);

}  // namespace scalesim::cli
