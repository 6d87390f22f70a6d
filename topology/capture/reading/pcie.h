// Rates that follow from a printed link: PCIe generations and the links between CPU sockets.
#pragma once

#include <optional>
#include <string_view>

#include "core/units.h"

namespace scalesim::topology {

/// Usable bytes/s of one gen3 lane as NCCL counts it (12 GB/s for x16; topo-format 3.2).
inline constexpr double kGen3LaneRate = 0.75e9;

/// Usable bytes/s of one lane for "16 GT/s" or "16.0 GT/s PCIe"; nothing for other text.
std::optional<double> pcie_lane_rate(std::string_view link_speed);

/// NCCL's constant between two sockets of this CPU; nothing when the CPU is not known.
std::optional<BytesPerSecond> inter_socket_bandwidth(std::string_view cpu_vendor, int cpu_model);

}  // namespace scalesim::topology
