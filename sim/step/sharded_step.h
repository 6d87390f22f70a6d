// One step with parameters divided over ranks and gathered block by block: the common body of FSDP, HSDP and
// ZeRO 3.
#pragma once

#include "sim/step/strategy.h"

namespace scalesim::sim {

/// Throws InputError as describe_sharded_step does.
Step build_sharded_step(const StepInputs& inputs, const ShardingRules& rules);

}  // namespace scalesim::sim
