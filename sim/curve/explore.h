// The same question asked on a grid of batch sizes and link speeds, so a page can answer "what if" by
// interpolation.
#pragma once

#include <functional>
#include <vector>

#include "core/data_catalogue.h"
#include "sim/curve/prediction.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Batches from a quarter to four times the scenario's (only its own when the global batch or the step's time
/// is given) by links from a quarter to four times as fast. A batch that cannot be divided as the scenario
/// asks is left out; a point that does not fit in memory has no value. `point_done` is called after each
/// point.
Grid explore(const Scenario& scenario, const std::vector<System>& systems, const DataCatalogue& data,
             const std::function<void()>& point_done = {});

/// Predictions that explore() makes of each point, at the most.
int explored_settings(const Scenario& scenario);

}  // namespace scalesim::sim
