// NCCL's own answers on synthetic machines: NCCL 2.30.7 (NVIDIA/nccl@5067397) was given these machines
// offline, its graph search and its tuning model printed what they found. None of these numbers comes from
// our code.
#pragma once

#include <string_view>

#include "comm/models/nccl/node.h"

namespace scalesim::comm {

/// NCCL's classes of paths.
using NearPath = decltype(NcclGraph::type_intra);

/// The machines by name: HGX boards with NVSwitch and a NIC per GPU (4nic: one per two GPUs; nic1x100g: one
/// of 100 Gb/s for all), RTX 4090 without peer access on the host bridges of one or two sockets, and part of
/// a Hopper board (2g, 4g, 6g).
inline NcclNode nccl_machine(std::string_view name) {
  const auto is = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
  NcclNode node;
  node.gpus = is("v100")                                ? 16
              : is("_2g") || is("amd2")                 ? 2
              : is("_4g") || is("amd4") || is("intel4") ? 4
              : is("_6g")                               ? 6
                                                        : 8;
  node.compute_capability = is("h100") ? 90 : is("b200") ? 100 : is("a100") ? 80 : is("v100") ? 70 : 89;
  node.cpu = is("amd") || is("a100") ? NcclCpu::amd : NcclCpu::intel;
  node.multicast = is("h100") || is("b200");
  node.nvlink = is("h100") ? 370.8 : is("b200") ? 721.8 : is("a100") ? 240 : 120;
  node.pcie = is("h100") || is("b200") ? 48 : is("v100") ? 12 : 24;
  node.nics = is("_4nic") ? 4 : is("nic1") ? 1 : 8;
  node.nic = is("nic1") ? 12.5 : is("a100") ? 25 : 50;
  node.network = node.nics * node.nic;
  if (!is("4090")) return node;
  node.fabric = NcclFabric::host_memory;
  node.sockets = node.gpus > 4 ? 2 : 1;
  node.pcie_path = node.sockets > 1 ? NearPath::sys : NearPath::phb;
  node.inter_socket = is("amd") ? 16 : 22;
  return node;
}

}  // namespace scalesim::comm
