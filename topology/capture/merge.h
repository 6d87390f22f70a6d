// Several readings of one machine made one. What two files say differently is a finding, never a silent
// choice.
#pragma once

#include <vector>

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// GPUs are matched by UUID, then bus id, then index; NICs by name, then index. The first file to speak wins
/// a contradiction. Components and links are those of the first reading that knows the wiring.
Reading merge(const std::vector<Reading>& readings);

}  // namespace scalesim::topology
