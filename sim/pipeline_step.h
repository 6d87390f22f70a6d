// One step of data-parallel replicas, each a pipeline of stages: the common body of ddp and the ZeRO stages
// that keep whole parameters.
#pragma once

#include "sim/strategy.h"

namespace scalesim::sim {

/// How gradients are averaged and the update is shared.
struct GradientRules {
  comm::Collective collective = comm::Collective::all_reduce;
  Bytes first{}, bucket{};        ///< bucket limits
  bool every_microbatch = false;  ///< else only after the last (no_sync)
  bool sharded_update = false;    ///< each rank updates its share and the parameters are gathered
};

Step build_pipeline_step(const StepInputs& inputs, const GradientRules& rules);

/// Bytes of one parameter as it is gathered and computed with.
Bytes parameter_bytes(const Scenario& scenario);

}  // namespace scalesim::sim
