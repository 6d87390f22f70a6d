// What NCCL takes the links of a machine to carry: its own constants, which its graph search and therefore
// its choices rest on. They are usable rates, below the nominal ones of data sheets.
#pragma once

#include <string_view>

#include "core/units.h"
#include "topology/machine/machine.h"

namespace scalesim::topology {

/// One NVLink, one direction, by compute capability (80 for 8.0): sm60 18, sm70 20, sm80 20, sm86 12,
/// sm90 20.6, sm100 40.1 GB/s (NCCL src/graph/topo.h at 2.30.7; comm-model 2.2).
BytesPerSecond nccl_nvlink_bandwidth(int compute_capability);

/// Between two sockets, one direction, by CPU vendor as cpuid prints it and family-6 model number: Intel
/// Broadwell 6, Skylake 10, Sapphire Rapids 22, Emerald Rapids 40; AMD 16; ARM 6; POWER 32; Zhaoxin 6 GB/s.
/// Unknown: Broadwell's.
BytesPerSecond nccl_inter_socket_bandwidth(std::string_view cpu_vendor, int cpu_model);

/// A link as NCCL rates it; `compute_capability` is that of the GPUs at its ends and matters for NVLink only.
/// NVLinks of other vendors' parts and links without a constant keep their own bandwidth.
BytesPerSecond nccl_link_bandwidth(const Machine& machine, const Link& link, int compute_capability);

}  // namespace scalesim::topology
