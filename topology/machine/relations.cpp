// Classes and bandwidths of pairs. PCIe parts form a tree below each NUMA node, so a pair's path is two
// climbs to the nearest common ancestor: O(depth) per pair after O(links) preparation.
#include "topology/machine/relations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace scalesim::topology {
namespace {

using Rate = std::optional<BytesPerSecond>;

Rate narrower(const Rate& a, const Rate& b) {
  return a && b ? std::optional(std::min(*a, *b)) : std::nullopt;
}

/// A directed fabric connection of a GPU: to another GPU, or to an NVSwitch.
struct Fabric {
  LinkKind kind = LinkKind::nvlink;
  int count = 0;
  Rate bandwidth;
};

class Tree {
 public:
  explicit Tree(const Machine& machine)
      : machine_(machine),
        parent_(machine.components.size(), -1),
        up_(machine.components.size()),
        down_(machine.components.size()) {
    for (const Link& link : machine.links) add(link);
  }

  struct Path {
    PairClass path;
    Rate bandwidth;
  };

  Path between(int a, int b) const {
    if (const auto found = fabric_.find(key(a, b)); found != fabric_.end()) return linked(found->second);
    const auto a_switch = switch_.find(a), b_switch = switch_.find(b);
    if (a_switch != switch_.end() && b_switch != switch_.end() &&
        a_switch->second.first == b_switch->second.first) {
      Fabric both = a_switch->second.second;
      both.count = std::min(both.count, b_switch->second.second.count);
      both.bandwidth = narrower(both.bandwidth, b_switch->second.second.bandwidth);
      return linked(both);
    }
    return over_pcie(a, b);
  }

 private:
  bool is(int component, ComponentKind kind) const {
    return machine_.components[static_cast<std::size_t>(component)].kind == kind;
  }
  static long long key(int a, int b) { return static_cast<long long>(a) << 32 | b; }

  void add(const Link& link) {
    if (is_tree_link(link) && hangs_below(machine_, link.from, link.to)) {
      parent_[static_cast<std::size_t>(link.from)] = link.to;
      up_[static_cast<std::size_t>(link.from)] = link.bandwidth;
    } else if (is_tree_link(link) && hangs_below(machine_, link.to, link.from)) {
      down_[static_cast<std::size_t>(link.to)] = link.bandwidth;
    } else if (link.kind == LinkKind::inter_socket) {
      sockets_[key(link.from, link.to)] = link.bandwidth;
    } else if (link.kind != LinkKind::c2c && is(link.to, ComponentKind::nvswitch)) {
      switch_[link.from] = {link.to, Fabric{link.kind, link.count, link.bandwidth}};
    } else if (link.kind != LinkKind::c2c && is(link.from, ComponentKind::gpu) &&
               is(link.to, ComponentKind::gpu)) {
      Fabric& fabric = fabric_[key(link.from, link.to)];
      fabric.bandwidth = fabric.count == 0 ? link.bandwidth
                         : fabric.bandwidth && link.bandwidth
                             ? std::optional(*fabric.bandwidth + *link.bandwidth)
                             : std::nullopt;
      fabric.kind = link.kind;
      fabric.count += link.count;
    }
  }

  /// Below the common NUMA node stand two host bridges.
  bool between_bridges(const std::vector<int>& above_a, const std::vector<int>& above_b) const {
    return !above_a.empty() && !above_b.empty() && is(above_a.back(), ComponentKind::host_bridge) &&
           is(above_b.back(), ComponentKind::host_bridge);
  }

  static Path linked(const Fabric& fabric) {
    const bool nvlink = fabric.kind == LinkKind::nvlink;
    return {{nvlink ? "NV" : "XGMI", nvlink ? std::optional(fabric.count) : std::nullopt}, fabric.bandwidth};
  }

  Path over_pcie(int a, int b) const {
    std::vector<int> above_a, above_b;
    for (int at = a; at >= 0 && above_a.size() < machine_.components.size();
         at = parent_[static_cast<std::size_t>(at)])
      above_a.push_back(at);
    for (int at = b; at >= 0 && above_b.size() < machine_.components.size();
         at = parent_[static_cast<std::size_t>(at)])
      above_b.push_back(at);
    // Drop the shared ancestors, keep the nearest one.
    int common = -1;
    while (!above_a.empty() && !above_b.empty() && above_a.back() == above_b.back()) {
      common = above_a.back();
      above_a.pop_back();
      above_b.pop_back();
    }
    Rate rate = BytesPerSecond(1e30);
    int switches = 0;
    for (int at : above_a)
      rate = narrower(rate, up_[static_cast<std::size_t>(at)]),
      switches += is(at, ComponentKind::pcie_switch);
    for (int at : above_b)
      rate = narrower(rate, down_[static_cast<std::size_t>(at)]),
      switches += is(at, ComponentKind::pcie_switch);
    if (common >= 0 && is(common, ComponentKind::pcie_switch))
      return {{switches == 0 ? "PIX" : "PXB", std::nullopt}, rate};
    if (common >= 0 && is(common, ComponentKind::nic_board)) return {{"PIX", std::nullopt}, rate};
    if (common >= 0) return {{between_bridges(above_a, above_b) ? "NODE" : "PHB", std::nullopt}, rate};
    if (above_a.empty() || above_b.empty()) return {{"", std::nullopt}, std::nullopt};
    const int top_a = above_a.back(), top_b = above_b.back();
    if (!is(top_a, ComponentKind::numa_node) || !is(top_b, ComponentKind::numa_node))
      return {{"", std::nullopt}, std::nullopt};
    // The NUMA nodes are ancestors, not hops with a link of their own.
    rate = BytesPerSecond(1e30);
    for (int at : above_a)
      if (at != top_a) rate = narrower(rate, up_[static_cast<std::size_t>(at)]);
    for (int at : above_b)
      if (at != top_b) rate = narrower(rate, down_[static_cast<std::size_t>(at)]);
    const auto socket = sockets_.find(key(top_a, top_b));
    if (socket == sockets_.end()) return {{"NET", std::nullopt}, std::nullopt};
    return {{"SYS", std::nullopt}, narrower(rate, socket->second)};
  }

  const Machine& machine_;
  std::vector<int> parent_;
  std::vector<Rate> up_, down_;
  std::unordered_map<long long, Fabric> fabric_;
  std::unordered_map<long long, Rate> sockets_;
  std::unordered_map<int, std::pair<int, Fabric>> switch_;
};

std::string id_of(const Component& component) {
  return fmt::format("{}{}", to_text(component.kind), component.index);
}

std::vector<int> devices_of(const Machine& machine) {
  std::vector<int> devices = machine.of_kind(ComponentKind::gpu);
  const std::vector<int> nics = machine.of_kind(ComponentKind::nic);
  devices.insert(devices.end(), nics.begin(), nics.end());
  return devices;
}

}  // namespace

std::vector<PairRelation> derived_relations(const Machine& machine) {
  const Tree tree(machine);
  const std::vector<int> devices = devices_of(machine);
  std::vector<std::string> ids;
  for (int device : devices) ids.push_back(id_of(machine.components[static_cast<std::size_t>(device)]));
  std::vector<PairRelation> relations;
  relations.reserve(devices.size() * (devices.size() + 1) / 2);
  for (std::size_t i = 0; i < devices.size(); ++i)
    for (std::size_t j = i + 1; j < devices.size(); ++j) {
      Tree::Path path = tree.between(devices[i], devices[j]);
      if (path.path.text.empty()) continue;  // nothing says how the two are joined
      relations.push_back({ids[i], ids[j], std::move(path.path), path.bandwidth, std::nullopt, std::nullopt});
    }
  return relations;
}

std::vector<PairRelation> pair_relations(const Machine& machine) {
  if (machine.relations.empty()) return derived_relations(machine);
  const Tree tree(machine);
  std::map<std::string, int> component_of;
  for (int device : devices_of(machine))
    component_of[id_of(machine.components[static_cast<std::size_t>(device)])] = device;
  std::vector<PairRelation> relations = machine.relations;
  for (PairRelation& relation : relations) {
    const auto a = component_of.find(relation.a), b = component_of.find(relation.b);
    if (relation.bandwidth || a == component_of.end() || b == component_of.end()) continue;
    relation.bandwidth = tree.between(a->second, b->second).bandwidth;
  }
  return relations;
}

int nearness(const PairClass& path) {
  constexpr std::array<std::string_view, 8> kOrder = {"PSB",  "PIX", "PXB", "PHB",
                                                      "NODE", "SYS", "SOC", "NET"};
  if (path.text == "X") return -1;
  for (std::size_t i = 0; i < kOrder.size(); ++i)
    if (kOrder[i] == path.text) return static_cast<int>(i) + 1 - (path.text == "SOC");
  return 0;
}

}  // namespace scalesim::topology
