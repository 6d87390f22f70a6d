// Rates that follow from a printed link.
#include "topology/capture/reading/pcie.h"

#include <cmath>

#include "topology/capture/text/text.h"
#include "topology/machine/nccl_constants.h"

namespace scalesim::topology {

std::optional<double> pcie_lane_rate(std::string_view link_speed) {
  const std::optional<double> rate = leading_number(link_speed);
  if (!rate || link_speed.find("GT/s") == std::string_view::npos) return std::nullopt;
  double lane = kGen3LaneRate / 4;  // 2.5 GT/s
  for (double generation : {2.5, 5.0, 8.0, 16.0, 32.0, 64.0}) {
    if (std::abs(*rate - generation) < 0.01) return lane;
    lane *= 2;
  }
  return std::nullopt;
}

std::optional<BytesPerSecond> inter_socket_bandwidth(std::string_view cpu_vendor, int cpu_model) {
  if (cpu_vendor.empty()) return std::nullopt;
  return nccl_inter_socket_bandwidth(cpu_vendor, cpu_model);
}

}  // namespace scalesim::topology
