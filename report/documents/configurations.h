// The fastest configurations to train on one cluster, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "plan/search/configuration_search.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::report {

struct ConfigurationsReport {
  std::string model, cluster, throughput_unit, search;
  int gpus = 1;
  std::int64_t global_batch = 0;
  double memory = 0;  ///< bytes of one GPU
  plan::Searched searched;
  struct Row {
    std::string configuration;
    double memory = 0;
    sim::Outcome outcome;
    double mfu = 0;
  };
  std::vector<Row> rows;  ///< fastest first
};

/// One of the configurations that the search found, timed in full on the last GPU count of `system`.
ConfigurationsReport::Row configurations_row(const plan::ConfigurationSearch& search,
                                             const plan::RankedConfiguration& ranked,
                                             const sim::System& system, const DataCatalogue& data,
                                             const sim::StepConstants& constants);

std::string configurations_text(const ConfigurationsReport& report, int terminal_width);
/// The document of schema "scalesim.ways/1" (report/schemas/ways.json).
std::string configurations_json(const ConfigurationsReport& report);

}  // namespace scalesim::report
