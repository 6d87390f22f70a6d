// The fastest ways to train on one cluster, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "plan/search/way_search.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::report {

struct WaysReport {
  std::string model, cluster, throughput_unit, search;
  int gpus = 1;
  std::int64_t global_batch = 0;
  double memory = 0;  ///< bytes of one GPU
  plan::Searched searched;
  struct Row {
    std::string way;
    double memory = 0;
    sim::Outcome outcome;
    double mfu = 0;
  };
  std::vector<Row> rows;  ///< fastest first
};

/// One of the ways that the search found, timed in full on the last GPU count of `system`.
WaysReport::Row ways_row(const plan::WaySearch& search, const plan::RankedWay& way, const sim::System& system,
                         const DataCatalogue& data, const sim::StepConstants& constants);

std::string ways_text(const WaysReport& report, int terminal_width);
/// The document of schema "scalesim.ways/1" (report/schemas/ways.json).
std::string ways_json(const WaysReport& report);

}  // namespace scalesim::report
