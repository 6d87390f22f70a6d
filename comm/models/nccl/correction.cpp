// Launch, latency by link, the tightest bandwidth, and the fill of the pipeline.
#include "comm/models/nccl/correction.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace scalesim::comm {

namespace {

using Calibration = NcclCalibration;

bool over_nvlink(const NcclNode& node) {
  return node.fabric == NcclFabric::nvswitch || node.fabric == NcclFabric::nvlink_mesh;
}

/// Time of the transfer and the link that sets it; the longest of several wins.
struct Bound {
  double time = 0;
  std::string_view link = "NVLink";
  void at_least(double other, std::string_view its_link) {
    if (other > time) *this = {other, its_link};
  }
};

/// A rate in GB/s and what limits it.
struct Rate {
  double value;
  std::string_view link;
};

/// Bus bandwidth of a ring of PCIe cards. Without peer access every hop is written to and read from host
/// memory, which all cards share, so the ring slows down with every card added; with it the host bridges are
/// what is narrow.
Rate pcie_ring(const NcclNode& node, const Calibration& k) {
  if (node.fabric == NcclFabric::pcie_peer) {
    if (node.host_hops == 0) return {k.pcie_efficiency * node.pcie, "PCIe switch"};
    return {k.bridge_efficiency * node.pcie, "PCIe host bridge"};
  }
  const double copy = k.host_copy_efficiency * node.pcie;
  const double crossing =
      node.sockets > 1 && !node.wide_host ? k.socket_copy_efficiency * node.inter_socket : copy;
  // A box has two ways to its memory, and cards on one PCIe switch share one of them.
  const int sharers = std::max({1, node.host_hops, node.gpus_per_switch > 1 ? 2 * node.gpus_per_switch : 0});
  const double shared = (node.wide_host ? k.host_memory_wide : k.host_memory) / (2.0 * sharers);
  if (crossing < std::min(shared, copy)) return {crossing, "link between sockets"};
  return shared < copy ? Rate{shared, "host memory shared by all cards"}
                       : Rate{copy, "PCIe through host memory"};
}

double by_network(NcclNetwork kind, double rdma, double efa, double tcp) {
  return kind == NcclNetwork::rdma ? rdma : kind == NcclNetwork::efa ? efa : tcp;
}

/// One network step beyond what NCCL counts, us.
double hop_of(const NcclNode& node, const Calibration& k) {
  constexpr double ndr = 45;  // GB/s, a 400 Gb/s port or two of 200 that act as one
  return by_network(node.kind, node.nic >= ndr ? k.hop_rdma_400 : k.hop_rdma, k.hop_efa, k.hop_tcp);
}

/// What `rate` of line rate carries. The kernel's copies come on top of the wire: 1/t = 1/wire + 1/copies.
double network_rate(const NcclNode& node, double rate, const Calibration& k) {
  if (node.kind != NcclNetwork::tcp)
    return by_network(node.kind, k.nic_efficiency, k.efa_efficiency, 0) * rate;
  return 1 / (1 / (0.92 * rate) + 1 / k.tcp_host);
}

/// Bytes that every node sends (and receives) through its NICs. A ring passes 2(n-1)/n of the buffer over
/// every node border; trees send each half of it up and down once, with two children once more than two nodes
/// take part.
double network_bytes(const NcclSystem& system, Collective collective, NcclAlgorithm algorithm, double bytes) {
  const bool tree = algorithm == NcclAlgorithm::tree || algorithm == NcclAlgorithm::nvls_tree;
  if (tree) return system.nodes == 2 ? bytes : 2 * bytes;
  const bool in_network = algorithm == NcclAlgorithm::nvls || algorithm == NcclAlgorithm::collnet_direct ||
                          algorithm == NcclAlgorithm::collnet_chain;
  return in_network ? bytes : bytes * bus_factor(collective, system.ranks);
}

/// Messages between nodes that wait for each other.
double network_steps(const NcclSystem& system, Collective collective, NcclAlgorithm algorithm) {
  if (system.nodes == 1) return 0;
  const bool in_network = algorithm == NcclAlgorithm::nvls || algorithm == NcclAlgorithm::collnet_direct ||
                          algorithm == NcclAlgorithm::collnet_chain;
  if (in_network) return 1;  // up the tree of switches and down again
  const bool both_ways = collective == Collective::all_reduce;
  if (algorithm == NcclAlgorithm::ring) return (both_ways ? 2.0 : 1.0) * (system.nodes - 1);
  const double depth = std::bit_width(static_cast<unsigned>(system.nodes)) - 1;
  return (both_ways ? 2 : 1) * depth;
}

/// Of what NCCL counts per NVLink; other vendors' links are counted as measured already.
double link_efficiency(const NcclNode& node, const Calibration& k) {
  if (node.other_vendor) return 1;
  if (node.bridged) return k.nvlink_bridge_efficiency;
  return node.fabric == NcclFabric::nvlink_mesh ? k.mesh_efficiency : k.nvswitch_efficiency;
}

double nvls_of(const NcclNode& node, const Calibration& k) {
  return node.compute_capability >= 100 ? k.nvls_blackwell_efficiency : k.nvls_efficiency;
}

/// NCCL's own transfer time, rescaled to what the links inside the node really carry.
Bound inside_bound(const NcclTuning& tuning, const NcclNode& node, const NcclChoice& choice, double transfer,
                   double bytes, const Calibration& k) {
  Bound bound;
  const double protocol = choice.protocol == NcclProtocol::ll ? k.ll_efficiency : 1;
  if (over_nvlink(node) || tuning.system().nodes > 1) {
    const bool nvls = choice.algorithm == NcclAlgorithm::nvls || choice.algorithm == NcclAlgorithm::nvls_tree;
    const double links = link_efficiency(node, k);
    // NCCL's own figure for trees of NVSwitches holds for the NICs of its tables; what the switches of one
    // node do sets the rest, where every GPU has its own NIC.
    const bool nvls_tree = choice.algorithm == NcclAlgorithm::nvls_tree && node.nics >= node.gpus;
    const double rated = nvls_tree ? bytes / (1000 * node.nvls * k.nvls_tree_efficiency) : transfer;
    bound.at_least(rated / (protocol * (nvls ? nvls_of(node, k) : links)),
                   over_nvlink(node) ? "NVLink" : "PCIe");
    return bound;
  }
  const NcclGraph& ring = tuning.system().ring;
  const Rate real = pcie_ring(node, k);
  bound.at_least(transfer * ring.channels * ring.bandwidth_intra / (protocol * real.value), real.link);
  return bound;
}

NcclEstimate add_up(double latency, const Bound& bound, double fill) {
  return {latency + bound.time + fill, latency, bound.time, fill, bound.link};
}

double fill_of(const NcclNode& node, int nodes, double bytes, const Calibration& k) {
  const double nvlink = node.compute_capability >= 90 ? k.fill_nvlink : k.fill_nvlink_old;
  // A ring fills over its steps; the constant is that of eight GPUs.
  const double inside = over_nvlink(node) ? nvlink * (node.gpus - 1) / 7 : 0;
  const double most = nodes > 1 ? by_network(node.kind, k.fill_rdma, k.fill_efa, k.fill_tcp) : inside;
  const double size = nodes > 1 ? k.fill_bytes_network : k.fill_bytes;
  return most * (1 - std::exp(-std::pow(bytes / size, k.fill_shape)));
}

/// Latency as the harness sees it: no less than the launches of one thread, and more when timed alone.
double started(double latency, const NcclNode& node, const NcclHarness& harness, const Calibration& k) {
  const double launches = harness.one_thread ? k.launch_per_gpu * std::min(node.gpus, 8) : 0;
  return std::max(latency, launches) + (harness.isolated ? k.isolated_call : 0);
}

}  // namespace

NcclEstimate corrected_time(const NcclTuning& tuning, const NcclNode& node, Collective collective,
                            const NcclChoice& choice, double bytes, const NcclCalibration& k,
                            const NcclHarness& harness) {
  const NcclSystem& system = tuning.system();
  const auto whole = static_cast<std::uint64_t>(bytes);
  const double estimate = tuning.time(collective, choice.algorithm, choice.protocol, whole);
  const NcclCell& cell = tuning.cell(collective, choice.algorithm, choice.protocol);
  Bound bound = inside_bound(tuning, node, choice, estimate - cell.latency, bytes, k);
  if (system.nodes > 1 && node.network > 0) {
    const double wire = network_bytes(system, collective, choice.algorithm, bytes);
    bound.at_least(wire / (1000 * network_rate(node, node.network, k)), "NIC");
    const double bus_bytes = bytes * bus_factor(collective, system.ranks);
    if (choice.algorithm == NcclAlgorithm::ring && node.ring > 0) {
      bound.at_least(bus_bytes / (1000 * node.ring * link_efficiency(node, k)), "NVLink");
    }
    if (!over_nvlink(node) && node.gpus > 1) {
      const Rate ring = pcie_ring(node, k);
      bound.at_least(bus_bytes / (1000 * ring.value), ring.link);
    }
  }
  const double hop = hop_of(node, k) + node.hop_latency;
  bound.at_least(bytes * bus_factor(collective, system.ranks) / (1000 * tuning.channel_limit()),
                 "number of channels");
  const double latency = launch_time(node.compute_capability, k) + cell.latency +
                         hop * network_steps(system, collective, choice.algorithm);
  return add_up(started(latency, node, harness, k), bound, fill_of(node, system.nodes, bytes, k));
}

NcclEstimate point_to_point_time(const NcclNode& node, Collective collective, const Group& group,
                                 double bytes, const NcclCalibration& k, const NcclHarness& harness) {
  const double n = group.ranks, g = node.gpus;
  const bool everybody = collective == Collective::all_to_all;
  const double links = link_efficiency(node, k);
  // Two channels to a peer at a time do not fill a link as a ring's many do.
  Rate inside = over_nvlink(node) ? Rate{node.nvlink * links, "NVLink"} : pcie_ring(node, k);
  inside.value *= k.point_to_point_efficiency;
  Bound bound;
  const double inside_bytes = everybody ? bytes * (g - 1) / n : (g > 1 ? bytes : 0);
  if (g > 1) bound.at_least(inside_bytes / (1000 * inside.value), inside.link);
  if (group.nodes > 1 && node.network > 0) {
    // All-to-all: every GPU of the node sends (n-g)/n of its buffer out. Send-receive ring: one GPU of the
    // node does.
    const double wire = everybody ? g * bytes * (n - g) / n : bytes;
    const double rate = everybody ? node.network * node.everyone : std::min(node.nic, node.pcie);
    bound.at_least(wire / (1000 * network_rate(node, rate, k)), "NIC");
  }
  // NCCL's latencies of the Simple protocol, a tree's as there a rank serves several others, too; eight peers
  // are served with one launch of the channels.
  const NcclConstants& nccl = nccl_constants();
  constexpr auto tree = static_cast<size_t>(NcclAlgorithm::tree);
  constexpr auto simple = static_cast<size_t>(NcclProtocol::simple);
  constexpr size_t nvlink = 0, network = 2;  // of NcclConstants::hardware_latency
  const double base = nccl.base_latency[tree][simple];
  const double hop = hop_of(node, k) + node.hop_latency;
  const double step = group.nodes > 1 ? nccl.hardware_latency[network][tree][simple] + hop
                                      : nccl.hardware_latency[nvlink][tree][simple];
  const double waves = everybody ? std::ceil((n - 1) / 8) : 1;
  return add_up(started(launch_time(node.compute_capability, k) + base + step * waves, node, harness, k),
                bound, 0);
}

}  // namespace scalesim::comm
