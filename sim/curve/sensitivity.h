// What a step depends on, found by simulating it again with one thing changed at a time.
#pragma once

#include "sim/curve/prediction.h"
#include "sim/scenario/constants.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// At `gpus` GPUs: links, GPU arithmetic, GPU memory, latency, batch and input each 10 % better (only those
/// that the point has), and the switches: overlap, half-precision gradients, fused kernels, tensor groups
/// inside nodes. A link that is 10 % faster carries what it bounds as if messages were that much smaller.
Explanation explain_point(const Scenario& scenario, const System& system, int gpus, const DataCatalogue& data,
                          const StepConstants& constants);

/// Explains the largest fitting point of every curve. `prediction` comes from predict() of the same question.
void explain(Prediction& prediction, const Scenario& scenario, const std::vector<System>& systems,
             const DataCatalogue& data);

}  // namespace scalesim::sim
