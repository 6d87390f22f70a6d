// The topology document: {"schema": "scalesim.topology/1", ...}. It is also a format that topology's readers
// accept.
#pragma once

#include <string>

#include "topology/capture/reading/reading.h"
#include "topology/cluster/cluster.h"

namespace scalesim::report {

/// Devices with their facts, every pair once with class and bandwidth, findings, warnings; and the components
/// with their directed wiring, so that the document describes the machine completely. Unknown is null. Ends
/// with a newline.
std::string topology_json(const topology::MachineReport& report);

/// The same with "cluster": how many such machines there are and the fabric between them.
std::string topology_json(const topology::MachineReport& report, const topology::Cluster& cluster);

}  // namespace scalesim::report
