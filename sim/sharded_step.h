// One step with parameters divided over ranks and gathered block by block: the common body of FSDP, HSDP and
// ZeRO 3.
#pragma once

#include "sim/strategy.h"

namespace scalesim::sim {

struct ShardingRules {
  bool reshard_after_forward = true;   ///< else parameters stay gathered until the backward has used them
  int in_flight = 2;                   ///< gathers that may be ahead of their use (FSDP's rate limiter)
  std::int64_t prefetch_elements = 0;  ///< when set: as many gathers ahead as fit in this many elements
};

/// Throws InputError with pipeline parallelism: every micro-batch would gather every parameter again.
Step build_sharded_step(const StepInputs& inputs, const ShardingRules& rules);

}  // namespace scalesim::sim
