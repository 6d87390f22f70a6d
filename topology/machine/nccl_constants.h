// What NCCL takes the links of a machine to carry: its own constants, which its graph search and therefore
// its choices rest on. They are usable rates, below the nominal ones of data sheets.
#pragma once

#include <string_view>

#include "core/units.h"
#include "topology/machine/machine.h"

namespace scalesim::topology {

/// Between two sockets, one direction, by CPU vendor as cpuid prints it and family-6 model number: Intel
/// Broadwell 6, Skylake 10, Sapphire Rapids 22, Emerald Rapids 40; AMD 16; ARM 6; POWER 32; Zhaoxin 6 GB/s.
/// Unknown: Broadwell's.
BytesPerSecond nccl_inter_socket_bandwidth(std::string_view cpu_vendor, int cpu_model);

/// A link as NCCL rates it; `compute_capability` is that of the GPUs at its ends and matters for NVLink only.
/// NVLinks of other vendors' parts and links without a constant keep their own bandwidth.
BytesPerSecond nccl_link_bandwidth(const Machine& machine, const Link& link, int compute_capability);

}  // namespace scalesim::topology
