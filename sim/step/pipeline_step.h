// One step of data-parallel replicas, each a pipeline of stages: the common body of ddp and the ZeRO stages
// that keep whole parameters.
#pragma once

#include "sim/step/strategy.h"

namespace scalesim::sim {

Step build_pipeline_step(const StepInputs& inputs, const GradientRules& rules);

/// Bytes of one parameter as it is gathered and computed with.
Bytes parameter_bytes(const Scenario& scenario);

}  // namespace scalesim::sim
