// Names of wirings.
#include "topology/machine/wiring.h"

#include <array>

namespace scalesim::topology {
namespace {
constexpr std::array<std::string_view, 5> kWirings = {"pcie", "pcie_switch", "nvbridge", "nvlink_mesh",
                                                      "nvswitch"};
}  // namespace

std::string_view to_text(NodeWiring wiring) { return kWirings.at(static_cast<std::size_t>(wiring)); }

}  // namespace scalesim::topology
