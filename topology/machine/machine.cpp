// Texts of the enumerations and look-ups on a machine.
#include "topology/machine/machine.h"

#include <algorithm>

namespace scalesim::topology {

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
    case LinkKind::on_chip:
      return "on_chip";
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

namespace {

int depth_of(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::numa_node:
      return 0;
    case ComponentKind::host_bridge:
      return 1;
    case ComponentKind::pcie_switch:
      return 2;
    case ComponentKind::nic_board:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

bool hangs_below(const Machine& machine, int lower, int upper) {
  const ComponentKind below = machine.components[static_cast<std::size_t>(lower)].kind;
  const ComponentKind above = machine.components[static_cast<std::size_t>(upper)].kind;
  const bool switches = below == ComponentKind::pcie_switch && above == ComponentKind::pcie_switch;
  return switches ? upper < lower : depth_of(above) < depth_of(below);
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

std::vector<int> Machine::devices() const {
  std::vector<int> result = of_kind(ComponentKind::gpu);
  const std::vector<int> nics = of_kind(ComponentKind::nic);
  result.insert(result.end(), nics.begin(), nics.end());
  return result;
}

}  // namespace scalesim::topology
