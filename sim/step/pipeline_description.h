// What a step of data-parallel replicas, each a pipeline of stages, does, told once: what every action waits
// for, computes, averages and sends. pipeline_step.cpp makes tasks of it, fast/pipeline_recurrence.cpp
// follows it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "sim/engine/task_graph.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"
#include "sim/step/buckets.h"
#include "sim/step/pipeline.h"
#include "sim/step/rules.h"

namespace scalesim::sim {

/// Handing an activation, or its gradient, to the neighbouring stage.
struct StageSend {
  Message send;
  std::optional<Message> gather;  ///< among the receiving tensor ranks, after it
};

/// The optimizer's work on the parameters of a stage, after all its gradients are averaged.
struct StageUpdate {
  double elements = 0;
  std::array<Message, 2> all_gathers;  ///< of the new parameters, one after the other
  std::size_t gather_count = 0;

  std::span<const Message> gathers() const { return {all_gathers.data(), gather_count}; }
};

struct PipelineDescription {
  PipelineShape shape;
  bool training = true;
  bool overlap = true;           ///< of compute with averages and sends
  bool splits_backward = false;  ///< weight gradients are a pass of their own

  /// `activation` as one rank of a tensor group holds it: whole, or its part of the sequence.
  StageSend send(Bytes activation) const;

  // --- Averaging of gradients ---

  bool averages = false;                   ///< there are several replicas
  bool averages_every_microbatch = false;  ///< else only after the last (no_sync)
  comm::Collective average = comm::Collective::all_reduce;
  std::array<comm::Group, 2> replicas;  ///< of dense parameters and of experts
  BucketRules buckets;

  /// The gradients of a micro-batch are complete and averaged after this pass.
  bool averages_after(Pass pass, int microbatch) const {
    return averages && (averages_every_microbatch || microbatch + 1 == shape.microbatches) &&
           pass == (splits_backward ? Pass::weight : Pass::backward);
  }
  const comm::Group& replicas_of(bool expert) const { return replicas[expert ? 1 : 0]; }

  // --- Before and after the passes ---

  bool broadcasts_buffers = false;
  bool sharded_update = false;
  Bytes parameter{};
  double dense_copies = 1, expert_copies = 1;  ///< ranks that hold equal parameters

  /// DistributedDataParallel sends rank 0's batch-norm statistics to all before the forward.
  std::optional<Message> before_forward(Bytes buffers) const;
  /// Sharded, each rank updates its share and then gathers the others'.
  StageUpdate update(double parameters, double expert_parameters) const;

  comm::Group neighbours, tensor_ranks;
  bool sequence_parallel = false;
};

PipelineDescription describe_pipeline_step(const Scenario& scenario, const Layout& layout, int microbatches,
                                           const GradientRules& rules, bool splits_backward);

/// What happens in one pass of a micro-batch through a virtual stage. `stage` adds tasks or moves clocks:
/// `compute()` the pass as a whole, `compute_by_buckets()` in segments that end where a bucket of gradients
/// is full (with overlap its average starts there), `average_all()` starts all of them now, and `hand_on()`
/// tells `to` (none: nobody has to be sent anything) that the pass is done.
template <class Stage>
void perform(const PipelineDescription& step, Pass pass, int virtual_stage, int microbatch, Stage&& stage) {
  const bool averages = step.averages_after(pass, microbatch);
  const bool by_buckets = averages && pass == Pass::backward;
  if (by_buckets)
    stage.compute_by_buckets();
  else
    stage.compute();
  if (averages && !(by_buckets && step.overlap)) stage.average_all();
  if (pass != Pass::weight) stage.hand_on(step.shape.sends_to(pass, virtual_stage));
}

}  // namespace scalesim::sim
