// One group of GPUs as NCCL sees its node: a few figures read from the Machine, enough for the closed-form
// graphs and for the physical limits that NCCL's own model leaves out.
#pragma once

#include "comm/collective/model.h"
#include "comm/models/nccl/tuning.h"

namespace scalesim::comm {

/// How the bytes of a group travel inside a node.
enum class NcclFabric { nvswitch, nvlink_mesh, pcie_peer, host_memory };

/// What carries bytes between nodes: RDMA with GPU-direct, AWS's EFA (reliable datagrams in software), or
/// kernel TCP.
enum class NcclNetwork { rdma, efa, tcp };

/// Bandwidths in GB/s, one direction, as NCCL rates them.
struct NcclNode {
  int gpus = 1;  ///< of the group, in one node
  int compute_capability = 80;
  NcclFabric fabric = NcclFabric::nvswitch;
  bool multicast = false;  ///< NVSwitch with NVLink SHARP (Hopper on)
  double nvlink = 0;       ///< per GPU, towards the others of the group
  double nvlink_nominal = 0;
  double ring = 0;  ///< bus bandwidth of rings over NVLink inside the node, as NCCL rates them alone
  double nvls = 0;  ///< algorithm bandwidth of an all-reduce in NVSwitch alone, as NCCL rates it
  bool other_vendor = false;           ///< links that NCCL has no constant for
  bool bridged = false;                ///< NVLink bridges between PCIe cards
  int gpus_per_switch = 1;             ///< that share a PCIe switch, and with it a NIC's neighbourhood
  double pcie = 24;                    ///< narrowest GPU's link
  PathType pcie_path = PathType::phb;  ///< farthest neighbours over PCIe
  NcclCpu cpu = NcclCpu::intel;
  bool wide_host = false;  ///< DDR5-era host: PCIe 5, Sapphire Rapids or Genoa and newer
  int sockets = 1;         ///< that the group's GPUs sit on
  double inter_socket = 10;
  int host_hops = 0;   ///< ring neighbours that meet in host memory or a host bridge rather than a switch
  int nics = 0;        ///< this group's share of the node's NICs; at least 1 when the node has any
  double nic = 0;      ///< one NIC, this group's share where several groups use one
  double network = 0;  ///< what the group may take from the node's NICs together
  NcclNetwork kind = NcclNetwork::rdma;
  double everyone = 1;     ///< of `network`, what traffic to all other nodes alike gets
  bool sharp = false;      ///< the switches between nodes add up (CollNet)
  double hop_latency = 0;  ///< us per network step that switches beyond the first add
};

/// Reads what a group meets on this cluster: its first gpus/node GPUs, and the NICs divided by the groups
/// that share them.
NcclNode read_nccl_node(const topology::Cluster& cluster, const Group& group);

/// NCCL's graphs for equal nodes by arithmetic instead of search (communication note 2.6): exact for NVSwitch
/// nodes with their NICs spread evenly, and for PCIe boxes whose GPUs all meet at host bridges. Needs >= 2
/// ranks.
NcclSystem closed_form_system(const NcclNode& node, int nodes);

/// Step 5 of the search: fast channels are worth splitting in two, so that more SMs copy.
NcclGraph split_fast_channels(NcclGraph graph, int compute_capability);

}  // namespace scalesim::comm
