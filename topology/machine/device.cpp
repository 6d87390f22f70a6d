// Texts of devices.
#include "topology/machine/device.h"

#include "core/number.h"

namespace scalesim::topology {

std::string_view to_text(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::gpu:
      return "gpu";
    case ComponentKind::nic:
      return "nic";
    case ComponentKind::nvswitch:
      return "nvswitch";
    case ComponentKind::pcie_switch:
      return "pcie_switch";
    case ComponentKind::numa_node:
      return "numa_node";
    case ComponentKind::host_bridge:
      return "host_bridge";
    case ComponentKind::nic_board:
      return "nic_board";
  }
  return "";
}

std::string to_text(const DeviceId& device) {
  return std::string(to_text(device.kind)) + std::to_string(device.index);
}

std::optional<DeviceId> parse_device(std::string_view text) {
  constexpr std::size_t most_digits = 9;
  for (const ComponentKind kind : {ComponentKind::gpu, ComponentKind::nic}) {
    if (!text.starts_with(to_text(kind))) continue;
    const std::string_view number = text.substr(to_text(kind).size());
    const std::optional<unsigned> index = to_integer<unsigned>(number);
    if (!index || number.size() > most_digits) return std::nullopt;
    return DeviceId{kind, static_cast<int>(*index)};
  }
  return std::nullopt;
}

}  // namespace scalesim::topology
