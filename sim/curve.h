// One curve: every point of one system.
#pragma once

#include "core/data_catalogue.h"
#include "sim/constants.h"
#include "sim/layout.h"
#include "sim/point_simulator.h"
#include "sim/prediction.h"
#include "sim/scenario.h"

namespace scalesim::sim {

Curve make_curve(const Scenario& scenario, const System& system, const DataCatalogue& data,
                 const StepConstants& constants);

/// How memory is divided in this layout with ZeRO stage `zero_stage` (0: nothing sharded).
workloads::Sharding sharding_of(const Scenario& scenario, const Layout& layout, const BatchPlan& batch,
                                int zero_stage);

/// Bytes on one GPU that trains `scenario` in this layout with ZeRO stage `zero_stage` (0: nothing sharded).
Bytes memory_needed(const Scenario& scenario, const Layout& layout, int zero_stage);

/// Forward and both gradients of every product: 3 x 2 x MACs (inference: forward only), `samples` samples.
double model_flops(const Scenario& scenario, double samples);

}  // namespace scalesim::sim
