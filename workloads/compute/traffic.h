// How many elements a memory-bound layer reads and writes; the compute model and the probe share these
// counts.
#pragma once

#include "workloads/compute/step.h"
#include "workloads/model/layer.h"

namespace scalesim::workloads {

/// Elements moved per sample, reads and writes together.
struct Traffic {
  double forward = 0, backward = 0;
};

/// Of a layer in a kernel of its own. `index_elements`: size of max pooling's 8-byte index in elements.
Traffic traffic_of(const Layer& layer, Mode mode, double index_elements);

}  // namespace scalesim::workloads
