// The topology XML of NCCL and RCCL (NCCL_TOPO_FILE, NCCL_TOPO_DUMP_FILE): CPUs, PCIe switches, GPUs and
// their links as a tree.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "topology/capture/reading/nccl_tree.h"
#include "topology/capture/reading/parts.h"
#include "topology/capture/reading/pcie.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kRoot = "system";

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Gives every device the number its tool would: `dev` where it is unique, else `rank`, else the order of bus
/// ids.
void number(std::vector<NcclDevice>& devices, std::vector<Component>& components) {
  const auto unique = [&](auto field) {
    std::set<int> numbers;
    return std::all_of(devices.begin(), devices.end(), [&](const NcclDevice& seen) {
      return (seen.*field).has_value() && numbers.insert(*(seen.*field)).second;
    });
  };
  if (unique(&NcclDevice::dev)) {
    for (const NcclDevice& seen : devices)
      components[static_cast<std::size_t>(seen.component)].index = *seen.dev;
    return;
  }
  if (unique(&NcclDevice::rank)) {
    for (const NcclDevice& seen : devices)
      components[static_cast<std::size_t>(seen.component)].index = *seen.rank;
    return;
  }
  const bool described = std::any_of(devices.begin(), devices.end(),
                                     [](const NcclDevice& seen) { return seen.element != nullptr; });
  std::vector<const NcclDevice*> order;
  for (const NcclDevice& seen : devices) order.push_back(&seen);
  if (!described)
    std::stable_sort(order.begin(), order.end(),
                     [](const NcclDevice* a, const NcclDevice* b) { return a->bus_id < b->bus_id; });
  for (std::size_t i = 0; i < order.size(); ++i)
    components[static_cast<std::size_t>(order[i]->component)].index = static_cast<int>(i);
}

/// The one node that stands for all NVSwitches, as NCCL folds them.
int nvswitch(NcclTree& tree, std::optional<int>& node) {
  if (!node) {
    Component component;
    component.kind = ComponentKind::nvswitch;
    component.name = "NVSwitch";
    node = add_component(tree.reading, std::move(component));
  }
  return *node;
}

struct FabricLinks {
  std::map<std::pair<int, int>, Link> links;  ///< directed, summed over elements
  int unknown_targets = 0;
};

void add_fabric(FabricLinks& fabric, int from, int to, LinkKind kind, int count) {
  const auto [at, fresh] = fabric.links.try_emplace({from, to});
  at->second.from = from;
  at->second.to = to;
  at->second.kind = kind;
  at->second.count = fresh ? count : at->second.count + count;
  at->second.source = "link count from the topology file";
}

/// Where an nvlink or xgmi element leads; nothing when the target is not in the file.
std::optional<int> target_of(NcclTree& tree, const XmlElement& element, const NcclDevice& gpu, int numa,
                             std::optional<int>& switch_node) {
  const std::string_view pci_class = element.attribute("tclass"), target = element.attribute("target");
  if (has_prefix(pci_class, "0x068001")) return numa;
  if (has_prefix(pci_class, "0x0680") || has_prefix(target, "fffffff")) return nvswitch(tree, switch_node);
  const auto found =
      tree.bus_to_component.find(nccl_bus_key(gpu.host, bus_id(target).value_or(std::string())));
  if (found == tree.bus_to_component.end() || found->second < 0 || found->second == gpu.component)
    return std::nullopt;
  return found->second;
}

int numa_above(const Reading& reading, const std::vector<int>& parent, int component) {
  while (component >= 0 &&
         reading.components[static_cast<std::size_t>(component)].kind != ComponentKind::numa_node)
    component = parent[static_cast<std::size_t>(component)];
  return component;
}

void join_fabric(NcclTree& tree) {
  std::vector<int> parent(tree.reading.components.size(), -1);
  for (const Link& link : tree.reading.links)
    if (is_tree_link(link) && link.from < link.to) parent[static_cast<std::size_t>(link.to)] = link.from;
  FabricLinks fabric;
  std::optional<int> switch_node;
  for (const NcclDevice& gpu : tree.gpus) {
    if (gpu.element == nullptr) continue;
    const int numa = numa_above(tree.reading, parent, gpu.component);
    for (const XmlElement& element : gpu.element->children) {
      if (element.name != "nvlink" && element.name != "xgmi") continue;
      const LinkKind kind = element.name == "xgmi" ? LinkKind::xgmi : LinkKind::nvlink;
      const int count = std::clamp(whole_number(element.attribute("count")).value_or(1), 1, 1024);
      const std::optional<int> target = target_of(tree, element, gpu, numa, switch_node);
      if (!target || *target < 0) {
        ++fabric.unknown_targets;
        continue;
      }
      add_fabric(fabric, gpu.component, *target, kind, count);
      if (tree.reading.components[static_cast<std::size_t>(*target)].kind != ComponentKind::gpu)
        add_fabric(fabric, *target, gpu.component, kind, count);
    }
  }
  const std::map<std::pair<int, int>, Link> listed = fabric.links;
  for (const auto& [ends, link] : listed)
    if (listed.count({ends.second, ends.first}) == 0)
      add_fabric(fabric, ends.second, ends.first, link.kind, link.count);
  for (auto& [ends, link] : fabric.links) tree.reading.links.push_back(std::move(link));
  if (fabric.unknown_targets > 0)
    tree.reading.warnings.push_back(
        fmt::format("{} NVLink elements lead to a device that is not in the file (or to the GPU itself) and "
                    "were left out",
                    fabric.unknown_targets));
}

/// All CPUs of one host are joined pairwise, as NCCL does.
void join_sockets(NcclTree& tree) {
  for (const auto& [host, nodes] : tree.numa_of_host)
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = i + 1; j < nodes.size(); ++j) {
        const Component& cpu = tree.reading.components[static_cast<std::size_t>(nodes[i])];
        Link link;
        link.kind = LinkKind::inter_socket;
        link.bandwidth = inter_socket_bandwidth(cpu.cpu_vendor, cpu.cpu_model);
        link.provenance = Provenance::assumed;
        link.source = link.bandwidth ? "NCCL's constant for this CPU" : "CPU not known";
        connect(tree.reading, nodes[i], nodes[j], std::move(link));
      }
}

class NcclXml : public Reader {
 public:
  std::string_view name() const override { return "nccl-xml"; }
  std::string_view description() const override {
    return "NCCL or RCCL topology XML (NCCL_TOPO_DUMP_FILE): the tree of CPUs, switches, GPUs and NICs";
  }
  int recognises(const std::string& text) const override { return xml_root(text) == kRoot ? 95 : 0; }

  Reading read(const std::string& text, const std::string& file) const override {
    const XmlElement system = parse_xml(text, file, kRoot);
    NcclTree tree = walk_nccl_tree(system);
    if (tree.reading.components.empty())
      throw InputError(
          system.place,
          "the <system> has no <cpu> element; expected an NCCL topology with cpu, pci and gpu elements");
    number(tree.gpus, tree.reading.components);
    number(tree.nics, tree.reading.components);
    join_fabric(tree);
    join_sockets(tree);
    describe(tree);
    return std::move(tree.reading);
  }

 private:
  static void describe(NcclTree& tree) {
    Reading& reading = tree.reading;
    for (const NcclDevice& seen : tree.gpus) {
      const Component& component = reading.components[static_cast<std::size_t>(seen.component)];
      GpuReading gpu = gpu_reading(component);
      const bool amd =
          seen.element != nullptr && seen.element->has("gcn");  // there `sm` counts compute units
      const auto sm =
          seen.element != nullptr && !amd ? whole_number(seen.element->attribute("sm")) : std::nullopt;
      if (sm && *sm >= 10 && *sm < 1000) gpu.compute_capability = sm;
      reading.gpus.push_back(std::move(gpu));
    }
    for (const NcclDevice& seen : tree.nics)
      reading.nics.push_back(nic_reading(reading.components[static_cast<std::size_t>(seen.component)]));
    if (tree.unknown_devices > 0)
      reading.warnings.push_back(
          fmt::format("{} PCI devices have no class and no gpu or nic element; what they are is not in the "
                      "file and they were left out",
                      tree.unknown_devices));
    for (const std::string& id : tree.duplicates)
      reading.warnings.push_back(fmt::format("bus id {} stands more than once", id));
    if (tree.hosts.size() > 1)
      reading.warnings.push_back(fmt::format("the file joins {} hosts", tree.hosts.size()));
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_nccl_xml() { return std::make_unique<NcclXml>(); }

}  // namespace scalesim::topology
