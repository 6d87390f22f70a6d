// The machine scalesim runs on: what nvidia-smi prints if it is there, and hwloc's view of sockets, NUMA
// nodes and network adapters.
#pragma once

#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {

/// Never throws for what is missing: a machine without nvidia-smi has no GPUs here, a build without hwloc no
/// sockets. `machine.source` names what was read.
MachineReport read_local_machine(const GpuCatalogue& gpus);

}  // namespace scalesim::topology
