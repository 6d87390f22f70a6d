// Divides, or says what would divide.
#include "sim/evaluate/batch_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace scalesim::sim {

BatchPlan plan_batch(const Scenario& scenario, const Layout& layout) {
  BatchPlan plan;
  plan.global = scenario.global_batch ? *scenario.global_batch : scenario.compute.batch * layout.gpus;
  if (plan.global % layout.data != 0)
    throw InputError(fmt::format("batch of {} cannot be divided over {} replicas: give a multiple of {}",
                                 plan.global, layout.data, layout.data));
  const std::int64_t replica = plan.global / layout.data;
  plan.microbatch = scenario.parallel.microbatch;
  if (plan.microbatch == 0) plan.microbatch = layout.pipeline > 1 ? 1 : replica / scenario.accumulation;
  if (plan.microbatch == 0 || replica % plan.microbatch != 0)
    throw InputError(fmt::format("the {} samples of a replica cannot be divided into micro-batches of {}",
                                 replica, std::max<std::int64_t>(1, plan.microbatch)));
  plan.microbatches = static_cast<int>(replica / plan.microbatch);
  return plan;
}

}  // namespace scalesim::sim
