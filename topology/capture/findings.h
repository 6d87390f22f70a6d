// What in a machine will hurt scaling, with what to do about it and what it costs.
#pragma once

#include <string>
#include <vector>

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// `report` with its findings completed, the gravest first. Codes are stable: nvlink-inactive,
/// gpus-across-sockets, pcie-generation, nic-far, peer-access-missing, mig-on, ... (docs list them); costs
/// are bandwidths of one direction.
MachineReport with_findings(MachineReport report);

}  // namespace scalesim::topology
