// What a group of GPUs meets inside its node, read from components and links.
#include "comm/models/nccl/node.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "comm/flow/sharing.h"
#include "core/error.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/machine/nccl_constants.h"

namespace scalesim::comm {

namespace {

using topology::Component;
using topology::ComponentKind;
using topology::Link;
using topology::LinkKind;
using topology::Machine;

/// The parts of a machine that its first `count` GPUs use. Short-lived.
class GroupView {
 public:
  GroupView(const Machine& machine, int count, int capability) : machine_(machine), capability_(capability) {
    gpus_ = machine.of_kind(ComponentKind::gpu);
    gpus_.resize(std::min<size_t>(gpus_.size(), static_cast<size_t>(count)));
  }

  /// GB/s of NVLink (or xGMI) between one GPU and the rest of the group; the least over the group.
  double nvlink(bool nominal) const {
    double least = std::numeric_limits<double>::infinity();
    for (const int gpu : gpus_) {
      double sum = 0;
      for (const Link& link : machine_.links) {
        if (link.from == gpu && between_gpus(link) &&
            (inside(link.to) || at(link.to).kind == ComponentKind::nvswitch)) {
          sum += rate(link, nominal);
        }
      }
      least = std::min(least, sum);
    }
    return gpus_.empty() ? 0 : least;
  }

  /// Every GPU reaches every other over NVLink, switches or other GPUs of the group.
  bool joined_by_nvlink() const {
    std::set<int> reached;
    std::vector<int> open = {gpus_.front()};
    while (!open.empty()) {
      const int here = open.back();
      open.pop_back();
      if (!reached.insert(here).second) continue;
      for (const Link& link : machine_.links) {
        const bool onward = inside(link.to) || at(link.to).kind == ComponentKind::nvswitch;
        if (link.from == here && between_gpus(link) && onward) open.push_back(link.to);
      }
    }
    return std::all_of(gpus_.begin(), gpus_.end(), [&](int gpu) { return reached.count(gpu) > 0; });
  }

  bool switched() const {
    return std::any_of(machine_.links.begin(), machine_.links.end(), [&](const Link& link) {
      return inside(link.from) && at(link.to).kind == ComponentKind::nvswitch;
    });
  }

  double pcie() const {
    double least = std::numeric_limits<double>::infinity();
    for (const Link& link : machine_.links) {
      if (inside(link.from) && (link.kind == LinkKind::pcie || link.kind == LinkKind::c2c)) {
        least = std::min(least, rate(link, false));
      }
    }
    return least < std::numeric_limits<double>::infinity() ? least : 12;
  }

  double inter_socket() const {
    double least = std::numeric_limits<double>::infinity();
    for (const Link& link : machine_.links) {
      if (link.kind == LinkKind::inter_socket) least = std::min(least, rate(link, false));
    }
    return least < std::numeric_limits<double>::infinity() ? least : 10;
  }

  int sockets() const {
    std::set<int> numas;
    for (const int gpu : gpus_) numas.insert(at(gpu).numa.value_or(0));
    return std::max<int>(1, static_cast<int>(numas.size()));
  }

  /// Distinct first PCIe parents (switches, or a host bridge per GPU): neighbours under one switch need no
  /// host.
  int parents() const {
    std::set<int> parents;
    int own = -1;
    for (const int gpu : gpus_) {
      const int parent = switch_of(gpu);
      parents.insert(parent >= 0 ? parent : own--);
    }
    return static_cast<int>(parents.size());
  }

  /// Most GPUs that hang on one PCIe switch; 1 on root ports.
  int gpus_per_switch() const {
    std::map<int, int> cards;
    for (const int gpu : gpus_) {
      if (switch_of(gpu) >= 0) ++cards[switch_of(gpu)];
    }
    int most = 1;
    for (const auto& [parent, count] : cards) most = std::max(most, count);
    return most;
  }

  const Component* host() const {
    const std::vector<int> hosts = machine_.of_kind(ComponentKind::numa_node);
    return hosts.empty() ? nullptr : &at(hosts.front());
  }

 private:
  const Component& at(int index) const { return machine_.components[static_cast<size_t>(index)]; }
  bool inside(int index) const { return std::find(gpus_.begin(), gpus_.end(), index) != gpus_.end(); }
  static bool between_gpus(const Link& link) {
    return link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi;
  }
  double rate(const Link& link, bool nominal) const {
    const BytesPerSecond counted = topology::nccl_link_bandwidth(machine_, link, capability_);
    return (nominal ? link.bandwidth.value_or(counted) : counted).value() / 1e9;
  }
  int switch_of(int gpu) const {
    for (const Link& link : machine_.links) {
      if (link.from == gpu && at(link.to).kind == ComponentKind::pcie_switch) return link.to;
    }
    return -1;
  }

  const Machine& machine_;
  int capability_;
  std::vector<int> gpus_;
};

NcclCpu cpu_of(const Component* host) {
  if (host == nullptr || host->cpu_vendor == "GenuineIntel") return NcclCpu::intel;
  if (host->cpu_vendor == "AuthenticAMD") return NcclCpu::amd;
  return host->cpu_vendor.empty() ? NcclCpu::intel : NcclCpu::arm;
}

/// Sapphire Rapids (0x8F) and newer; Genoa (family 25 model 0x11) and newer, whose model numbers skip Rome's
/// 0x31.
bool newer_host(const Component* host) {
  if (host == nullptr) return false;
  if (host->cpu_vendor == "GenuineIntel") return host->cpu_model >= 0x8F;
  return host->cpu_vendor == "AuthenticAMD" && host->cpu_model >= 0x11 && host->cpu_model != 0x31;
}

void read_pcie(const GroupView& view, const topology::Cluster& cluster, NcclNode& node) {
  node.pcie = view.pcie();
  node.sockets = view.sockets();
  node.gpus_per_switch = view.gpus_per_switch();
  node.inter_socket = view.inter_socket();
  node.cpu = cpu_of(view.host());
  node.wide_host = node.pcie > 40 || newer_host(view.host());
  const int parents = view.parents();
  node.pcie_path = node.sockets > 1 ? PathType::sys : parents > 1 ? PathType::phb : PathType::pix;
  const bool peer = cluster.node.peer_access.value_or(cluster.gpu.peer_access_over_pcie);
  // Without peer access every hop is a copy through host memory; with it only neighbours under different
  // switches meet at a host bridge.
  node.host_hops = !peer ? node.gpus : parents > 1 ? parents : 0;
  if (node.fabric == NcclFabric::host_memory && peer) node.fabric = NcclFabric::pcie_peer;
}

/// The fabric as a job of this many nodes meets it.
topology::FabricShape shape_of(const topology::Cluster& cluster, int nodes) {
  topology::FabricShape shape = topology::fabric_shape(cluster);
  shape.nodes = nodes;
  return shape;
}

/// Switches between two of the job's nodes; a job larger than three tiers of switches hold is as far apart as
/// those reach.
double switches_of(const topology::FabricLayout& layout, const topology::FabricShape& shape) {
  constexpr double three_tiers = 5;
  try {
    return topology::mean_switches(layout, shape);
  } catch (const InputError&) {
    return three_tiers;
  }
}

/// What an oversubscribed or colliding fabric costs once a job is larger than one leaf switch. f of the
/// traffic leaves the leaf: slowdown max(1, f r) (communication note 6.2); equal flows hashed by ECMP collide
/// unless the fabric routes adaptively.
double fabric_slowdown(const topology::Fabric& fabric, const topology::FabricLayout& layout,
                       const topology::FabricShape& shape) {
  if (layout.is_one_switch()) return std::max(1.0, fabric.oversubscription);
  if (layout.is_direct()) return 1 / layout.share(shape, topology::FabricTraffic::neighbours);
  const double leaving = layout.leaving(shape);
  const bool hashed = fabric.technology.family == topology::NetworkFamily::ethernet;
  // NCCL's channels and queue pairs spread a NIC's traffic over about eight paths; InfiniBand routes
  // adaptively (1.05).
  const double collisions = hashed ? ecmp_slowdown(16, 8) : 1.05;
  return std::max(1.0, leaving * fabric.oversubscription) * (1 + (collisions - 1) * leaving);
}

/// A NIC belongs to the GPUs around it, so a group of part of the node's GPUs drives that part of its NICs;
/// groups that run at once divide what they share.
void read_network(const topology::Cluster& cluster, const Group& group, NcclNode& node) {
  if (cluster.nics_per_node == 0 || group.nodes == 1) return;
  const double rate = cluster.nic_rate.value() / 1e9;
  const double share = static_cast<double>(node.gpus) / cluster.gpus_per_node;
  const double reachable =
      std::clamp(cluster.nics_per_node * share, 1.0, static_cast<double>(cluster.nics_per_node));
  const double fair = static_cast<double>(cluster.nics_per_node) / group.groups_per_node;
  const std::unique_ptr<topology::FabricLayout> layout = topology::make_fabric(cluster.fabric.kind);
  const topology::FabricShape shape = shape_of(cluster, group.nodes);
  node.network = std::min(reachable, fair) * rate / fabric_slowdown(cluster.fabric, *layout, shape);
  // Two ports of one card count as one NIC of double rate, as NCCL merges them.
  node.nics = std::clamp(static_cast<int>(std::min(reachable, fair)), 1, node.gpus);
  node.nic = node.network / node.nics;
  // NCCL's and the fitted step latencies hold one switch.
  node.hop_latency = cluster.fabric.hop_latency.value() * 1e6 * (switches_of(*layout, shape) - 1);
  if (layout->is_direct())
    node.everyone = layout->share(shape, topology::FabricTraffic::everyone) /
                    layout->share(shape, topology::FabricTraffic::neighbours);
  node.sharp = cluster.fabric.sharp && cluster.fabric.rdma;
  const bool efa = cluster.fabric.technology.family == topology::NetworkFamily::efa;
  node.kind = !cluster.fabric.rdma ? NcclNetwork::tcp : efa ? NcclNetwork::efa : NcclNetwork::rdma;
}

}  // namespace

NcclNode read_nccl_node(const topology::Cluster& cluster, const Group& group) {
  SCALESIM_CHECK(group.nodes >= 1 && group.ranks % group.nodes == 0);
  NcclNode node;
  node.gpus = group.ranks / group.nodes;
  node.compute_capability = cluster.gpu.compute_capability > 0 ? cluster.gpu.compute_capability : 80;
  const GroupView view(cluster.node, node.gpus, cluster.gpu.compute_capability);
  node.fabric = NcclFabric::host_memory;
  if (node.gpus > 1 && view.joined_by_nvlink()) {
    node.fabric = view.switched() ? NcclFabric::nvswitch : NcclFabric::nvlink_mesh;
    // Other vendors' links have no NCCL constant: RCCL reaches 0.70 of nominal on 8 x MI300X (313 of 448
    // GB/s) and 0.75 between two (47.7 of 64; communication note 2.7, ml-engineering).
    constexpr double other_vendors = 0.72;
    node.nvlink = view.nvlink(false) * (cluster.gpu.vendor == "NVIDIA" ? 1 : other_vendors);
    node.nvlink_nominal = view.nvlink(true);
    node.multicast = node.fabric == NcclFabric::nvswitch && cluster.gpu.vendor == "NVIDIA" &&
                     node.compute_capability >= 90;
  } else if (node.gpus == 1 && cluster.wiring == topology::NodeWiring::nvswitch) {
    node.fabric = NcclFabric::nvswitch;
  }
  node.bridged = cluster.wiring == topology::NodeWiring::nvbridge;
  node.other_vendor = cluster.gpu.vendor != "NVIDIA";
  read_pcie(view, cluster, node);
  read_network(cluster, group, node);
  if (node.gpus > 1 && node.fabric == NcclFabric::nvswitch) {
    const NcclTuning alone(closed_form_system(node, 1));
    node.ring = alone.system().ring.channels * alone.system().ring.bandwidth_intra;
    node.nvls = alone.cell(Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple).bandwidth;
  }
  return node;
}

}  // namespace scalesim::comm
