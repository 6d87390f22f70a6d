// Which sharding a layout means for the memory model.
#include "sim/evaluate/memory_needed.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {

int microbatches_in_flight(const Parallelism& p, int microbatches, const Pipeline& pipeline) {
  return p.pipeline == 1 ? 1 : pipeline.microbatches_in_flight({p.pipeline, microbatches, p.virtual_stages});
}

workloads::Sharding sharding_of(const Scenario& scenario, const Layout& layout, const BatchPlan& batch,
                                int zero_stage, const Pipeline& pipeline) {
  workloads::Sharding sharding;
  sharding.zero_stage = zero_stage;
  sharding.data_parallel = layout.replicas();
  sharding.tensor_parallel = layout.tensor;
  sharding.pipeline_parallel = layout.pipeline;
  sharding.microbatches_in_flight = microbatches_in_flight(scenario.parallel, batch.microbatches, pipeline);
  sharding.sequence_parallel = scenario.parallel.sequence_parallel;
  return sharding;
}

Bytes memory_needed(const Scenario& scenario, const Layout& layout, int zero_stage) {
  const BatchPlan batch = plan_batch(scenario, layout);
  workloads::ComputeSettings settings = scenario.compute;
  settings.batch = batch.microbatch;
  const workloads::Sharding sharding =
      sharding_of(scenario, layout, batch, zero_stage, *find_pipeline(scenario.parallel));
  return workloads::memory_use(scenario.model, settings, sharding).total();
}

double model_flops(const Scenario& scenario, double samples) {
  const double passes = scenario.compute.mode == workloads::Mode::training ? 3 : 1;
  return passes * 2.0 * static_cast<double>(scenario.model.macs()) * samples;
}

}  // namespace scalesim::sim
