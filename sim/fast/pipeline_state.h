// What is known of a pipeline while its actions are followed: the clocks of every stage, and when activations
// and their gradients arrive.
#pragma once

#include <vector>

#include "sim/fast/backward_segments.h"
#include "sim/fast/linearised_schedule.h"

namespace scalesim::sim {

struct StageClocks {
  double free = 0;  ///< end of what its compute stream does
  double sent[3] = {0, 0,
                    0};  ///< end of the last send of a forward and of a backward pass; the third sends none
  double sending = 0;    ///< part of the compute stream after its last pass
};

/// What collectives beside its passes do to a stage.
struct StageStream {
  double more_compute = 0, more_wait = 0;  ///< beyond what its passes take undisturbed
  CommunicationStream line;
  PassMemory memory;  ///< of the last pass that was followed segment by segment
};

class PipelineState {
 public:
  void start(const PipelineShape& shape) {
    virtual_stages_ = shape.virtual_stages();
    columns_ = columns_of(virtual_stages_);
    const std::size_t cells = columns_ * static_cast<std::size_t>(shape.microbatches);
    if (arrived_.size() < cells) arrived_.resize(cells);
    clocks.assign(static_cast<std::size_t>(shape.stages), {});
    lines.resize(clocks.size());
    for (StageStream& stage : lines) {
      stage.more_compute = stage.more_wait = 0;
      stage.line.reset();
      stage.memory.gradients = nullptr;
    }
  }

  /// When a micro-batch is there for the passes: see columns_of.
  double* arrivals(int microbatch) {
    return arrived_.data() + static_cast<std::size_t>(microbatch) * columns_;
  }
  double arrived(const ScheduledAction& action) {
    return arrivals(action.microbatch)[column_of(action.pass, action.virtual_stage, virtual_stages_)];
  }
  /// The cell that a action writes.
  double& handed_on(const ScheduledAction& action) {
    return arrivals(action.microbatch)[column_written(action.pass, action.virtual_stage, virtual_stages_)];
  }

  std::vector<StageClocks> clocks;  ///< one per stage
  std::vector<StageStream> lines;

 private:
  int virtual_stages_ = 1;
  std::size_t columns_ = 0;
  std::vector<double> arrived_;
};

}  // namespace scalesim::sim
