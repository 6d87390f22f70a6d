// From scenario, layout and the strategy's rules.
#include "sim/step/pipeline_description.h"

#include "sim/step/parameter_bytes.h"

namespace scalesim::sim {

using comm::Collective;

/// Tensor ranks hold equal activations: each sends its part (Megatron-LM's scatter-gather optimisation), and
/// without sequence parallelism the receivers gather it.
StageSend PipelineDescription::send(Bytes activation) const {
  if (sequence_parallel || tensor_ranks.ranks == 1)
    return {{Collective::send_receive, activation, neighbours}, std::nullopt};
  return {{Collective::send_receive, activation / tensor_ranks.ranks, neighbours},
          Message{Collective::all_gather, activation, tensor_ranks}};
}

std::optional<Message> PipelineDescription::before_forward(Bytes buffers) const {
  if (!averages || !broadcasts_buffers || shape.stages > 1 || buffers <= Bytes(0)) return std::nullopt;
  return Message{Collective::broadcast, buffers, replicas_of(false)};
}

StageUpdate PipelineDescription::update(double parameters, double expert_parameters) const {
  StageUpdate update;
  update.elements = parameters + expert_parameters;
  if (!sharded_update) return update;
  update.elements = parameters / dense_copies + expert_parameters / expert_copies;
  const auto gather = [&](double elements, bool expert) {
    update.all_gathers[update.gather_count++] = {Collective::all_gather, parameter * elements,
                                                 replicas_of(expert)};
  };
  if (dense_copies > 1) gather(parameters, false);
  if (expert_parameters > 0 && expert_copies > 1) gather(expert_parameters, true);
  return update;
}

PipelineDescription describe_pipeline_step(const Scenario& scenario, const Layout& layout, int microbatches,
                                           const GradientRules& rules, bool splits_backward) {
  PipelineDescription step;
  step.shape = {layout.pipeline, microbatches, scenario.parallel.virtual_stages};
  step.training = scenario.compute.mode == workloads::Mode::training;
  step.overlap = scenario.overlap;
  step.splits_backward = splits_backward;
  step.averages = step.training && layout.replicas() > 1;
  step.averages_every_microbatch = rules.every_microbatch;
  step.average = rules.collective;
  step.replicas = {gradient_group(layout), expert_gradient_group(layout)};
  step.buckets = {rules.first, rules.bucket, scenario.gradient_element};
  step.broadcasts_buffers = scenario.broadcast_buffers;
  step.sharded_update = rules.sharded_update;
  step.parameter = parameter_bytes(scenario);
  step.dense_copies = layout.replicas();
  step.expert_copies = step.dense_copies / layout.expert;
  step.neighbours = neighbour_stages(layout);
  step.tensor_ranks = tensor_group(layout);
  step.sequence_parallel = scenario.parallel.sequence_parallel;
  return step;
}

}  // namespace scalesim::sim
