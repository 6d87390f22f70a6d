// Components and links from what a matrix shows: a picture of the machine that explains every cell.
#pragma once

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// `reading` with components and links. PIX and PSB groups share a PCIe switch, PXB groups a switch above it,
/// PHB groups a host bridge where NODE cells tell several apart, NODE groups a NUMA node; SYS joins NUMA
/// nodes. Equal NV# between all GPUs that no mesh could hold is an NVSwitch, other NV# are direct links.
/// Bandwidths are filled in later. A reading with components keeps them, and gains the NVLinks of a matrix
/// where its own file (a provider's static XML) names none.
Reading with_wiring(Reading reading);

}  // namespace scalesim::topology
