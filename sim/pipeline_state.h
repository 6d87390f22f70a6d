// What is known of a pipeline while its slots are followed: the clocks of every stage, and when activations
// and their gradients arrive.
#pragma once

#include <vector>

#include "sim/device_line.h"
#include "sim/slot_program.h"

namespace scalesim::sim {

struct StageState {
  double free = 0;                         ///< end of what its compute stream does
  double sent[2] = {0, 0};                 ///< end of the last send, of a forward and of a backward pass
  double sending = 0;                      ///< part of the compute stream after its last pass
  double more_compute = 0, more_wait = 0;  ///< beyond what its passes take undisturbed
  DeviceLine line;
};

class PipelineState {
 public:
  void start(const PipelineShape& shape) {
    columns_ = static_cast<std::size_t>(shape.stages) * static_cast<std::size_t>(shape.chunks) + 1;
    const std::size_t cells = columns_ * static_cast<std::size_t>(shape.microbatches);
    for (std::vector<double>& pass : arrived_)
      if (pass.size() < cells) pass.resize(cells);
    stages.resize(static_cast<std::size_t>(shape.stages));
    for (StageState& stage : stages) {
      stage.line.reset();
      stage.free = stage.sent[0] = stage.sent[1] = stage.sending = stage.more_compute = stage.more_wait = 0;
    }
  }

  /// When a micro-batch is there for a pass of a virtual stage. One column is nobody's, for what the last
  /// virtual stage hands on forward and the first one backward.
  double& arrived(Pass pass, int virtual_stage, int microbatch) {
    const int column = pass == Pass::forward ? virtual_stage : virtual_stage + 1;
    return arrived_[pass == Pass::forward ? 0 : 1]
                   [static_cast<std::size_t>(microbatch) * columns_ + static_cast<std::size_t>(column)];
  }
  /// The cell that a slot writes.
  double& handed_on(const ProgramSlot& slot) {
    return arrived(slot.pass, slot.pass == Pass::forward ? slot.virtual_stage + 1 : slot.virtual_stage - 1,
                   slot.microbatch);
  }

  std::vector<StageState> stages;

 private:
  std::size_t columns_ = 0;
  std::vector<double> arrived_[2];
};

}  // namespace scalesim::sim
