// One curve: every point of one system.
#pragma once

#include <functional>

#include "core/data_catalogue.h"
#include "sim/curve/prediction.h"
#include "sim/evaluate/step_evaluator.h"
#include "sim/scenario/constants.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// `point_done` is called after each point.
Curve make_curve(const Scenario& scenario, const System& system, const DataCatalogue& data,
                 const StepConstants& constants, const std::function<void()>& point_done = {});

}  // namespace scalesim::sim
