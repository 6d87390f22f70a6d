// Bandwidths that a captured text leaves out and a data sheet knows.
#pragma once

#include "topology/capture/reading/reading.h"
#include "topology/machine/machine.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {

/// `report` with GPU parts looked up by product name, and every link bandwidth that follows from what was
/// printed (NVLink rates, PCIe generation and width) or else from the part's data sheet. What neither knows
/// stays unknown.
MachineReport with_rates(MachineReport report, const GpuCatalogue& gpus);

/// `machine` as if its GPUs of unknown part were `gpu`: for captures that name no product.
Machine with_gpu(Machine machine, const GpuSpec& gpu);

}  // namespace scalesim::topology
