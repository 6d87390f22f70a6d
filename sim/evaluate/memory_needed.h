// The memory and the arithmetic that a scenario takes in one parallel configuration.
#pragma once

#include "sim/evaluate/batch_plan.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"
#include "sim/step/pipeline.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {

/// How memory is divided in this layout with ZeRO stage `zero_stage` (0: nothing sharded) and the scenario's
/// schedule.
workloads::Sharding sharding_of(const Scenario& scenario, const Layout& layout, const BatchPlan& batch,
                                int zero_stage, const Pipeline& pipeline);

/// Bytes on one GPU that trains `scenario` in this layout with ZeRO stage `zero_stage` (0: nothing sharded).
Bytes memory_needed(const Scenario& scenario, const Layout& layout, int zero_stage);

/// Micro-batches whose activations a GPU holds at once: of the first stage, one without a pipeline.
int microbatches_in_flight(const Parallelism& parallel, int microbatches, const Pipeline& pipeline);

/// Forward and both gradients of every product: 3 x 2 x MACs (inference: forward only), `samples` samples.
double model_flops(const Scenario& scenario, double samples);

}  // namespace scalesim::sim
