// One step of data-parallel replicas, each a pipeline of stages: the common body of ddp and the ZeRO stages
// that keep whole parameters.
#pragma once

#include "sim/step/strategy.h"

namespace scalesim::sim {

Step build_pipeline_step(const StepInputs& inputs, const GradientRules& rules);

}  // namespace scalesim::sim
