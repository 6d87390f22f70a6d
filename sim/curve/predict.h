// predict(): from a scenario and systems to speed-up curves. A pure function: equal inputs, equal answer.
#pragma once

#include <functional>
#include <vector>

#include "core/data_catalogue.h"
#include "sim/curve/prediction.h"
#include "sim/scenario/constants.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Throws InputError for an unknown strategy, parallel sizes that do not divide, or a batch that cannot be
/// divided. A model that does not fit in memory is a result: Point::fits is false. `point_done` is called
/// after each point, for a progress bar.
Prediction predict(const Scenario& scenario, const std::vector<System>& systems, const DataCatalogue& data,
                   const std::function<void()>& point_done = {});

}  // namespace scalesim::sim
