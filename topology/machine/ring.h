// The ring over all GPUs of a machine that hurts least, and the hop that limits it.
#pragma once

#include <vector>

#include "topology/machine/machine.h"

namespace scalesim::topology {

/// GPU indices in ring order and the slowest hop between neighbours.
struct Ring {
  std::vector<int> gpus;
  PairRelation slowest;
};

/// The ring whose slowest hop is as good as can be: by bandwidth where every GPU pair's is known, else by
/// class and NVLink count. Exact while a bounded search finds one (any machine of up to 8 GPUs), else the
/// order of the numbers. Empty below two GPUs and where some pair's relation is unknown.
Ring best_ring(const Machine& machine, const std::vector<PairRelation>& relations);

}  // namespace scalesim::topology
