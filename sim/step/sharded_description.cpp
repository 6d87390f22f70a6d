// Streams: gather, reduce-scatter, and all-reduce among replicas (comm-model 7.2).
#include "sim/step/sharded_description.h"

#include <algorithm>

#include "core/error.h"
#include "sim/step/parameter_bytes.h"

namespace scalesim::sim {

using comm::Collective;

int ShardedDescription::gathers_ahead(double parameters) const {
  if (prefetch_elements == 0) return in_flight;
  return 1 + std::max(1, static_cast<int>(prefetch_elements / std::max(1.0, parameters)));
}

ShardedDescription describe_sharded_step(const Scenario& scenario, const Layout& layout,
                                         const ShardingRules& rules) {
  if (layout.pipeline > 1)
    throw InputError(
        "sharded parameters (fsdp, hsdp, zero3) and --pp exclude each other here: use zero1 with --pp");
  ShardedDescription step;
  step.layout = layout;
  if (rules.ranks_per_copy > 0) step.layout.shard = rules.ranks_per_copy;
  const comm::Group shard = shard_group(step.layout), replicas = replica_group(step.layout);
  const Bytes gradient = scenario.gradient_element;
  step.collectives = {
      UnitCollective{Collective::all_gather, shard, parameter_bytes(scenario), 1, Axis::shard},
      UnitCollective{Collective::reduce_scatter, shard, gradient, 1, Axis::shard},
      UnitCollective{Collective::all_reduce, replicas, gradient, step.layout.shard, Axis::replica}};
  step.all_passes = {ShardedPass{false, true, false}, ShardedPass{true, rules.reshard_after_forward, true}};
  step.training = scenario.compute.mode == workloads::Mode::training;
  if (scenario.overlap) {
    step.in_flight = rules.in_flight;
    step.prefetch_elements = static_cast<double>(rules.prefetch_elements);
  }
  return step;
}

}  // namespace scalesim::sim
