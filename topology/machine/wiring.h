// The ways in which the GPUs of one node are joined.
#pragma once

#include <string_view>

namespace scalesim::topology {

/// How the GPUs of one node are joined.
enum class NodeWiring { pcie, pcie_switch, nvbridge, nvlink_mesh, nvswitch };
std::string_view to_text(NodeWiring wiring);

}  // namespace scalesim::topology
