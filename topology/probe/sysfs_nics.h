// RDMA adapters as Linux lists them.
#pragma once

#include <string>
#include <vector>

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// The adapters below `folder` (normally /sys/class/infiniband) with state, rate, NUMA node and bus id of
/// their device; empty when there is no such folder. What a file does not say stays unknown.
std::vector<NicReading> sysfs_nics(const std::string& folder);

}  // namespace scalesim::topology
