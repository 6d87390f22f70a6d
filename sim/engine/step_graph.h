// The tasks of one training step, with what of them is what.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/task_graph.h"
#include "sim/scenario/layout.h"

namespace scalesim::sim {

/// The tasks of one step, folded: one rank per pipeline stage stands for all its equals. The device of a
/// stream is the stage.
struct Step {
  TaskGraph graph;
  Layout layout;
  std::vector<int> collectives;            ///< tasks that average or gather for data parallelism
  std::vector<int> transfers;              ///< activations between stages
  std::vector<Message> transfer_messages;  ///< what each of them moves
  std::vector<int> compute;                ///< forward and backward tasks
  std::vector<int> optimizer;
  std::string bottleneck_link;  ///< what bounds the largest collective
  Bytes wire{};                 ///< buffer bytes of all collectives and transfers together, per rank
};

}  // namespace scalesim::sim
