// Builds the component graph of one server.
#include "topology/node_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "topology/nccl_constants.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kPcieSource = "PCIe width * rate / 80, the usable part, as NCCL counts it";

void join_both_ways(Machine& machine, int a, int b, Link link) {
  link.from = a;
  link.to = b;
  machine.links.push_back(link);
  std::swap(link.from, link.to);
  machine.links.push_back(std::move(link));
}

class NodeBuilder {
 public:
  explicit NodeBuilder(const NodePlan& plan) : plan_(plan) {
    machine_.name = plan.name;
    machine_.source = plan.source;
    machine_.peer_access = plan.gpu.peer_access_over_pcie;
  }

  Machine build() {
    add_sockets();
    add_switches();
    add_gpus();
    add_nics();
    const bool linked = plan_.wiring != NodeWiring::pcie && plan_.wiring != NodeWiring::pcie_switch;
    if (!linked || plan_.gpus < 2) return std::move(machine_);
    return with_gpu_links(std::move(machine_), plan_.gpu, plan_.wiring, plan_.direct);
  }

 private:
  int add(ComponentKind kind, int index, std::string name) {
    Component component;
    component.kind = kind;
    component.index = index;
    component.name = std::move(name);
    machine_.components.push_back(std::move(component));
    return static_cast<int>(machine_.components.size()) - 1;
  }
  Component& at(int component) { return machine_.components[static_cast<std::size_t>(component)]; }

  void join(int a, int b, Link link) { join_both_ways(machine_, a, b, std::move(link)); }
  void join_pcie(int a, int b, int generation, int lanes) {
    Link link;
    link.kind = LinkKind::pcie;
    link.provenance = Provenance::datasheet;
    link.bandwidth = pcie_bandwidth(generation, lanes);
    link.source = kPcieSource;
    join(a, b, std::move(link));
  }

  int socket_of(int item, int items) const { return item * plan_.sockets / std::max(items, 1); }
  int host_generation() const {
    return plan_.pcie_generation > 0 ? plan_.pcie_generation : plan_.gpu.pcie_generation;
  }
  int gpu_generation() const { return std::min(host_generation(), plan_.gpu.pcie_generation); }
  int nic_generation() const {
    return plan_.nic_pcie_generation > 0 ? std::min(host_generation(), plan_.nic_pcie_generation)
                                         : host_generation();
  }
  int switches() const {
    return plan_.gpus_per_switch > 0 ? (plan_.gpus + plan_.gpus_per_switch - 1) / plan_.gpus_per_switch : 0;
  }

  void add_sockets() {
    for (int i = 0; i < plan_.sockets; ++i) {
      sockets_.push_back(add(ComponentKind::numa_node, i, fmt::format("NUMA node {}", i)));
      at(sockets_.back()).numa = i;
      at(sockets_.back()).cpu_vendor = plan_.cpu_vendor;
      at(sockets_.back()).cpu_model = plan_.cpu_model;
    }
    const int per_host = std::max(plan_.sockets / plan_.hosts, 1);
    for (int i = 0; i < plan_.sockets; ++i)
      for (int j = i + 1; j < plan_.sockets && j / per_host == i / per_host; ++j) join_sockets(i, j);
  }
  void join_sockets(int i, int j) {
    Link link;
    link.kind = LinkKind::inter_socket;
    link.provenance = plan_.inter_socket ? Provenance::datasheet : Provenance::assumed;
    link.bandwidth = plan_.inter_socket ? *plan_.inter_socket
                                        : nccl_inter_socket_bandwidth(plan_.cpu_vendor, plan_.cpu_model);
    link.source =
        plan_.inter_socket ? plan_.source : "NCCL's constant for this CPU, which is below the nominal rate";
    join(sockets_[static_cast<std::size_t>(i)], sockets_[static_cast<std::size_t>(j)], std::move(link));
  }

  void add_switches() {
    for (int i = 0; i < switches(); ++i) {
      switches_.push_back(add(ComponentKind::pcie_switch, i, fmt::format("PCIe switch {}", i)));
      const int socket = socket_of(i, switches());
      at(switches_.back()).numa = socket;
      join_pcie(switches_.back(), sockets_[static_cast<std::size_t>(socket)], host_generation(), 16);
    }
  }

  void add_gpus() {
    for (int i = 0; i < plan_.gpus; ++i) {
      const int gpu = add(ComponentKind::gpu, i, plan_.gpu.product);
      at(gpu).gpu = plan_.gpu;
      const int on_switch = plan_.gpus_per_switch > 0 ? i / plan_.gpus_per_switch : -1;
      const int socket = on_switch >= 0 ? socket_of(on_switch, switches()) : socket_of(i, plan_.gpus);
      at(gpu).numa = socket;
      if (plan_.cpu_link) {
        Link link;
        link.kind = LinkKind::c2c;
        link.provenance = Provenance::datasheet;
        link.bandwidth = plan_.cpu_link;
        link.source = plan_.source;
        join(gpu, sockets_[static_cast<std::size_t>(socket)], std::move(link));
        continue;
      }
      const int parent = on_switch >= 0 ? switches_[static_cast<std::size_t>(on_switch)]
                                        : sockets_[static_cast<std::size_t>(socket)];
      join_pcie(gpu, parent, gpu_generation(), plan_.gpu.pcie_lanes);
    }
  }

  void add_nics() {
    for (int i = 0; i < plan_.nics; ++i) {
      const int nic =
          add(ComponentKind::nic, i, plan_.nic_name.empty() ? fmt::format("nic{}", i) : plan_.nic_name);
      at(nic).network_rate = plan_.nic_rate;
      const int on_switch = switches() > 0 ? i * switches() / plan_.nics : -1;
      const int socket = on_switch >= 0 ? socket_of(on_switch, switches()) : socket_of(i, plan_.nics);
      at(nic).numa = socket;
      join_pcie(nic,
                on_switch >= 0 ? switches_[static_cast<std::size_t>(on_switch)]
                               : sockets_[static_cast<std::size_t>(socket)],
                nic_generation(), 16);
    }
  }

  const NodePlan& plan_;
  Machine machine_;
  std::vector<int> sockets_;
  std::vector<int> switches_;
};

/// DGX-1: two quads joined all to all, and GPU i to i+4. With six links per GPU the listed pairs are double,
/// as `nvidia-smi topo -m` of a DGX-1 V100 shows.
std::vector<DirectLinks> hybrid_cube_mesh(int links_per_gpu) {
  const auto width = [&](int a, int b) {
    constexpr int kDouble[][2] = {{0, 3}, {0, 4}, {1, 2}, {1, 5}, {2, 3}, {4, 7}, {5, 6}, {6, 7}};
    for (const auto& pair : kDouble)
      if (pair[0] == a && pair[1] == b) return links_per_gpu >= 6 ? 2 : 1;
    return 1;
  };
  std::vector<DirectLinks> mesh;
  for (int quad = 0; quad < 8; quad += 4)
    for (int a = quad; a < quad + 4; ++a)
      for (int b = a + 1; b < quad + 4; ++b) mesh.push_back({a, b, width(a, b)});
  for (int a = 0; a < 4; ++a) mesh.push_back({a, a + 4, width(a, a + 4)});
  return mesh;
}

Link gpu_link(const GpuSpec& gpu, int count) {
  Link link;
  link.kind = gpu.vendor == "AMD" ? LinkKind::xgmi : LinkKind::nvlink;
  link.count = count;
  link.bandwidth = gpu.links->per_link * count;
  link.provenance = Provenance::datasheet;
  link.source = fmt::format("{} x {}: {}", count, gpu.links->generation, gpu.source);
  return link;
}

/// The pairs that a wiring without a switch joins when nobody says otherwise.
std::vector<DirectLinks> usual_pairs(NodeWiring wiring, int gpus, int links_per_gpu) {
  if (wiring == NodeWiring::nvlink_mesh) return direct_mesh(gpus, links_per_gpu);
  std::vector<DirectLinks> bridges;
  for (int i = 0; i + 1 < gpus; i += 2) bridges.push_back({i, i + 1, links_per_gpu});
  return bridges;
}

}  // namespace

NodeWiring usual_nvlink_wiring(const GpuSpec& gpu, int gpus) {
  const bool switched = gpu.vendor == "NVIDIA" && (gpu.compute_capability >= 80 || gpus > 8);
  return switched ? NodeWiring::nvswitch : NodeWiring::nvlink_mesh;
}

Machine with_gpu_links(Machine machine, const GpuSpec& gpu, NodeWiring wiring,
                       const std::vector<DirectLinks>& direct) {
  SCALESIM_CHECK(gpu.links.has_value());
  const std::vector<int> gpus = machine.of_kind(ComponentKind::gpu);
  const int count = static_cast<int>(gpus.size());
  if (wiring == NodeWiring::nvswitch) {
    Component fabric;
    fabric.kind = ComponentKind::nvswitch;
    fabric.name = "NVSwitch";
    machine.components.push_back(std::move(fabric));
    const int nvswitch = static_cast<int>(machine.components.size()) - 1;
    for (const int part : gpus) join_both_ways(machine, part, nvswitch, gpu_link(gpu, gpu.links->count));
    return machine;
  }
  for (const DirectLinks& pair : direct.empty() ? usual_pairs(wiring, count, gpu.links->count) : direct)
    if (std::max(pair.a, pair.b) < count)
      join_both_ways(machine, gpus[static_cast<std::size_t>(pair.a)], gpus[static_cast<std::size_t>(pair.b)],
                     gpu_link(gpu, pair.count));
  return machine;
}

std::vector<DirectLinks> direct_mesh(int gpus, int links_per_gpu) {
  if (links_per_gpu >= gpus - 1) {
    std::vector<DirectLinks> all;
    for (int a = 0; a < gpus; ++a)
      for (int b = a + 1; b < gpus; ++b) all.push_back({a, b, links_per_gpu / (gpus - 1)});
    return all;
  }
  if (gpus > 8 || links_per_gpu < 4)
    throw InputError(
        fmt::format("{} GPUs with {} links each cannot be joined without a switch: use fewer GPUs per node",
                    gpus, links_per_gpu));
  std::vector<DirectLinks> board = hybrid_cube_mesh(links_per_gpu);
  std::erase_if(board, [&](const DirectLinks& pair) { return std::max(pair.a, pair.b) >= gpus; });
  return board;
}

DirectLinks parse_direct_links(const std::string& text) {
  DirectLinks pair;
  const char* at = text.data();
  const char* end = at + text.size();
  const auto number = [&](int& value) {
    const auto [rest, wrong] = std::from_chars(at, end, value);
    const bool good = wrong == std::errc() && value >= 0;
    at = rest;
    return good;
  };
  const auto accept = [&](char c) { return at != end && *at == c && ++at; };
  bool good = number(pair.a) && accept('-') && number(pair.b);
  if (good && at != end) good = accept(':') && number(pair.count);
  if (!good || at != end || pair.a == pair.b || pair.count < 1)
    throw InputError(
        fmt::format("'{}' is not a pair of GPUs: write \"0-3:2\" for two links between GPU 0 and 3", text));
  return pair;
}

Machine build_node(const NodePlan& plan) { return NodeBuilder(plan).build(); }

}  // namespace scalesim::topology
