// From a few figures about a server (sockets, switches, wiring) to its graph of components and links.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/machine/gpu_links.h"
#include "topology/machine/machine.h"
#include "topology/machine/wiring.h"
#include "topology/parts/gpu.h"

namespace scalesim::topology {

/// What one server is made of. GPUs, switches and NICs are dealt to the sockets evenly, in order.
struct NodePlan {
  std::string name;
  GpuSpec gpu;
  int gpus = 1;
  NodeWiring wiring = NodeWiring::pcie;
  int hosts = 1;    ///< operating-system images that share the NVLink domain (18 in an NVL72)
  int sockets = 2;  ///< over all hosts; sockets of one host are joined pairwise
  std::string cpu_vendor;
  int cpu_model = 0;
  int pcie_generation = 0;  ///< of the host; a GPU of a lower generation runs at its own
  int gpus_per_switch = 0;  ///< 0: GPUs sit on root ports
  int nics = 0;
  BytesPerSecond nic_rate{};
  std::string nic_name;
  int nic_pcie_generation = 0;                 ///< 0: the host's
  std::vector<DirectLinks> direct;             ///< for nvbridge and nvlink_mesh; empty: the usual one
  std::optional<BytesPerSecond> cpu_link;      ///< C2C of superchips, one direction, instead of PCIe
  std::optional<BytesPerSecond> inter_socket;  ///< instead of NCCL's constant for this CPU
  std::string source;
};

/// The machine with every link in both directions. NVLink bandwidth is nominal (datasheet), PCIe is what is
/// usable (pcie_bandwidth), between sockets NCCL's constant (assumed). Throws InputError when the GPU cannot
/// be wired so.
Machine build_node(const NodePlan& plan);

}  // namespace scalesim::topology
