// Predictions beside measurements told as text, JSON and CSV.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validation/rule_of_thumb.h"
#include "validation/table_fit.h"
#include "validation/validation.h"

namespace scalesim::report {

/// Everything `scalesim validate` answers.
struct ValidationReport {
  validation::Validation validation;
  std::vector<validation::RuleAnswer> rules;
  std::vector<validation::TableFit> fits;
  std::optional<double> bound;  ///< --max-mape, as a share
};

enum class RowsShown { all, worst, none };

struct ValidationTextOptions {
  RowsShown rows = RowsShown::all;
  bool rules_in_full = false;  ///< every workload of a rule of thumb, not the nearest ones
  int width = 0;               ///< columns that the tables must fit; 0 is any
};

std::string validation_text(const ValidationReport& report, const ValidationTextOptions& options = {});
/// A rule of thumb and a fit, part of the text above.
std::string rule_text(const validation::RuleAnswer& answer, bool full);
std::string fit_text(const validation::TableFit& fit);
/// The document of schema "scalesim.validation/1" (report/schemas/validation.json).
std::string validation_json(const ValidationReport& report);
/// One line per row, a header first.
std::string validation_csv(const ValidationReport& report);

/// "resnet50 rtx3090 fp16 batch 64", "all_reduce 16 x h100-sxm": what the rows of a curve have in common.
std::string curve_label(const validation::CurveFacts& facts);
/// The row with the largest error, none when every row is a baseline.
const validation::ValidationRow* worst_row(const validation::ValidationTable& table);

}  // namespace scalesim::report
