// How the samples of one step are divided over replicas and micro-batches.
#pragma once

#include <cstdint>

#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Samples of one step over all GPUs: the global batch, or the batch per GPU times the GPUs.
struct BatchPlan {
  std::int64_t global = 0, microbatch = 0;
  int microbatches = 1;
};

/// Throws InputError when the batch cannot be divided over replicas and micro-batches.
BatchPlan plan_batch(const Scenario& scenario, const Layout& layout);

}  // namespace scalesim::sim
