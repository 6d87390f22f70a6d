// Texts of devices.
#include "topology/machine/device.h"

#include <charconv>

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
    if (number.empty() || number.size() > most_digits) return std::nullopt;
    if (number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    DeviceId device{kind, 0};
    std::from_chars(number.data(), number.data() + number.size(), device.index);
    return device;
  }
  return std::nullopt;
}

}  // namespace scalesim::topology
