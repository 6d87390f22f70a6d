// What a collective costs the compute beside it: SMs for its channels and memory bandwidth for its bytes.
#pragma once

#include "comm/collective/model.h"
#include "sim/engine/task_graph.h"
#include "sim/scenario/constants.h"
#include "topology/parts/gpu.h"

namespace scalesim::sim {

/// Rates while `collective` runs for `time` moving `bytes` among `group` on `gpu` (comm-model 7.5): compute
/// loses the share of SMs that the channels hold, or half the share of memory bandwidth that a ring's copies
/// take (about three passes of the bus bytes), times StepConstants::compute_loss; the collective loses
/// StepConstants::communication_loss of its rate to busy memory and SMs.
Interference interference(comm::Collective collective, Bytes bytes, const comm::Group& group,
                          const comm::CollectiveTime& time, const topology::GpuSpec& gpu,
                          const StepConstants& constants);

}  // namespace scalesim::sim
