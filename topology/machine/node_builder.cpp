// Builds the component graph of one server.
#include "topology/machine/node_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "topology/machine/nccl_constants.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kPcieSource = "PCIe width * rate / 80, the usable part, as NCCL counts it";

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
      at(sockets_.back()).socket = i;
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

}  // namespace

Machine build_node(const NodePlan& plan) { return NodeBuilder(plan).build(); }

}  // namespace scalesim::topology
