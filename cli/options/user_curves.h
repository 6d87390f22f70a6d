// A table of the user's own measurements, with what the command line says of the runs.
#pragma once

#include <string>
#include <vector>

#include "cli/shell/command.h"
#include "validation/user_table.h"

namespace scalesim::cli {

struct UserCurves {
  std::vector<validation::MeasuredCurve> curves;
  std::vector<std::string> warnings;
};

/// Reads `file` ("-" is standard input): besides sizes and one measure (validation/user_table.h) its columns
/// are named like options of predict (model, system, batch, ...); what no column says comes from `options`.
/// Rows with equal options are one curve. Throws InputError with file, line and column; for likely mistakes
/// too, unless --as-given.
UserCurves read_user_curves(const std::string& file, const Options& options, const DataCatalogue& data);

}  // namespace scalesim::cli
