// What the passes through one unit of a folded work cost on given groups.
#pragma once

#include <vector>

#include "sim/engine/collective_table.h"
#include "sim/work/folded_work.h"
#include "sim/work/layer_groups.h"

namespace scalesim::sim {

/// Seconds of a unit: compute, and waiting for the collectives inside it.
struct UnitTimes {
  struct Layer {
    double backward = 0, wait = 0;
  };
  double forward = 0, forward_wait = 0, backward = 0, backward_wait = 0;
  double weight = 0;  ///< part of `backward` that no earlier layer waits for
  std::vector<Layer> layers;
};

/// What the waits depend on beside the work.
struct UnitGroups {
  LayerGroups groups;
  bool overlap = true;
  Estimate estimate = Estimate::nominal;
  bool operator==(const UnitGroups&) const = default;
};
UnitGroups unit_groups(const Layout& layout, bool overlap, Estimate estimate);

/// One per kind.
std::vector<UnitTimes> time_units(const FoldedWork& work, const UnitGroups& groups, CollectiveTable& table);

}  // namespace scalesim::sim
