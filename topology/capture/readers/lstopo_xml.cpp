// hwloc's `lstopo topology.xml` (versions 2 and 3): sockets, NUMA nodes, PCI bridges, GPUs, RDMA adapters,
// and the NVLink bandwidths that NVML told hwloc.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

#include "core/error.h"
#include "topology/capture/reading/hwloc_links.h"
#include "topology/capture/reading/parts.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/capture/text/xml.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kRoot = "topology";

std::string_view type_of(const XmlElement& object) {
  return object.name == "object" ? object.attribute("type") : std::string_view();
}

/// What a PCI device is named by the drivers below it.
struct Names {
  std::optional<int> nvml, cuda, rsmi;
  std::string verbs, model;
};

/// "nvml3" -> 3 for prefix "nvml".
std::optional<int> numbered(std::string_view name, std::string_view prefix) {
  return name.substr(0, prefix.size()) == prefix ? whole_number(name.substr(prefix.size())) : std::nullopt;
}

std::string_view info_of(const XmlElement& object, std::string_view key) {
  for (const XmlElement& child : object.children)
    if (child.name == "info" && child.attribute("name") == key) return child.attribute("value");
  return {};
}

/// RDMA adapters carry names such as mlx5_0, hfi1_0, bnxt_re1; network interfaces (eth0, ib0) are not their
/// names.
bool is_verbs_name(const XmlElement& device) {
  const std::string_view name = device.attribute("name");
  for (std::string_view prefix : {"mlx", "hfi1_", "bnxt_re", "irdma", "qedr", "cxgb4_", "efa_", "rocep",
                                  "roceP", "ionic_", "erdma_", "hns_"})
    if (name.substr(0, prefix.size()) == prefix) return true;
  return device.attribute("subtype") == "OpenFabrics" || device.attribute("osdev_type") == "3";
}

Names names_of(const XmlElement& pci) {
  Names names;
  for (const XmlElement& device : pci.children) {
    if (type_of(device) != "OSDev") continue;
    const std::string_view name = device.attribute("name");
    if (!names.nvml) names.nvml = numbered(name, "nvml");
    if (!names.cuda) names.cuda = numbered(name, "cuda");
    if (!names.rsmi) names.rsmi = numbered(name, "rsmi");
    if (names.verbs.empty() && is_verbs_name(device)) names.verbs = std::string(name);
    if (names.model.empty()) names.model = std::string(info_of(device, "GPUModel"));
  }
  return names;
}

/// "0302 [10de:15f9] [10de:116b] a1 00": class and vendor:device.
std::string_view pci_class(const XmlElement& pci) { return pci.attribute("pci_type").substr(0, 4); }
std::string pci_part(const XmlElement& pci) {
  const std::string_view type = pci.attribute("pci_type");
  const std::size_t open = type.find('['), close = type.find(']');
  return open == std::string_view::npos || close == std::string_view::npos || close < open
             ? std::string()
             : std::string(type.substr(open + 1, close - open - 1));
}

enum class Kind { gpu, nic, nvswitch, other };

struct Walk {
  Reading reading;
  bool cuda_names_count = false;            ///< every NVIDIA board has a CUDA name
  std::map<std::string, int> component_of;  ///< "OSDev:332", "PCIDev:268", "Package:3" -> component
  std::vector<std::string> unnamed;         ///< NVIDIA boards that no driver named
  int switches = 0, bridges = 0, boards = 0, nvswitches = 0, nics = 0;
};

Kind kind_of(const Walk& walk, const XmlElement& pci, const Names& names) {
  if (names.nvml || names.rsmi || (names.cuda && walk.cuda_names_count)) return Kind::gpu;
  if (!names.verbs.empty()) return Kind::nic;
  if (pci_class(pci) == "0680" && pci_part(pci).substr(0, 5) == "10de:") return Kind::nvswitch;
  return Kind::other;
}

/// Whether anything below a bridge matters here.
bool has_devices(const Walk& walk, const XmlElement& object) {
  if (type_of(object) == "PCIDev") return kind_of(walk, object, names_of(object)) != Kind::other;
  return type_of(object) == "Bridge" &&
         std::any_of(object.children.begin(), object.children.end(),
                     [&](const XmlElement& child) { return has_devices(walk, child); });
}

/// hwloc gives the theoretical rate in GB/s (15.75 for gen3 x16); NCCL's usable rate is 12 of that 15.754.
Link pcie_link(const XmlElement& object) {
  Link link;
  link.kind = LinkKind::pcie;
  const std::optional<double> speed = leading_number(object.attribute("pci_link_speed"));
  if (!speed || *speed <= 0 || *speed > 1e4) return link;
  link.bandwidth = BytesPerSecond(*speed * 1e9 * 12 / 15.753846);
  link.provenance = Provenance::datasheet;
  link.source = fmt::format("PCIe link of {} GB/s by hwloc, 76 % of it usable", *speed);
  return link;
}

void walk_device(Walk& walk, const XmlElement& pci, int parent, const Component& node,
                 const std::optional<Link>& link = std::nullopt) {
  const Names names = names_of(pci);
  const Kind kind = kind_of(walk, pci, names);
  if (kind == Kind::other) {
    if (pci_class(pci) == "0302" && pci_part(pci).substr(0, 5) == "10de:")
      walk.unnamed.push_back(std::string(pci.attribute("pci_busid")));
    return;
  }
  Component component;
  component.kind = kind == Kind::gpu   ? ComponentKind::gpu
                   : kind == Kind::nic ? ComponentKind::nic
                                       : ComponentKind::nvswitch;
  component.index = kind == Kind::gpu   ? (names.nvml   ? *names.nvml
                                           : names.rsmi ? *names.rsmi
                                                        : *names.cuda)
                    : kind == Kind::nic ? walk.nics++
                                        : walk.nvswitches++;
  component.name = kind == Kind::gpu   ? names.model
                   : kind == Kind::nic ? names.verbs
                                       : fmt::format("NVSwitch {}", component.index);
  component.bus_id = bus_id(pci.attribute("pci_busid")).value_or("");
  component.numa = node.numa;
  component.numa_text = node.numa_text;
  component.cpus = node.cpus;
  const int at = add_component(walk.reading, component);
  connect(walk.reading, parent, at, link ? *link : pcie_link(pci));
  walk.component_of["PCIDev:" + std::string(pci.attribute("gp_index"))] = at;
  for (const XmlElement& device : pci.children)
    if (type_of(device) == "OSDev")
      walk.component_of["OSDev:" + std::string(device.attribute("gp_index"))] = at;
}

/// A part between the CPU and the devices, at the place of `node`.
Component inner_part(ComponentKind kind, int index, std::string_view what, const XmlElement& object,
                     const Component& node) {
  Component component;
  component.kind = kind;
  component.index = index;
  component.name = fmt::format("{} {}", what, index);
  component.bus_id = bus_id(object.attribute("pci_busid")).value_or("");
  component.numa = node.numa;
  component.numa_text = node.numa_text;
  return component;
}

/// Ports of one adapter are functions of one PCI device: "0000:41:00.0" and "0000:41:00.1".
bool is_one_adapter(const Walk& walk, const std::vector<const XmlElement*>& branches) {
  const auto slot = [](const XmlElement& pci) {
    const std::string_view id = pci.attribute("pci_busid");
    return id.substr(0, id.rfind('.'));
  };
  return std::all_of(branches.begin(), branches.end(), [&](const XmlElement* branch) {
    return type_of(*branch) == "PCIDev" && kind_of(walk, *branch, names_of(*branch)) == Kind::nic &&
           slot(*branch) == slot(*branches.front());
  });
}

/// A bridge with one branch is a root port and only passes on; with several it is a switch, or one adapter's
/// link.
void walk_io(Walk& walk, const XmlElement& object, int parent, const Component& node) {
  if (type_of(object) == "PCIDev") return walk_device(walk, object, parent, node);
  if (type_of(object) != "Bridge") return;
  std::vector<const XmlElement*> branches;
  for (const XmlElement& child : object.children)
    if (has_devices(walk, child)) branches.push_back(&child);
  int above = parent;
  std::optional<Link> inside;  // of what joins an adapter's ports to its board
  if (object.attribute("bridge_type").substr(0, 1) == "0") {
    if (!branches.empty()) {
      above = add_component(
          walk.reading, inner_part(ComponentKind::host_bridge, walk.bridges++, "host bridge", object, node));
      connect(walk.reading, parent, above, on_chip_link("host bridge by hwloc"));
    }
  } else if (branches.size() > 1 && is_one_adapter(walk, branches)) {
    above = add_component(walk.reading, inner_part(ComponentKind::nic_board, walk.boards++, "NIC board",
                                                   *branches.front(), node));
    connect(walk.reading, parent, above, pcie_link(*branches.front()));
    inside = on_chip_link("functions of one PCI device");
  } else if (branches.size() > 1) {
    above = add_component(
        walk.reading, inner_part(ComponentKind::pcie_switch, walk.switches++, "PCIe switch", object, node));
    connect(walk.reading, parent, above, pcie_link(object));
  }
  for (const XmlElement& child : object.children) {
    if (inside && type_of(child) == "PCIDev")
      walk_device(walk, child, above, node, inside);
    else
      walk_io(walk, child, above, node);
  }
}

int add_node(Walk& walk, const XmlElement& numa) {
  Component node;
  node.kind = ComponentKind::numa_node;
  for (const Component& other : walk.reading.components) node.index += other.kind == ComponentKind::numa_node;
  if (node.index >= 256) throw InputError(numa.place, "more than 256 NUMA nodes");
  node.numa_text = std::string(numa.attribute("os_index"));
  node.numa = whole_number(node.numa_text);
  node.name = "NUMA node " + node.numa_text;
  node.cpus = cpu_list(numa.attribute("cpuset"));
  const std::optional<double> memory = leading_number(numa.attribute("local_memory"));
  if (!memory || *memory <= 0)
    walk.reading.findings.push_back(
        {Severity::warning, "numa-memory-missing",
         fmt::format("NUMA node {} has no memory; its processes and GPUs use another node's", node.numa_text),
         "fit memory on every socket, or look for a failed module", std::nullopt});
  return add_component(walk.reading, std::move(node));
}

/// The first NUMA node of an object, searched breadth first as hwloc attaches memory.
const XmlElement* numa_of(const XmlElement& object) {
  for (const XmlElement& child : object.children)
    if (type_of(child) == "NUMANode") return &child;
  return nullptr;
}

void set_socket(Reading& reading, const XmlElement& package, std::size_t first) {
  for (std::size_t i = first; i < reading.components.size(); ++i)
    if (reading.components[i].kind == ComponentKind::numa_node)
      reading.components[i].socket = whole_number(package.attribute("os_index"));
}

void walk_object(Walk& walk, const XmlElement& object, int node) {
  const std::size_t first = walk.reading.components.size();
  for (const XmlElement& child : object.children)
    if (type_of(child) == "NUMANode") {
      const int added = add_node(walk, child);
      if (numa_of(object) == &child || node < 0) node = added;
    }
  if (type_of(object) == "Package") set_socket(walk.reading, object, first);
  if (type_of(object) == "Package" && node >= 0)
    walk.component_of["Package:" + std::string(object.attribute("gp_index"))] = node;
  for (const XmlElement& child : object.children) {
    const std::string_view type = type_of(child);
    if ((type == "Bridge" || type == "PCIDev") && node >= 0) {
      const Component at = walk.reading.components[static_cast<std::size_t>(node)];
      walk_io(walk, child, node, at);
    } else if (type != "NUMANode" && type != "PU" && !type.empty()) {
      walk_object(walk, child, node);
    }
  }
}

void collect_boards(const XmlElement& object, int& boards, int& named) {
  if (type_of(object) == "PCIDev" && pci_part(object).substr(0, 5) == "10de:" &&
      pci_class(object).substr(0, 2) == "03") {
    ++boards;
    named += names_of(object).cuda.has_value();
  }
  for (const XmlElement& child : object.children) collect_boards(child, boards, named);
}

class LstopoXml : public Reader {
 public:
  std::string_view name() const override { return "lstopo-xml"; }
  std::string_view description() const override {
    return "hwloc's lstopo topology.xml: sockets, PCI tree, GPUs and NVLink bandwidths";
  }
  int recognises(const std::string& text) const override {
    return xml_root(text) == kRoot && text.find("<object") != std::string::npos ? 95
           : xml_root(text) == kRoot                                            ? 55
                                                                                : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    const XmlElement topology = parse_xml(text, file, kRoot);
    Walk walk;
    int boards = 0, named = 0;
    collect_boards(topology, boards, named);
    walk.cuda_names_count = boards > 0 && boards == named;
    for (const XmlElement& object : topology.children)
      if (object.name == "object") walk_object(walk, object, -1);
    if (walk.reading.components.empty())
      throw InputError(topology.place,
                       "the topology has no NUMA node; expected the XML of 'lstopo file.xml'");
    set_cpus(topology, walk.reading);
    for (const XmlElement& table : topology.children)
      if (table.attribute("name") == "NVLinkBandwidth")
        append(walk.reading.links, hwloc_nvlinks(table, walk.reading.components, walk.component_of));
    append(walk.reading.links, hwloc_socket_links(walk.reading));
    walk.reading = with_one_nvswitch(std::move(walk.reading));
    describe(walk);
    return std::move(walk.reading);
  }

 private:
  static void append(std::vector<Link>& links, std::vector<Link> more) {
    links.insert(links.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  /// CPUVendor and CPUModelNumber stand on packages; all packages of a server are alike.
  static void set_cpus(const XmlElement& topology, Reading& reading) {
    std::string vendor;
    int model = 0;
    std::vector<const XmlElement*> open = {&topology};
    while (!open.empty()) {
      const XmlElement* object = open.back();
      open.pop_back();
      if (object->name == "info" && object->attribute("name") == "CPUVendor")
        vendor = std::string(object->attribute("value"));
      if (object->name == "info" && object->attribute("name") == "CPUModelNumber")
        model = whole_number(object->attribute("value")).value_or(0);
      if (object->name == "info" && object->attribute("name") == "Architecture" &&
          object->attribute("value").substr(0, 3) == "ppc")
        vendor = "POWER";
      if (object->name == "info" && object->attribute("name") == "Architecture" &&
          object->attribute("value") == "aarch64")
        vendor = "ARM";
      for (const XmlElement& child : object->children) open.push_back(&child);
    }
    for (Component& component : reading.components) {
      if (component.kind != ComponentKind::numa_node) continue;
      component.cpu_vendor = vendor;
      component.cpu_model = model;
    }
  }

  static void describe(Walk& walk) {
    Reading& reading = walk.reading;
    for (const Component& component : reading.components) {
      if (component.kind == ComponentKind::gpu) reading.gpus.push_back(gpu_reading(component));
      if (component.kind == ComponentKind::nic) reading.nics.push_back(nic_reading(component));
    }
    if (!walk.unnamed.empty())
      reading.warnings.push_back(
          fmt::format("{} NVIDIA boards (first at {}) carry no NVML name, and not all carry a CUDA name; "
                      "which of them a job would use is not in the file, so none is counted",
                      walk.unnamed.size(), walk.unnamed.front()));
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_lstopo_xml() { return std::make_unique<LstopoXml>(); }

}  // namespace scalesim::topology
