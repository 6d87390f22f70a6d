// Pairs of devices in the words of nvidia-smi, told by the links of the way between them.
#include "topology/machine/relations.h"

#include <algorithm>
#include <array>
#include <map>

#include "topology/machine/router.h"

namespace scalesim::topology {
namespace {

using Rate = std::optional<BytesPerSecond>;

struct PairPath {
  PairClass path;  ///< without text where nothing says how the two are joined
  Rate bandwidth;
};

/// All links of one kind between two GPUs, one direction.
struct Bundle {
  int count = 0;
  Rate bandwidth;
};

RoutingRules matrix_rules() {
  RoutingRules rules;
  rules.order = PathOrder::class_links_bandwidth;
  rules.gpus_relay = false;   // the matrix shows neighbours
  rules.chip_to_cpu = false;  // and NVLinks between GPUs only
  return rules;
}

class Pairs {
 public:
  explicit Pairs(const Machine& machine)
      : machine_(machine), router_(machine, matrix_rules()), has_cpu_(machine.components.size(), false) {
    for (const int cpu : machine.of_kind(ComponentKind::numa_node)) {
      const std::vector<Path> reached = router_.from(cpu);
      for (std::size_t i = 0; i < reached.size(); ++i)
        if (reached[i].type != PathType::dis) has_cpu_[i] = true;
    }
    for (const Link& link : machine.links)
      if (link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi) bundle(link);
  }

  /// From one device to each of the others, in their order.
  std::vector<PairPath> from(int device, const std::vector<int>& others) const {
    const std::vector<Path> paths = router_.paths(device, others);
    std::vector<PairPath> pairs;
    for (std::size_t i = 0; i < others.size(); ++i) pairs.push_back(pair_over(paths[i], device, others[i]));
    return pairs;
  }

 private:
  const Link& link(int index) const { return machine_.links[static_cast<std::size_t>(index)]; }
  ComponentKind kind(int component) const {
    return machine_.components[static_cast<std::size_t>(component)].kind;
  }
  bool has_cpu(int component) const { return has_cpu_[static_cast<std::size_t>(component)]; }

  PairPath pair_over(const Path& path, int a, int b) const {
    const auto crossed = std::count_if(path.links.begin(), path.links.end(),
                                       [&](int index) { return link(index).kind == LinkKind::inter_socket; });
    // Between hosts the sockets are not joined; a chain of sockets is none that nvidia-smi would print.
    const bool apart = path.type == PathType::dis;
    if (crossed > 1 || (apart && has_cpu(a) && has_cpu(b))) return {{"NET", std::nullopt}, std::nullopt};
    if (apart) return {};
    if (path.type == PathType::nvl) return linked(path);
    return {{crossed > 0 ? "SYS" : tree_class(path), std::nullopt}, narrowest(path)};
  }

  /// One direction of the narrowest link; unknown where any is.
  Rate narrowest(const Path& path) const {
    Rate rate = link(path.links.front()).bandwidth;
    for (const int index : path.links) {
      const Rate& next = link(index).bandwidth;
      rate = rate && next ? std::optional(std::min(*rate, *next)) : std::nullopt;
    }
    return rate;
  }

  /// NVLink or xGMI: all links to a neighbour together, or what both ends have towards their switch.
  PairPath linked(const Path& path) const {
    const Link& first = link(path.links.front());
    PairPath pair{{first.kind == LinkKind::nvlink ? "NV" : "XGMI", first.count}, narrowest(path)};
    for (const int index : path.links) pair.path.count = std::min(*pair.path.count, link(index).count);
    if (path.links.size() == 1) {
      const Bundle& all = neighbours_.at({first.from, first.to});
      pair.path.count = all.count;
      pair.bandwidth = all.bandwidth;
    }
    if (first.kind != LinkKind::nvlink) pair.path.count.reset();
    return pair;
  }

  void bundle(const Link& link) {
    const auto [at, fresh] =
        neighbours_.try_emplace({link.from, link.to}, Bundle{link.count, link.bandwidth});
    if (fresh) return;
    Bundle& all = at->second;
    all.count += link.count;
    all.bandwidth =
        all.bandwidth && link.bandwidth ? std::optional(*all.bandwidth + *link.bandwidth) : std::nullopt;
  }

  /// PCIe below one NUMA node. Two host bridges that meet at it are NODE apart.
  const char* tree_class(const Path& path) const {
    std::vector<ComponentKind> on_way;
    for (const int index : path.links) on_way.push_back(kind(link(index).to));
    constexpr std::array bridged = {ComponentKind::host_bridge, ComponentKind::numa_node,
                                    ComponentKind::host_bridge};
    const auto bridges = std::search(on_way.begin(), on_way.end(), bridged.begin(), bridged.end());
    if (bridges != on_way.end()) return "NODE";
    if (path.type == PathType::phb) return "PHB";
    return std::count(on_way.begin(), on_way.end(), ComponentKind::pcie_switch) > 1 ? "PXB" : "PIX";
  }

  const Machine& machine_;
  Router router_;
  std::map<std::pair<int, int>, Bundle> neighbours_;  ///< GPUs joined directly, by sender and receiver
  std::vector<bool> has_cpu_;                         ///< by component: hangs below some NUMA node
};

}  // namespace

std::vector<PairRelation> derived_relations(const Machine& machine) {
  const Pairs pairs(machine);
  const std::vector<int> devices = machine.devices();
  const auto id = [&](int device) { return machine.components[static_cast<std::size_t>(device)].id(); };
  std::vector<PairRelation> relations;
  relations.reserve(devices.size() * (devices.size() + 1) / 2);
  for (auto a = devices.begin(); a != devices.end(); ++a) {
    const std::vector<int> others(a + 1, devices.end());
    std::vector<PairPath> joined = pairs.from(*a, others);
    for (std::size_t i = 0; i < others.size(); ++i)
      if (!joined[i].path.text.empty())
        relations.push_back({id(*a), id(others[i]), std::move(joined[i].path), joined[i].bandwidth});
  }
  return relations;
}

std::vector<PairRelation> pair_relations(const Machine& machine) {
  if (machine.relations.empty()) return derived_relations(machine);
  std::map<std::pair<DeviceId, DeviceId>, Rate> rates;
  for (const PairRelation& derived : derived_relations(machine))
    rates[std::minmax(derived.a, derived.b)] = derived.bandwidth;
  std::vector<PairRelation> relations = machine.relations;
  for (PairRelation& relation : relations) {
    const auto found = rates.find(std::minmax(relation.a, relation.b));
    if (!relation.bandwidth && found != rates.end()) relation.bandwidth = found->second;
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
