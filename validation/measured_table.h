// Tables of measured figures as data/tables/*.toml holds them: one file per source or family of curves.
#pragma once

#include <string>
#include <vector>

#include "validation/validation.h"

namespace scalesim::validation {

/// A rule of thumb: what each added unit brings, in shares of one unit's performance.
struct RuleOfThumb {
  std::string name, description, source, system;
  std::vector<std::string> gpus;  ///< catalogue names, each held against the rule
  std::string unit = "GPU";       ///< what is added: "GPU" or "server"
  int gpus_per_unit = 1;
  std::string nic;                     ///< "": the system's own
  std::vector<double> marginal;        ///< of the first, second, ... unit
  double rounding = 0;                 ///< what a share may be off, for the rule is stated in steps
  std::vector<std::string> workloads;  ///< models to hold against it
};

/// Everything in data/tables.
struct MeasuredTables {
  std::vector<MeasuredCurve> curves;
  std::vector<RuleOfThumb> rules;
  std::vector<std::pair<std::string, std::string>> descriptions;  ///< table name, one sentence
};

/// Tables by name, or all of them when `names` is empty. Throws InputError with the place of a mistake in a
/// file, or with the nearest name.
MeasuredTables load_tables(const std::vector<std::string>& names, const DataCatalogue& data);

}  // namespace scalesim::validation
