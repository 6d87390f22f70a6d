// The parts of a machine by kind and number: how devices are named everywhere inside the program. Texts such
// as "gpu0" exist only where something is read or written.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace scalesim::topology {

/// A host_bridge joins PCIe to the CPU (a root complex); a nic_board carries several ports behind one PCIe
/// link.
enum class ComponentKind { gpu, nic, nvswitch, pcie_switch, numa_node, host_bridge, nic_board };
std::string_view to_text(ComponentKind kind);

/// One part of a machine; `index` counts within its kind.
struct DeviceId {
  ComponentKind kind = ComponentKind::gpu;
  int index = 0;

  auto operator<=>(const DeviceId&) const = default;
};
std::string to_text(const DeviceId& device);  ///< "gpu0", "nic3"
/// A GPU or a NIC from "gpu0" or "nic3"; nothing for any other text.
std::optional<DeviceId> parse_device(std::string_view text);

}  // namespace scalesim::topology
