// predict(): from a scenario and systems to speed-up curves. A pure function: equal inputs, equal answer.
#pragma once

#include <vector>

#include "core/data_catalogue.h"
#include "sim/prediction.h"
#include "sim/scenario.h"

namespace scalesim::sim {

/// Constants of a step that are neither compute nor network; from data/calibration/step.toml.
struct StepConstants {
  double rank_deviation = 0;  ///< relative standard deviation of a rank's step time against its equals
  Provenance provenance = Provenance::assumed;
  std::string source;
};
StepConstants load_step_constants(const DataCatalogue& data);

/// Throws InputError for an unknown strategy, or a batch that cannot be divided. A model that does not fit in
/// memory is a result: Point::fits is false.
Prediction predict(const Scenario& scenario, const std::vector<System>& systems, const DataCatalogue& data);

}  // namespace scalesim::sim
