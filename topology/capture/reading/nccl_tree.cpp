// Walks the elements of NCCL's topology XML. Static files of cloud providers name only PCI classes; what they
// leave out stays unknown.
#include "topology/capture/reading/nccl_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "topology/capture/reading/parts.h"
#include "topology/capture/reading/pcie.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr std::size_t kMostDevices = 65536;
constexpr std::size_t kMostNodes = 4096;       ///< NUMA nodes of all hosts
constexpr std::size_t kMostNodesOfHost = 256;  ///< they are joined pairwise

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_gpu_class(std::string_view pci_class) {
  return has_prefix(pci_class, "0x03") || has_prefix(pci_class, "0x12");
}
bool is_nic_class(std::string_view pci_class) { return has_prefix(pci_class, "0x02"); }

int add(NcclTree& tree, Component component) {
  if (tree.reading.components.size() >= kMostDevices)
    throw InputError(fmt::format("more than {} devices are named", kMostDevices));
  return add_component(tree.reading, std::move(component));
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

void remember_bus(NcclTree& tree, const std::string& id, int component) {
  if (!id.empty() && !tree.bus_to_component.emplace(nccl_bus_key(tree.host, id), component).second)
    tree.duplicates.insert(id);
}

void add_gpu(NcclTree& tree, const XmlElement& pci, const XmlElement* gpu, const std::string& id, int parent,
             const Component& numa) {
  Component component;
  component.kind = ComponentKind::gpu;
  component.bus_id = id;
  component.numa = numa.numa;
  component.numa_text = numa.numa_text;
  component.cpus = numa.cpus;
  const int at = add(tree, std::move(component));
  remember_bus(tree, id, at);
  connect(tree.reading, parent, at, pcie_link(pci));
  NcclDevice seen{at, tree.host, id, std::nullopt, std::nullopt, gpu};
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
      for (std::size_t i = tree.reading.components.size(); i-- > 0;)
        if (tree.reading.components[i].kind == ComponentKind::numa_node) {
          node = static_cast<int>(i);
          break;
        }
      connect(tree.reading, at, node, std::move(link));
    }
  }
  tree.gpus.push_back(std::move(seen));
}

void add_net(NcclTree& tree, const XmlElement* net, const std::string& id, int parent, const Component& numa,
             std::optional<Link> link) {
  Component component;
  component.kind = ComponentKind::nic;
  component.bus_id = id;
  component.numa = numa.numa;
  component.numa_text = numa.numa_text;
  component.cpus = numa.cpus;
  NcclDevice seen{0, tree.host, id, std::nullopt, std::nullopt, net};
  if (net != nullptr) {
    component.name = std::string(net->attribute("name"));
    seen.dev = whole_number(net->attribute("dev"));
    const std::optional<double> speed = leading_number(net->attribute("speed"));
    // NCCL takes 10 Gb/s where the driver says 0 or less (graph/xml.cc).
    if (speed && *speed < 1e9)
      component.network_rate = BytesPerSecond((*speed <= 0 ? 10000 : *speed) * 1e6 / 8);
  }
  seen.component = add(tree, std::move(component));
  if (link) connect(tree.reading, parent, seen.component, std::move(*link));
  tree.nics.push_back(std::move(seen));
}

/// The ports of one adapter share its PCIe link.
int add_board(NcclTree& tree, const std::string& id, int parent, const Component& numa, Link link) {
  Component board;
  board.kind = ComponentKind::nic_board;
  board.index = tree.boards++;
  board.name = fmt::format("NIC board {}", board.index);
  board.bus_id = id;
  board.numa = numa.numa;
  board.numa_text = numa.numa_text;
  const int at = add(tree, std::move(board));
  connect(tree.reading, parent, at, std::move(link));
  return at;
}

void walk_nic(NcclTree& tree, const XmlElement& nic, const XmlElement* pci, const std::string& id, int parent,
              const Component& numa) {
  Link attached;
  attached.kind = LinkKind::pcie;
  attached.source = "no PCI device in the file";
  if (pci != nullptr) attached = pcie_link(*pci);
  const auto nets = std::count_if(nic.children.begin(), nic.children.end(),
                                  [](const XmlElement& child) { return child.name == "net"; });
  if (nets > 1 && pci != nullptr) {
    parent = add_board(tree, id, parent, numa, std::move(attached));
    attached = on_chip_link("several ports on one board");
  }
  for (const XmlElement& net : nic.children)
    if (net.name == "net") add_net(tree, &net, id, parent, numa, attached);
  if (nets == 0 && pci != nullptr) add_net(tree, nullptr, id, parent, numa, attached);
}

void walk_pci(NcclTree& tree, const XmlElement& pci, int parent, const Component& numa) {
  const std::string id = bus_id(pci.attribute("busid")).value_or(std::string());
  const std::string_view pci_class = pci.attribute("class");
  bool device = false;
  for (const XmlElement& child : pci.children) {
    if (child.name == "gpu") add_gpu(tree, pci, &child, id, parent, numa), device = true;
    if (child.name == "nic") walk_nic(tree, child, &pci, id, parent, numa), device = true;
  }
  if (device) return;
  if (is_gpu_class(pci_class)) return add_gpu(tree, pci, nullptr, id, parent, numa);
  if (is_nic_class(pci_class)) {
    remember_bus(tree, id, -1);
    return add_net(tree, nullptr, id, parent, numa, pcie_link(pci));
  }
  if (has_prefix(pci_class, "0x0680"))
    return;  // NVSwitch (and POWER's NVLink bridge): joined by nvlink elements
  const bool has_devices = pci.child("pci") != nullptr;
  if (pci_class.empty() && !has_devices) {
    ++tree.unknown_devices;
    return;
  }
  if (!has_devices) return;
  Component component;
  component.kind = ComponentKind::pcie_switch;
  component.index = tree.switches++;
  component.name = fmt::format("PCIe switch {}", component.index);
  component.bus_id = id;
  component.numa = numa.numa;
  component.numa_text = numa.numa_text;
  const int at = add(tree, std::move(component));
  remember_bus(tree, id, at);
  connect(tree.reading, parent, at, pcie_link(pci));
  for (const XmlElement& child : pci.children)
    if (child.name == "pci") walk_pci(tree, child, at, numa);
}

/// NCCL knows CPUs that are not x86 by their architecture.
std::string cpu_vendor(std::string_view vendor, std::string_view arch) {
  if (arch == "ppc64" || arch == "ppc64le") return "POWER";
  if (arch == "arm64" || arch == "aarch64") return "ARM";
  return std::string(trim(vendor));
}

void walk_cpu(NcclTree& tree, const XmlElement& cpu) {
  Component numa;
  numa.kind = ComponentKind::numa_node;
  numa.index = 0;
  for (const auto& [host, nodes] : tree.numa_of_host) numa.index += static_cast<int>(nodes.size());
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
  const int at = add(tree, numa);
  tree.host = tree.hosts.emplace(std::string(cpu.attribute("host_hash")), static_cast<int>(tree.hosts.size()))
                  .first->second;
  tree.numa_of_host[tree.host].push_back(at);
  if (tree.numa_of_host[tree.host].size() > kMostNodesOfHost)
    throw InputError(cpu.place,
                     fmt::format("more than {} <cpu> elements with one host_hash", kMostNodesOfHost));
  for (const XmlElement& child : cpu.children) {
    if (child.name == "pci") walk_pci(tree, child, at, numa);
    if (child.name == "nic") walk_nic(tree, child, nullptr, std::string(), at, numa);
  }
}

}  // namespace

std::string nccl_bus_key(int host, const std::string& id) { return fmt::format("{} {}", host, id); }

NcclTree walk_nccl_tree(const XmlElement& system) {
  NcclTree tree;
  for (const XmlElement& cpu : system.children)
    if (cpu.name == "cpu") walk_cpu(tree, cpu);
  return tree;
}

}  // namespace scalesim::topology
