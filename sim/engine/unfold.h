// All ranks instead of one per stage: the proof that folding changes nothing, and what differing ranks need.
#pragma once

#include "sim/engine/step_graph.h"

namespace scalesim::sim {

/// The graph with a copy of every task for each of the layout's tensor x context x data ranks of a stage.
/// Tasks of one group become rendezvous: none starts before all are ready.
TaskGraph unfold(const Step& step);

}  // namespace scalesim::sim
