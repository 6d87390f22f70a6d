// The memory and the arithmetic that a scenario takes in one parallel configuration.
#pragma once

#include "sim/evaluate/point_simulator.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {

/// How memory is divided in this layout with ZeRO stage `zero_stage` (0: nothing sharded).
workloads::Sharding sharding_of(const Scenario& scenario, const Layout& layout, const BatchPlan& batch,
                                int zero_stage);

/// Bytes on one GPU that trains `scenario` in this layout with ZeRO stage `zero_stage` (0: nothing sharded).
Bytes memory_needed(const Scenario& scenario, const Layout& layout, int zero_stage);

/// Micro-batches whose activations the first stage holds at once, by the schedule: all with gpipe, as many as
/// there are stages with 1f1b and zero-bubble (ZB-H1, arXiv 2401.10241), p + (p - 1) / v with v chunks
/// interleaved (Megatron-LM's warm-up, arXiv 2205.05198 section 4.2.3), rounded up.
int microbatches_in_flight(const Parallelism& parallel, int microbatches);

/// Forward and both gradients of every product: 3 x 2 x MACs (inference: forward only), `samples` samples.
double model_flops(const Scenario& scenario, double samples);

}  // namespace scalesim::sim
