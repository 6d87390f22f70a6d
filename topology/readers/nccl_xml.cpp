// The topology XML of NCCL and RCCL (NCCL_TOPO_FILE, NCCL_TOPO_DUMP_FILE): CPUs, PCIe switches, GPUs and
// their links as a tree. Static files of cloud providers name only PCI classes; what they leave out stays
// unknown.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/error.h"
#include "topology/reader.h"
#include "topology/reading_pcie.h"
#include "topology/reading_text.h"
#include "topology/reading_xml.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kRoot = "system";
constexpr std::size_t kMostDevices = 65536;
constexpr std::size_t kMostNodes = 4096;       ///< NUMA nodes of all hosts
constexpr std::size_t kMostNodesOfHost = 256;  ///< they are joined pairwise

/// A GPU, NIC or switch seen while walking the tree; indices are given when all are known.
struct Seen {
  int component = 0;
  int host = 0;
  std::string bus_id;
  std::optional<int> dev, rank;
  const XmlElement* element = nullptr;  ///< <gpu>, null where only the PCI class tells that it is one
};

struct Walk {
  Reading reading;
  std::vector<Seen> gpus, nics;
  std::map<std::string, int> hosts;  ///< host_hash -> number
  std::map<int, std::vector<int>> numa_of_host;
  int host = 0;                                           ///< of the cpu being walked
  std::unordered_map<std::string, int> bus_to_component;  ///< key: host and bus id
  std::set<std::string> duplicates;
  int unknown_devices = 0;
  int switches = 0;
};

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_gpu_class(std::string_view pci_class) {
  return has_prefix(pci_class, "0x03") || has_prefix(pci_class, "0x12");
}
bool is_nic_class(std::string_view pci_class) { return has_prefix(pci_class, "0x02"); }

int add_component(Walk& walk, Component component) {
  if (walk.reading.components.size() >= kMostDevices)
    throw InputError(fmt::format("more than {} devices are named", kMostDevices));
  walk.reading.components.push_back(std::move(component));
  return static_cast<int>(walk.reading.components.size()) - 1;
}

void connect(Walk& walk, int a, int b, Link link) {
  link.from = a;
  link.to = b;
  walk.reading.links.push_back(link);
  std::swap(link.from, link.to);
  walk.reading.links.push_back(std::move(link));
}

/// The PCIe link above a device; NCCL takes gen3 x16 where the file leaves rate or width empty.
Link pcie_link(const XmlElement& pci) {
  Link link;
  link.kind = LinkKind::pcie;
  const std::optional<int> width = whole_number(pci.attribute("link_width"));
  const int lanes = width && *width >= 1 && *width <= 32 ? *width : 16;
  const std::optional<double> per_lane = pcie_lane_rate(pci.attribute("link_speed"));
  const bool assumed = !per_lane || !width || *width < 1 || *width > 32;
  link.bandwidth = BytesPerSecond(lanes * per_lane.value_or(kGen3LaneRate));
  link.provenance = assumed ? Provenance::assumed : Provenance::datasheet;
  link.source = assumed ? "rate or width not in the file; gen3 x16 as NCCL assumes"
                        : fmt::format("PCIe {} x{}", pci.attribute("link_speed"), lanes);
  return link;
}

std::string bus_key(int host, const std::string& id) { return fmt::format("{} {}", host, id); }

void remember_bus(Walk& walk, const std::string& id, int component) {
  if (!id.empty() && !walk.bus_to_component.emplace(bus_key(walk.host, id), component).second)
    walk.duplicates.insert(id);
}

void add_gpu(Walk& walk, const XmlElement& pci, const XmlElement* gpu, const std::string& id, int parent,
             const Component& numa) {
  Component component;
  component.kind = ComponentKind::gpu;
  component.bus_id = id;
  component.numa = numa.numa;
  component.numa_text = numa.numa_text;
  component.cpus = numa.cpus;
  const int at = add_component(walk, std::move(component));
  remember_bus(walk, id, at);
  connect(walk, parent, at, pcie_link(pci));
  Seen seen{at, walk.host, id, std::nullopt, std::nullopt, gpu};
  if (gpu != nullptr) {
    seen.dev = whole_number(gpu->attribute("dev"));
    seen.rank = whole_number(gpu->attribute("rank"));
    const std::optional<double> rate = leading_number(
        gpu->child("c2c") != nullptr ? gpu->child("c2c")->attribute("bw") : std::string_view());
    if (rate && *rate > 0 && *rate < 1e9) {
      Link link;
      link.kind = LinkKind::c2c;
      const int count = whole_number(gpu->child("c2c")->attribute("count")).value_or(1);
      link.count = std::clamp(count, 1, 1024);
      link.bandwidth = BytesPerSecond(*rate * 1e6 * link.count);
      link.provenance = Provenance::datasheet;
      link.source = "c2c element: MB/s per link times links";
      int node = parent;  // the CPU end is the NUMA node above
      for (std::size_t i = walk.reading.components.size(); i-- > 0;)
        if (walk.reading.components[i].kind == ComponentKind::numa_node) {
          node = static_cast<int>(i);
          break;
        }
      connect(walk, at, node, std::move(link));
    }
  }
  walk.gpus.push_back(std::move(seen));
}

void add_net(Walk& walk, const XmlElement* net, const std::string& id, int parent, const Component& numa,
             std::optional<Link> link) {
  Component component;
  component.kind = ComponentKind::nic;
  component.bus_id = id;
  component.numa = numa.numa;
  component.numa_text = numa.numa_text;
  component.cpus = numa.cpus;
  Seen seen{0, walk.host, id, std::nullopt, std::nullopt, net};
  if (net != nullptr) {
    component.name = std::string(net->attribute("name"));
    seen.dev = whole_number(net->attribute("dev"));
    const std::optional<double> speed = leading_number(net->attribute("speed"));
    // NCCL takes 10 Gb/s where the driver says 0 or less (graph/xml.cc).
    if (speed && *speed < 1e9)
      component.network_rate = BytesPerSecond((*speed <= 0 ? 10000 : *speed) * 1e6 / 8);
  }
  seen.component = add_component(walk, std::move(component));
  if (link) connect(walk, parent, seen.component, std::move(*link));
  walk.nics.push_back(std::move(seen));
}

void walk_nic(Walk& walk, const XmlElement& nic, const XmlElement* pci, const std::string& id, int parent,
              const Component& numa) {
  Link attached;
  attached.kind = LinkKind::pcie;
  attached.source = "no PCI device in the file";
  if (pci != nullptr) attached = pcie_link(*pci);
  bool any = false;
  for (const XmlElement& net : nic.children) {
    if (net.name != "net") continue;
    any = true;
    add_net(walk, &net, id, parent, numa, attached);
  }
  if (!any && pci != nullptr) add_net(walk, nullptr, id, parent, numa, attached);
}

void walk_pci(Walk& walk, const XmlElement& pci, int parent, const Component& numa) {
  const std::string id = bus_id(pci.attribute("busid")).value_or(std::string());
  const std::string_view pci_class = pci.attribute("class");
  bool device = false;
  for (const XmlElement& child : pci.children) {
    if (child.name == "gpu") add_gpu(walk, pci, &child, id, parent, numa), device = true;
    if (child.name == "nic") walk_nic(walk, child, &pci, id, parent, numa), device = true;
  }
  if (device) return;
  if (is_gpu_class(pci_class)) return add_gpu(walk, pci, nullptr, id, parent, numa);
  if (is_nic_class(pci_class)) {
    remember_bus(walk, id, -1);
    return add_net(walk, nullptr, id, parent, numa, pcie_link(pci));
  }
  if (has_prefix(pci_class, "0x0680"))
    return;  // NVSwitch (and POWER's NVLink bridge): joined by nvlink elements
  const bool has_devices = pci.child("pci") != nullptr;
  if (pci_class.empty() && !has_devices) {
    ++walk.unknown_devices;
    return;
  }
  if (!has_devices) return;
  Component component;
  component.kind = ComponentKind::pcie_switch;
  component.index = walk.switches++;
  component.name = fmt::format("PCIe switch {}", component.index);
  component.bus_id = id;
  component.numa = numa.numa;
  component.numa_text = numa.numa_text;
  const int at = add_component(walk, std::move(component));
  remember_bus(walk, id, at);
  connect(walk, parent, at, pcie_link(pci));
  for (const XmlElement& child : pci.children)
    if (child.name == "pci") walk_pci(walk, child, at, numa);
}

/// NCCL knows CPUs that are not x86 by their architecture.
std::string cpu_vendor(std::string_view vendor, std::string_view arch) {
  if (arch == "ppc64" || arch == "ppc64le") return "POWER";
  if (arch == "arm64" || arch == "aarch64") return "ARM";
  return std::string(trim(vendor));
}

void walk_cpu(Walk& walk, const XmlElement& cpu) {
  Component numa;
  numa.kind = ComponentKind::numa_node;
  numa.index = 0;
  for (const auto& [host, nodes] : walk.numa_of_host) numa.index += static_cast<int>(nodes.size());
  if (const auto number = whole_number(cpu.attribute("numaid")); number && *number >= 0) {
    numa.numa = number;
    numa.numa_text = std::string(cpu.attribute("numaid"));
  }
  numa.name = numa.numa ? fmt::format("NUMA node {}", *numa.numa) : "NUMA node";
  numa.cpus = cpu_list(cpu.attribute("affinity"));
  numa.cpu_vendor = cpu_vendor(cpu.attribute("vendor"), cpu.attribute("arch"));
  numa.cpu_model = whole_number(cpu.attribute("modelid")).value_or(0);
  if (static_cast<std::size_t>(numa.index) >= kMostNodes)
    throw InputError(cpu.place, fmt::format("more than {} <cpu> elements", kMostNodes));
  const int at = add_component(walk, numa);
  walk.host = walk.hosts.emplace(std::string(cpu.attribute("host_hash")), static_cast<int>(walk.hosts.size()))
                  .first->second;
  walk.numa_of_host[walk.host].push_back(at);
  if (walk.numa_of_host[walk.host].size() > kMostNodesOfHost)
    throw InputError(cpu.place,
                     fmt::format("more than {} <cpu> elements with one host_hash", kMostNodesOfHost));
  for (const XmlElement& child : cpu.children) {
    if (child.name == "pci") walk_pci(walk, child, at, numa);
    if (child.name == "nic") walk_nic(walk, child, nullptr, std::string(), at, numa);
  }
}

/// Gives every device the number its tool would: `dev` where it is unique, else `rank`, else the order of bus
/// ids.
void number(std::vector<Seen>& devices, std::vector<Component>& components) {
  const auto unique = [&](auto field) {
    std::set<int> numbers;
    return std::all_of(devices.begin(), devices.end(), [&](const Seen& seen) {
      return (seen.*field).has_value() && numbers.insert(*(seen.*field)).second;
    });
  };
  if (unique(&Seen::dev)) {
    for (const Seen& seen : devices) components[static_cast<std::size_t>(seen.component)].index = *seen.dev;
    return;
  }
  if (unique(&Seen::rank)) {
    for (const Seen& seen : devices) components[static_cast<std::size_t>(seen.component)].index = *seen.rank;
    return;
  }
  const bool described =
      std::any_of(devices.begin(), devices.end(), [](const Seen& seen) { return seen.element != nullptr; });
  std::vector<const Seen*> order;
  for (const Seen& seen : devices) order.push_back(&seen);
  if (!described)
    std::stable_sort(order.begin(), order.end(),
                     [](const Seen* a, const Seen* b) { return a->bus_id < b->bus_id; });
  for (std::size_t i = 0; i < order.size(); ++i)
    components[static_cast<std::size_t>(order[i]->component)].index = static_cast<int>(i);
}

/// The one node that stands for all NVSwitches, as NCCL folds them.
int nvswitch(Walk& walk, std::optional<int>& node) {
  if (!node) {
    Component component;
    component.kind = ComponentKind::nvswitch;
    component.name = "NVSwitch";
    node = add_component(walk, std::move(component));
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
std::optional<int> target_of(Walk& walk, const XmlElement& element, const Seen& gpu, int numa,
                             std::optional<int>& switch_node) {
  const std::string_view pci_class = element.attribute("tclass"), target = element.attribute("target");
  if (has_prefix(pci_class, "0x068001")) return numa;
  if (has_prefix(pci_class, "0x0680") || has_prefix(target, "fffffff")) return nvswitch(walk, switch_node);
  const auto found = walk.bus_to_component.find(bus_key(gpu.host, bus_id(target).value_or(std::string())));
  if (found == walk.bus_to_component.end() || found->second < 0 || found->second == gpu.component)
    return std::nullopt;
  return found->second;
}

int numa_above(const Reading& reading, const std::vector<int>& parent, int component) {
  while (component >= 0 &&
         reading.components[static_cast<std::size_t>(component)].kind != ComponentKind::numa_node)
    component = parent[static_cast<std::size_t>(component)];
  return component;
}

void join_fabric(Walk& walk) {
  std::vector<int> parent(walk.reading.components.size(), -1);
  for (const Link& link : walk.reading.links)
    if (link.kind == LinkKind::pcie && link.from < link.to)
      parent[static_cast<std::size_t>(link.to)] = link.from;
  FabricLinks fabric;
  std::optional<int> switch_node;
  for (const Seen& gpu : walk.gpus) {
    if (gpu.element == nullptr) continue;
    const int numa = numa_above(walk.reading, parent, gpu.component);
    for (const XmlElement& element : gpu.element->children) {
      if (element.name != "nvlink" && element.name != "xgmi") continue;
      const LinkKind kind = element.name == "xgmi" ? LinkKind::xgmi : LinkKind::nvlink;
      const int count = std::clamp(whole_number(element.attribute("count")).value_or(1), 1, 1024);
      const std::optional<int> target = target_of(walk, element, gpu, numa, switch_node);
      if (!target || *target < 0) {
        ++fabric.unknown_targets;
        continue;
      }
      add_fabric(fabric, gpu.component, *target, kind, count);
      if (walk.reading.components[static_cast<std::size_t>(*target)].kind != ComponentKind::gpu)
        add_fabric(fabric, *target, gpu.component, kind, count);
    }
  }
  const std::map<std::pair<int, int>, Link> listed = fabric.links;
  for (const auto& [ends, link] : listed)
    if (listed.count({ends.second, ends.first}) == 0)
      add_fabric(fabric, ends.second, ends.first, link.kind, link.count);
  for (auto& [ends, link] : fabric.links) walk.reading.links.push_back(std::move(link));
  if (fabric.unknown_targets > 0)
    walk.reading.warnings.push_back(
        fmt::format("{} NVLink elements lead to a device that is not in the file (or to the GPU itself) and "
                    "were left out",
                    fabric.unknown_targets));
}

/// All CPUs of one host are joined pairwise, as NCCL does.
void join_sockets(Walk& walk) {
  for (const auto& [host, nodes] : walk.numa_of_host)
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = i + 1; j < nodes.size(); ++j) {
        const Component& cpu = walk.reading.components[static_cast<std::size_t>(nodes[i])];
        Link link;
        link.kind = LinkKind::inter_socket;
        link.bandwidth = inter_socket_bandwidth(cpu.cpu_vendor, cpu.cpu_model);
        link.provenance = Provenance::assumed;
        link.source = link.bandwidth ? "NCCL's constant for this CPU" : "CPU not known";
        connect(walk, nodes[i], nodes[j], std::move(link));
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
    Walk walk;
    for (const XmlElement& cpu : system.children)
      if (cpu.name == "cpu") walk_cpu(walk, cpu);
    if (walk.reading.components.empty())
      throw InputError(
          system.place,
          "the <system> has no <cpu> element; expected an NCCL topology with cpu, pci and gpu elements");
    number(walk.gpus, walk.reading.components);
    number(walk.nics, walk.reading.components);
    join_fabric(walk);
    join_sockets(walk);
    describe(walk);
    return std::move(walk.reading);
  }

 private:
  static void describe(Walk& walk) {
    Reading& reading = walk.reading;
    for (const Seen& seen : walk.gpus) {
      const Component& component = reading.components[static_cast<std::size_t>(seen.component)];
      GpuReading gpu;
      gpu.index = component.index;
      gpu.bus_id = known(component.bus_id);
      gpu.cpus = known(component.cpus);
      gpu.numa = known(component.numa_text);
      const bool amd =
          seen.element != nullptr && seen.element->has("gcn");  // there `sm` counts compute units
      const auto sm =
          seen.element != nullptr && !amd ? whole_number(seen.element->attribute("sm")) : std::nullopt;
      if (sm && *sm >= 10 && *sm < 1000) gpu.compute_capability = sm;
      reading.gpus.push_back(std::move(gpu));
    }
    for (const Seen& seen : walk.nics) {
      const Component& component = reading.components[static_cast<std::size_t>(seen.component)];
      NicReading nic;
      nic.index = component.index;
      nic.name = known(component.name);
      nic.bus_id = known(component.bus_id);
      nic.numa = known(component.numa_text);
      nic.rate = component.network_rate;
      reading.nics.push_back(std::move(nic));
    }
    if (walk.unknown_devices > 0)
      reading.warnings.push_back(
          fmt::format("{} PCI devices have no class and no gpu or nic element; what they are is not in the "
                      "file and they were left out",
                      walk.unknown_devices));
    for (const std::string& id : walk.duplicates)
      reading.warnings.push_back(fmt::format("bus id {} stands more than once", id));
    if (walk.hosts.size() > 1)
      reading.warnings.push_back(fmt::format("the file joins {} hosts", walk.hosts.size()));
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_nccl_xml() { return std::make_unique<NcclXml>(); }

}  // namespace scalesim::topology
