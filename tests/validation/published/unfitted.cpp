// Shipped rows that no constant was fitted on: fails when their mean error has grown by more than a tenth of
// itself against the figures that scripts/accuracy recorded in data/calibration/accuracy.toml.
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "core/toml.h"
#include "validation/measured_table.h"

namespace {

using namespace scalesim;

constexpr double kGrowth = 1.1;
constexpr double kRounding = 5e-5;  ///< of the recorded figures

validation::Validation validate_all(const DataCatalogue& data) {
  return validation::validate(validation::load_tables({}, data).curves, data, sim::load_step_constants(data));
}

/// Kinds that have grown worse than recorded; a kind nobody recorded is one too.
int grown(const validation::Validation& validation, const TomlTable& record) {
  int failures = 0;
  for (const validation::ErrorSummary& now : validation::summaries(validation, false)) {
    double before = -1;
    for (const TomlTable& entry : record.tables("unfitted"))
      if (entry.text("name") == now.name) before = entry.number("mape");
    const bool worse = before < 0 || now.mape > kGrowth * before + kRounding;
    failures += worse;
    fmt::print("{:24} {:4} points  mean error {:5.1f} %, recorded {:5.1f} %{}\n", now.name, now.points,
               100 * now.mape, 100 * before,
               worse ? "  GREW: scripts/accuracy records it if that is right" : "");
  }
  return failures;
}

}  // namespace

int main() {
  try {
    const DataCatalogue data = DataCatalogue::embedded();
    const validation::Validation validation = validate_all(data);
    if (!validation.warnings.empty()) throw InputError(validation.warnings.front());
    return grown(validation, data.read("calibration", "accuracy")) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return EXIT_FAILURE;
  }
}
