// NCCL's graphs by arithmetic (communication note 2.5 and 2.6).
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "comm/models/nccl/node.h"
#include "core/error.h"

namespace scalesim::comm {

namespace {

constexpr double tiny = 1e-9;

int channels_at(double capacity, double speed) {
  return static_cast<int>(std::floor(capacity / speed + tiny));
}

bool over_nvlink(const NcclNode& node) {
  return node.fabric == NcclFabric::nvswitch || node.fabric == NcclFabric::nvlink_mesh;
}

/// What all rings together may take of the narrowest link inside the node. Intel's root complex carries a
/// GPU-to-GPU flow at 1/1.2 of the link.
double inside_capacity(const NcclNode& node) {
  if (over_nvlink(node)) return node.nvlink;
  const bool through_root = node.pcie_path >= PathType::phb;
  double capacity = node.cpu == NcclCpu::intel && through_root ? node.pcie / 1.2 : node.pcie;
  if (node.sockets > 1) capacity = std::min(capacity, node.inter_socket);
  return capacity;
}

/// Most bandwidth that whole channels of one listed speed can make of `capacity`; the first (fastest) speed
/// wins ties, and channels less than half as fast as the best ones are not tried.
NcclGraph best_rings(double capacity, std::span<const double> speeds, int most_channels) {
  NcclGraph best;
  for (const double speed : speeds) {
    if (best.channels > 0 && speed <= 0.49 * best.bandwidth_intra) break;
    const int channels = std::min(channels_at(capacity, speed), most_channels);
    if (channels * speed > best.channels * best.bandwidth_intra + tiny) {
      best.channels = channels;
      best.bandwidth_intra = best.bandwidth_inter = speed;
    }
  }
  if (best.channels == 0) {
    best.channels = 1;
    best.bandwidth_intra = best.bandwidth_inter = std::max(capacity, 0.1);
  }
  return best;
}

double fastest_at_most(std::span<const double> speeds, double limit, double otherwise) {
  for (const double speed : speeds) {
    if (speed <= limit + tiny) return speed;
  }
  return otherwise;
}

void one_node_graphs(const NcclNode& node, std::span<const double> speeds, NcclSystem& system) {
  const double capacity = inside_capacity(node);
  system.ring = best_rings(capacity, speeds, 32);
  system.ring.type_intra = over_nvlink(node) ? PathType::nvl : node.pcie_path;
  system.ring = split_fast_channels(system.ring, node.compute_capability);
  system.tree = system.ring;
  system.tree.pattern = NcclPattern::balanced_tree;
  if (node.gpus == 2) {
    // A chain of two uses one direction only, so every second channel runs the other way.
    const int one_way = (system.tree.channels + 1) / 2;
    const double speed = fastest_at_most(speeds, capacity / one_way, system.tree.bandwidth_intra);
    if (speed > system.tree.bandwidth_intra) {
      system.tree.bandwidth_intra = system.tree.bandwidth_inter = speed;
      system.tree.same_channels = false;
    }
  }
  if (!node.multicast) return;
  // k heads at speed s take (k + 1) s of every GPU's NVLink: s on each and 2 s on the head.
  NcclGraph nvls;
  nvls.pattern = NcclPattern::nvls;
  nvls.channels = std::min(node.gpus, 32);
  nvls.bandwidth_intra = fastest_at_most(speeds, capacity / (nvls.channels + 1), speeds.back());
  nvls.bandwidth_inter = fastest_at_most(speeds, 2 * nvls.bandwidth_intra - tiny, nvls.bandwidth_intra);
  nvls.same_channels = false;
  system.nvls = nvls;
}

/// How far the GPU is at which a ring leaves by the NIC it came in at: a neighbour under the same PCIe switch
/// where there is one (DGX A100: two GPUs and two NICs to a switch), else through an NVLink peer.
PathType beside_nic(const NcclNode& node) { return node.gpus_per_switch > 1 ? PathType::pxb : PathType::pxn; }

/// Rings that leave the node through the NICs: all GPUs' NICs at once, or as many channels as the shared NICs
/// carry.
NcclGraph network_rings(const NcclNode& node, std::span<const double> speeds) {
  const double inside = node.gpus == 1 ? std::numeric_limits<double>::infinity() : inside_capacity(node);
  NcclGraph best;
  for (const double speed : speeds) {
    if (speed > std::min(node.nic, node.pcie) + tiny) continue;
    int channels = std::min(node.nics, 32);
    const bool straight = channels * speed <= inside + tiny;
    // Pairing NICs (in through one, out through the next) saves one NVLink hop per ring.
    const bool paired =
        !straight && channels > 1 && channels == node.gpus && (channels - 1) * speed <= inside + tiny;
    if (!straight && !paired) channels = channels_at(inside, speed);
    if (channels * speed > best.channels * best.bandwidth_intra + tiny) {
      best.channels = channels;
      best.bandwidth_intra = best.bandwidth_inter = speed;
      best.cross_nic = paired ? 2 : 0;
      best.type_inter = paired ? PathType::pix : beside_nic(node);
    }
  }
  if (best.channels == 0) {
    best.channels = 1;
    best.bandwidth_intra = best.bandwidth_inter = std::max(0.05, std::min({node.nic, node.pcie, inside}));
    best.type_inter = PathType::phb;
  }
  if (!over_nvlink(node) || node.gpus == 1) best.type_inter = PathType::pix;
  best.type_intra = over_nvlink(node) || node.gpus == 1 ? PathType::nvl : node.pcie_path;
  best.same_channels = best.channels == 1;
  return best;
}

/// On Hopper and newer a tree may run faster inside the node than outside, up to twice.
NcclGraph network_trees(const NcclNode& node, std::span<const double> speeds, const NcclGraph& ring) {
  NcclGraph tree = ring;
  tree.cross_nic = 0;
  const bool hopper = node.compute_capability >= 90;
  const bool one_nic_each = node.nics >= node.gpus;
  tree.pattern = hopper || node.gpus == 1 ? NcclPattern::tree : NcclPattern::balanced_tree;
  const PathType far = node.gpus_per_switch > 1 ? PathType::pxb : PathType::phb;
  tree.type_inter = hopper || !one_nic_each ? PathType::pix : far;
  if (!over_nvlink(node) || node.gpus == 1 || (!hopper && one_nic_each)) return tree;
  // A chain through G GPUs has G-1 hops, so on average it takes (G-1)/G of its speed from a GPU's links.
  const double hops = one_nic_each ? static_cast<double>(node.gpus - 1) / node.gpus : 1;
  const double limit = std::min(2 * tree.bandwidth_inter, inside_capacity(node) / (tree.channels * hops));
  tree.bandwidth_intra = std::max(tree.bandwidth_intra, fastest_at_most(speeds, limit, tree.bandwidth_intra));
  return tree;
}

/// CollNet's graphs, where the network's switches add up: a chain as the tree's, and heads that send to all
/// GPUs of the node at once. k heads at speed s take s from the head's NVLink and (k - 1) s / (G - 1) more,
/// as it is a peer of the others (src/graph/search.cc, ncclTopoSearchTryCollnetDirect).
void collnet_graphs(const NcclNode& node, std::span<const double> speeds, NcclSystem& system) {
  system.collnet_chain = system.tree;
  system.collnet_chain->pattern = NcclPattern::tree;
  if (node.fabric != NcclFabric::nvswitch || node.gpus < 2) return;
  NcclGraph direct;
  direct.pattern = NcclPattern::collnet_direct;
  direct.channels = std::min(node.nics, node.gpus);
  const double nic = std::min(node.nic, node.pcie);
  const double inside = node.nvlink / (1 + (direct.channels - 1.0) / (node.gpus - 1));
  direct.bandwidth_inter = fastest_at_most(speeds, std::min(nic, inside), nic);
  direct.bandwidth_intra =
      fastest_at_most(speeds, std::min(2 * direct.bandwidth_inter, inside), direct.bandwidth_inter);
  direct.same_channels = false;
  system.collnet_direct = direct;
}

void network_graphs(const NcclNode& node, std::span<const double> speeds, NcclSystem& system) {
  system.ring = network_rings(node, speeds);
  const int nics = std::min(node.nics, node.gpus);
  const double nic_speed = system.ring.bandwidth_inter;
  system.ring = split_fast_channels(system.ring, node.compute_capability);
  system.tree = network_trees(node, speeds, system.ring);
  if (node.sharp) collnet_graphs(node, speeds, system);
  if (!node.multicast || node.gpus < 2) return;
  NcclGraph nvls;
  nvls.pattern = NcclPattern::nvls;
  nvls.channels = nics;
  nvls.bandwidth_inter = nic_speed;
  nvls.bandwidth_intra = fastest_at_most(speeds, std::min(nic_speed, node.nvlink / (nics + 1)), nic_speed);
  nvls.same_channels = false;
  system.nvls = nvls;
}

int communicator_channels(const NcclSystem& system) {
  int channels = std::min(64, 2 * std::min(system.ring.channels, system.tree.channels));
  // More channels to fill the node's links while the network is narrower (src/graph/connect.cc).
  const bool collnet = system.collnet_chain && system.ranks > system.nodes &&
                       system.collnet_chain->bandwidth_intra > system.collnet_chain->bandwidth_inter;
  if (collnet) channels = std::min(64, channels + channels / 2);
  if (system.compute_capability >= 90 && system.nodes > 1 && system.ring.bandwidth_intra > 45 &&
      channels < 16)
    channels *= 2;
  return channels;
}

}  // namespace

NcclGraph split_fast_channels(NcclGraph graph, int compute_capability) {
  const bool enough = compute_capability > 80 && graph.bandwidth_intra < 50 && graph.channels > 4;
  if (graph.bandwidth_intra < 25 || enough || graph.channels > 16) return graph;
  graph.channels *= 2;
  graph.bandwidth_intra /= 2;
  graph.bandwidth_inter /= 2;
  return graph;
}

NcclSystem closed_form_system(const NcclNode& node, int nodes) {
  SCALESIM_CHECK(node.gpus * nodes >= 2);
  NcclSystem system;
  system.nodes = nodes;
  system.ranks = node.gpus * nodes;
  system.compute_capability = node.compute_capability;
  system.cpu = node.cpu;
  system.nvswitch = node.fabric == NcclFabric::nvswitch;
  const std::span<const double> speeds = nccl_search_speeds(node.compute_capability, nodes == 1);
  if (nodes == 1) {
    one_node_graphs(node, speeds, system);
  } else {
    network_graphs(node, speeds, system);
  }
  system.channels = communicator_channels(system);
  return system;
}

}  // namespace scalesim::comm
