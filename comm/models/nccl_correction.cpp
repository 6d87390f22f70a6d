// Launch, latency by link, the tightest bandwidth, and the fill of the pipeline.
#include "comm/models/nccl_correction.h"

#include <algorithm>
#include <cmath>

namespace scalesim::comm {

namespace {

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

/// What boxes without peer access do: every hop is written to and read from host memory, which all cards
/// share.
void bound_by_host(const NcclNode& node, double bus_bytes, const NcclCalibration& k, Bound& bound) {
  if (node.fabric != NcclFabric::host_memory || node.gpus < 2) return;
  bound.at_least(bus_bytes / (1000 * k.host_copy_efficiency * node.pcie), "PCIe through host memory");
  const double shared = (node.wide_host ? k.host_memory_wide : k.host_memory) / (2.0 * node.host_hops);
  bound.at_least(bus_bytes / (1000 * shared), "host memory shared by all cards");
}

double network_efficiency(const NcclNode& node, const NcclCalibration& k) {
  return node.rdma ? k.nic_efficiency : k.tcp_efficiency;
}

double inside_efficiency(const NcclNode& node, NcclAlgorithm algorithm, const NcclCalibration& k) {
  if (!over_nvlink(node)) return k.pcie_efficiency;
  const bool nvls = algorithm == NcclAlgorithm::nvls || algorithm == NcclAlgorithm::nvls_tree;
  return nvls ? k.nvls_efficiency : k.nvlink_efficiency;
}

double fill_at_most(const NcclNode& node, int nodes, const NcclCalibration& k) {
  if (nodes > 1) return node.rdma ? k.fill_rdma : k.fill_tcp;
  return over_nvlink(node) ? k.fill_nvlink : 0;
}

double latency_factor(const NcclNode& node, int nodes, const NcclCalibration& k) {
  if (nodes > 1) return node.rdma ? k.latency_rdma : k.latency_tcp;
  return over_nvlink(node) ? k.latency_nvlink : k.latency_pcie;
}

NcclEstimate add_up(double latency, const Bound& bound, double fill) {
  return {latency + bound.time + fill, latency, bound.time, fill, bound.link};
}

}  // namespace

NcclEstimate corrected_time(const NcclTuning& tuning, const NcclNode& node, Collective collective,
                            const NcclChoice& choice, double bytes, const NcclCalibration& k) {
  const NcclSystem& system = tuning.system();
  const auto whole = static_cast<std::uint64_t>(bytes);
  const double estimate = tuning.time(collective, choice.algorithm, choice.protocol, whole);
  const double none = tuning.time(collective, choice.algorithm, choice.protocol, 0);
  Bound bound;
  const std::string_view inside = over_nvlink(node)    ? "NVLink"
                                  : node.host_hops > 0 ? "PCIe host bridge"
                                                       : "PCIe";
  bound.at_least((estimate - none) / inside_efficiency(node, choice.algorithm, k), inside);
  const double bus_bytes = bytes * bus_factor(collective, system.ranks);
  bound_by_host(node, bus_bytes, k, bound);
  if (system.nodes > 1 && node.network > 0) {
    const double wire = network_bytes(system, collective, choice.algorithm, bytes);
    bound.at_least(wire / (1000 * node.network * network_efficiency(node, k)), "NIC");
  }
  const double fill = fill_at_most(node, system.nodes, k) * (1 - std::exp(-bytes / k.fill_bytes));
  return add_up(k.launch + none * latency_factor(node, system.nodes, k), bound, fill);
}

NcclEstimate point_to_point_time(const NcclNode& node, Collective collective, const Group& group,
                                 double bytes, const NcclCalibration& k) {
  const double n = group.ranks, g = node.gpus;
  const bool everybody = collective == Collective::all_to_all;
  const double inside_rate =
      over_nvlink(node) ? node.nvlink * k.nvlink_efficiency : node.pcie * k.pcie_efficiency;
  Bound bound;
  const double inside_bytes = everybody ? bytes * (g - 1) / n : (g > 1 ? bytes : 0);
  bound.at_least(inside_bytes / (1000 * inside_rate), over_nvlink(node) ? "NVLink" : "PCIe");
  bound_by_host(node, inside_bytes, k, bound);
  if (group.nodes > 1 && node.network > 0) {
    // All-to-all: every GPU of the node sends (n-g)/n of its buffer out. Send-receive ring: one GPU of the
    // node does.
    const double wire = everybody ? g * bytes * (n - g) / n : bytes;
    const double rate = everybody ? node.network : std::min(node.nic, node.pcie);
    bound.at_least(wire / (1000 * rate * network_efficiency(node, k)), "NIC");
  }
  const double step = group.nodes > 1 ? 14 * (node.rdma ? k.latency_rdma : k.latency_tcp)
                                      : 4 * (over_nvlink(node) ? k.latency_nvlink : k.latency_pcie);
  constexpr double peers_at_once = 8;  // NCCL serves this many peers with one launch of its channels
  const double waves = everybody ? std::ceil((n - 1) / peers_at_once) : 1;
  constexpr double base = 8.4;  // NCCL's base latency of the Simple protocol
  return add_up(k.launch + base + step * waves, bound, 0);
}

}  // namespace scalesim::comm
