// How far apart two devices of a machine are, in NCCL's classes.
#pragma once

#include <string_view>

namespace scalesim::topology {

/// NCCL's path classes, closest first (topo-format 3.3; NCCL src/graph/topo.h): loc self; nvl NVLink; nvb
/// NVLink through one GPU; c2c chip to chip; pix one PCIe switch; pxb several; p2c C2C to the CPU, then PCIe
/// to a NIC; pxn a NIC through an NVLink peer; phb the CPU's host bridge; sys between sockets; net the
/// network; dis no way.
enum class PathType { loc, nvl, nvb, c2c, pix, pxb, p2c, pxn, phb, sys, net, dis };
std::string_view to_text(PathType type);  ///< as NCCL prints it: "PIX"

}  // namespace scalesim::topology
