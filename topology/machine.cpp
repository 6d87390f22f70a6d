// Texts of the enumerations and look-ups on a machine.
#include "topology/machine.h"

#include <algorithm>

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
  }
  return "";
}

std::string_view to_text(LinkKind kind) {
  switch (kind) {
    case LinkKind::nvlink:
      return "nvlink";
    case LinkKind::c2c:
      return "c2c";
    case LinkKind::pcie:
      return "pcie";
    case LinkKind::inter_socket:
      return "inter_socket";
    case LinkKind::xgmi:
      return "xgmi";
  }
  return "";
}

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::advice:
      return "advice";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

std::vector<int> Machine::of_kind(ComponentKind kind) const {
  std::vector<int> result;
  for (int i = 0; i < static_cast<int>(components.size()); ++i)
    if (components[static_cast<std::size_t>(i)].kind == kind) result.push_back(i);
  std::sort(result.begin(), result.end(), [&](int a, int b) {
    return components[static_cast<std::size_t>(a)].index < components[static_cast<std::size_t>(b)].index;
  });
  return result;
}

}  // namespace scalesim::topology
