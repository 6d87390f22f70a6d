// From a matrix to a machine. The table says how far apart two devices are, not what lies between; this
// chooses the smallest tree of switches, host bridges and NUMA nodes under which every cell is true.
#include "topology/capture/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "topology/capture/reading/parts.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

/// Disjoint sets with path halving.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  int find(int i) {
    while (parent_[static_cast<std::size_t>(i)] != i)
      i = parent_[static_cast<std::size_t>(i)] =
          parent_[static_cast<std::size_t>(parent_[static_cast<std::size_t>(i)])];
    return i;
  }
  void join(int a, int b) {
    parent_[static_cast<std::size_t>(std::max(find(a), find(b)))] = std::min(find(a), find(b));
  }

 private:
  std::vector<int> parent_;
};

/// A device of the matrix; GPUs first, then NICs, so that groups are numbered in that order.
struct Device {
  ComponentKind kind;
  int index = 0;
  std::string name;
  std::optional<std::string> numa, cpus;
};

enum class Distance { on_switch, across_switches, on_bridge, in_node, across_nodes, link, unknown };

Distance distance_of(const std::string& path) {
  if (path == "PIX" || path == "PSB") return Distance::on_switch;
  if (path == "PXB") return Distance::across_switches;
  if (path == "PHB") return Distance::on_bridge;
  if (path == "NODE") return Distance::in_node;
  if (path == "SYS" || path == "SOC") return Distance::across_nodes;
  if (path == "NV" || path == "XGMI" || path == "HT" || path == "ICN") return Distance::link;
  return Distance::unknown;
}

struct Pair {
  int a = 0, b = 0;  ///< positions in the list of devices
  Distance distance = Distance::unknown;
  const PairRelation* relation = nullptr;
};

std::vector<Device> devices_of(const Reading& reading) {
  std::vector<Device> devices;
  for (const GpuReading& gpu : reading.gpus)
    devices.push_back({ComponentKind::gpu, gpu.index, gpu.name.value_or(""), gpu.numa, gpu.cpus});
  for (const NicReading& nic : reading.nics)
    devices.push_back({ComponentKind::nic, nic.index, nic.name.value_or(""), nic.numa, std::nullopt});
  return devices;
}

std::vector<Pair> pairs_of(const Reading& reading, const std::vector<Device>& devices) {
  std::map<DeviceId, int> position;
  for (std::size_t i = 0; i < devices.size(); ++i)
    position[{devices[i].kind, devices[i].index}] = static_cast<int>(i);
  std::vector<Pair> pairs;
  for (const PairRelation& relation : reading.matrix) {
    const auto a = position.find(relation.a), b = position.find(relation.b);
    if (a != position.end() && b != position.end())
      pairs.push_back({a->second, b->second, distance_of(relation.path.text), &relation});
  }
  return pairs;
}

struct Grouping {
  Groups nodes, bridges, upper, lower;
  bool shows_bridges = false;  ///< some cell tells two host bridges of one NUMA node apart
};

/// Who shares a NUMA node, an upper switch and a lower switch. A NUMA number joins GPUs whatever their cells
/// say, for virtual machines print SYS inside one node; an equal CPU list does so only where no cell denies
/// it.
Grouping group(const std::vector<Device>& devices, const std::vector<Pair>& pairs) {
  Grouping grouping{Groups(devices.size()), Groups(devices.size()), Groups(devices.size()),
                    Groups(devices.size())};
  std::map<std::string, int> first_of_numa, first_of_cpus;
  bool far = false, any_numa = false;
  for (const Pair& pair : pairs) {
    if (pair.distance == Distance::on_switch) grouping.lower.join(pair.a, pair.b);
    if (pair.distance <= Distance::across_switches) grouping.upper.join(pair.a, pair.b);
    if (pair.distance <= Distance::on_bridge) grouping.bridges.join(pair.a, pair.b);
    grouping.shows_bridges = grouping.shows_bridges || pair.distance == Distance::in_node;
    if (pair.distance <= Distance::in_node) grouping.nodes.join(pair.a, pair.b);
    far = far || pair.distance == Distance::across_nodes;
  }
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!devices[i].numa) continue;
    any_numa = true;
    const auto at = first_of_numa.emplace(*devices[i].numa, static_cast<int>(i)).first;
    grouping.nodes.join(at->second, static_cast<int>(i));
  }
  std::set<std::string> lists;
  for (const Device& device : devices)
    if (device.cpus) lists.insert(*device.cpus);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!devices[i].cpus || any_numa || (far && lists.size() == 1)) continue;
    const auto at = first_of_cpus.emplace(*devices[i].cpus, static_cast<int>(i)).first;
    grouping.nodes.join(at->second, static_cast<int>(i));
  }
  return grouping;
}

Component component_of_device(const Device& device) {
  Component component;
  component.kind = device.kind;
  component.index = device.index;
  component.name = device.name;
  component.numa_text = device.numa.value_or("");
  component.numa = whole_number(component.numa_text.substr(0, component.numa_text.find_first_of(",-")));
  component.cpus = device.cpus.value_or("");
  return component;
}

void connect(Reading& reading, int a, int b, LinkKind kind, int count, const std::string& source) {
  Link link;
  link.kind = kind;
  link.count = count;
  link.source = source;
  connect(reading, a, b, std::move(link));
}

int add_switch(Reading& reading, int& count, const Component& node) {
  Component component;
  component.kind = ComponentKind::pcie_switch;
  component.index = count++;
  component.name = fmt::format("PCIe switch {}", component.index);
  component.numa = node.numa;
  component.numa_text = node.numa_text;
  return add_component(reading, std::move(component));
}

int add_host_bridge(Reading& reading, int index, int node) {
  Component bridge = reading.components[static_cast<std::size_t>(node)];
  bridge.kind = ComponentKind::host_bridge;
  bridge.index = index;
  bridge.name = fmt::format("host bridge {}", index);
  bridge.cpus.clear();
  const int at = add_component(reading, std::move(bridge));
  connect(reading, node, at, on_chip_link("NODE in the matrix"));
  return at;
}

/// NUMA nodes in the order of their first device; returns the component of each group's root.
std::map<int, int> add_nodes(Reading& reading, const std::vector<Device>& devices, Groups& nodes) {
  std::map<int, int> component_of;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const int root = nodes.find(static_cast<int>(i));
    auto at = component_of.find(root);
    if (at == component_of.end()) {
      Component node;
      node.kind = ComponentKind::numa_node;
      node.index = static_cast<int>(component_of.size());
      at = component_of.emplace(root, add_component(reading, std::move(node))).first;
    }
    Component& node = reading.components[static_cast<std::size_t>(at->second)];
    if (node.numa_text.empty() && devices[i].numa) {
      node.numa_text = *devices[i].numa;
      node.numa = whole_number(node.numa_text.substr(0, node.numa_text.find_first_of(",-")));
    }
    if (node.cpus.empty()) node.cpus = devices[i].cpus.value_or("");
    node.name = node.numa_text.empty() ? "NUMA node" : "NUMA node " + node.numa_text;
  }
  return component_of;
}

/// Devices below their switches below their NUMA node; returns the component of every device.
std::vector<int> add_devices(Reading& reading, const std::vector<Device>& devices, Grouping& grouping,
                             const std::map<int, int>& node_of) {
  std::map<int, std::set<int>> lowers_of_upper;
  std::map<int, int> members;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    lowers_of_upper[grouping.upper.find(static_cast<int>(i))].insert(
        grouping.lower.find(static_cast<int>(i)));
    ++members[grouping.lower.find(static_cast<int>(i))];
  }
  std::map<int, int> upper_switch, lower_switch, bridges;
  const auto host_bridge = [&](int group, int node) {
    const auto found = bridges.find(group);
    return found != bridges.end()
               ? found->second
               : bridges[group] = add_host_bridge(reading, static_cast<int>(bridges.size()), node);
  };
  std::vector<int> component_of;
  int switches = 0;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const int node_at = node_of.at(grouping.nodes.find(static_cast<int>(i)));
    const Component node = reading.components[static_cast<std::size_t>(node_at)];
    const int upper = grouping.upper.find(static_cast<int>(i)),
              lower = grouping.lower.find(static_cast<int>(i));
    int parent = node_at;
    const auto below = [&](std::map<int, int>& made, int key) {
      const auto found = made.find(key);
      if (found != made.end()) return found->second;
      const int at = add_switch(reading, switches, node);
      connect(reading, parent, at, LinkKind::pcie, 1, "inferred from the matrix");
      return made[key] = at;
    };
    if (grouping.shows_bridges) parent = host_bridge(grouping.bridges.find(static_cast<int>(i)), node_at);
    const bool tree = lowers_of_upper[upper].size() > 1;
    if (tree) parent = below(upper_switch, upper);
    if (tree || members[lower] > 1) parent = below(lower_switch, lower);
    Component component = component_of_device(devices[i]);
    component.numa = node.numa;
    component_of.push_back(add_component(reading, std::move(component)));
    connect(reading, parent, component_of.back(), LinkKind::pcie, 1, "inferred from the matrix");
  }
  return component_of;
}

/// NVLinks that a GPU has, by what nvlink --status showed of it; nothing when nobody looked.
std::optional<int> links_per_gpu(const Reading& reading) {
  for (const GpuReading& gpu : reading.gpus)
    if (!gpu.nvlinks.empty()) return static_cast<int>(gpu.nvlinks.size());
  return std::nullopt;
}

/// Whether one NV# between all pairs of `gpus` GPUs means an NVSwitch. In a mesh a GPU's links are shared out
/// among its peers, so their sum cannot exceed what the part has (18 at most, topo-format 1.2).
bool is_switched(int gpus, int count, std::optional<int> links) {
  if (gpus < 3) return false;
  if (links) return count * (gpus - 1) > *links;
  constexpr int kMostLinks = 18, kMostMeshLinks = 4;
  return count > kMostMeshLinks || count * (gpus - 1) > kMostLinks;
}

void add_fabric(Reading& reading, const std::vector<Pair>& pairs, const std::vector<int>& component_of) {
  const int gpus = static_cast<int>(reading.gpus.size());
  std::set<int> counts;
  std::set<std::string> classes;
  int linked = 0;
  for (const Pair& pair : pairs) {
    if (pair.distance != Distance::link) continue;
    ++linked;
    counts.insert(pair.relation->path.count.value_or(1));
    classes.insert(pair.relation->path.text);
  }
  if (linked == 0) return;
  const bool uniform =
      linked == gpus * (gpus - 1) / 2 && counts.size() == 1 && classes == std::set<std::string>{"NV"};
  if (uniform && is_switched(gpus, *counts.begin(), links_per_gpu(reading))) {
    Component fabric;
    fabric.kind = ComponentKind::nvswitch;
    fabric.name = "NVSwitch";
    const int at = add_component(reading, std::move(fabric));
    for (int gpu = 0; gpu < gpus; ++gpu)
      connect(reading, component_of[static_cast<std::size_t>(gpu)], at, LinkKind::nvlink, *counts.begin(),
              "NV# in the matrix");
    return;
  }
  for (const Pair& pair : pairs) {
    if (pair.distance != Distance::link) continue;
    const bool nvlink = pair.relation->path.text == "NV";
    connect(reading, component_of[static_cast<std::size_t>(pair.a)],
            component_of[static_cast<std::size_t>(pair.b)], nvlink ? LinkKind::nvlink : LinkKind::xgmi,
            pair.relation->path.count.value_or(1), fmt::format("{} in the matrix", pair.relation->path.text));
  }
}

void join_nodes(Reading& reading, const std::map<int, int>& node_of) {
  std::vector<int> nodes;
  for (const auto& [root, component] : node_of) nodes.push_back(component);
  std::sort(nodes.begin(), nodes.end());
  constexpr std::size_t kMostJoined = 64;
  for (std::size_t i = 0; i < std::min(nodes.size(), kMostJoined); ++i)
    for (std::size_t j = i + 1; j < std::min(nodes.size(), kMostJoined); ++j)
      connect(reading, nodes[i], nodes[j], LinkKind::inter_socket, 1, "CPU not known");
}

bool has_fabric(const Reading& reading) {
  return std::any_of(reading.links.begin(), reading.links.end(), [](const Link& link) {
    return link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi;
  });
}

/// Components of a reading that knows its wiring, by device.
std::vector<int> existing_components(const Reading& reading, const std::vector<Device>& devices) {
  std::map<DeviceId, int> at;
  for (std::size_t i = 0; i < reading.components.size(); ++i)
    at[reading.components[i].id()] = static_cast<int>(i);
  std::vector<int> component_of;
  for (const Device& device : devices) {
    const auto found = at.find({device.kind, device.index});
    component_of.push_back(found == at.end() ? -1 : found->second);
  }
  return component_of;
}

/// Devices that the tree does not show hang below their NUMA node where it is known.
Reading with_missing(Reading reading, const std::vector<Device>& devices, const std::vector<int>& known) {
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (known[i] >= 0) continue;
    const int at = add_component(reading, component_of_device(devices[i]));
    const std::optional<std::string>& numa = devices[i].numa;
    for (std::size_t node = 0; numa && node < reading.components.size(); ++node)
      if (reading.components[node].kind == ComponentKind::numa_node &&
          reading.components[node].numa_text == *numa)
        connect(reading, static_cast<int>(node), at, LinkKind::pcie, 1, "NUMA node as printed");
  }
  return reading;
}

}  // namespace

Reading with_wiring(Reading reading) {
  const std::vector<Device> devices = devices_of(reading);
  const std::vector<Pair> pairs = pairs_of(reading, devices);
  if (!reading.components.empty()) {
    const std::vector<int> known = existing_components(reading, devices);
    const bool complete = std::find(known.begin(), known.end(), -1) == known.end();
    if (complete && !has_fabric(reading)) add_fabric(reading, pairs, known);
    if (complete || pairs.empty()) return with_missing(std::move(reading), devices, known);
    // hwloc without NVML names no GPUs: the matrix, which does, is the better picture.
    reading.components.clear();
    reading.links.clear();
  }
  if (devices.empty()) return reading;
  Grouping grouping = group(devices, pairs);
  std::vector<int> component_of;
  if (pairs.empty() && devices.size() > 1) {  // names and rates only: nothing says how the devices are joined
    for (const Device& device : devices) add_component(reading, component_of_device(device));
    return reading;
  }
  const std::map<int, int> node_of = add_nodes(reading, devices, grouping.nodes);
  component_of = add_devices(reading, devices, grouping, node_of);
  add_fabric(reading, pairs, component_of);
  join_nodes(reading, node_of);
  return reading;
}

}  // namespace scalesim::topology
