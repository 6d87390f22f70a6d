// Turns a captured machine into the node of a cluster: settles the GPU, the ports and every bandwidth.
#include "topology/capture/captured_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "topology/capture/rates.h"
#include "topology/capture/reading/reader.h"
#include "topology/machine/nccl_constants.h"
#include "topology/machine/node_builder.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

Component& at(Machine& machine, int index) { return machine.components[static_cast<std::size_t>(index)]; }
const Component& at(const Machine& machine, int index) {
  return machine.components[static_cast<std::size_t>(index)];
}

bool joins_gpus(const Link& link) { return link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi; }

GpuSpec slowest_gpu(const Machine& machine) {
  std::optional<GpuSpec> slowest;
  for (const int index : machine.of_kind(ComponentKind::gpu)) {
    const GpuSpec& gpu = *at(machine, index).gpu;
    if (!slowest || gpu.peak_at(Precision::fp16) < slowest->peak_at(Precision::fp16)) slowest = gpu;
  }
  return *slowest;
}

/// Makes every GPU a known part: the file's own, else the one given.
void settle_gpus(Machine& machine, const std::string& path, const std::optional<GpuSpec>& gpu) {
  const std::vector<int> gpus = machine.of_kind(ComponentKind::gpu);
  if (gpus.empty())
    throw InputError(
        fmt::format("{}: shows no GPU; capture 'nvidia-smi topo -m' on a machine that has some", path));
  if (gpu) {
    for (const int index : gpus)
      if (at(machine, index).gpu && at(machine, index).gpu->name != gpu->name) {
        machine.warnings.push_back(fmt::format("{} shows {}: --gpu {} is not used for this system", path,
                                               at(machine, index).gpu->product, gpu->name));
        break;
      }
    machine = with_gpu(std::move(machine), *gpu);
  }
  for (const int index : gpus)
    if (!at(machine, index).gpu)
      throw InputError(
          fmt::format("{}: does not say which GPUs these are{}: add --gpu NAME", path,
                      at(machine, index).name.empty()
                          ? std::string()
                          : fmt::format(" ('{}' is not in the catalogue)", at(machine, index).name)));
}

NodeWiring wiring_of(const Machine& machine) {
  if (machine.count(ComponentKind::nvswitch) > 0) return NodeWiring::nvswitch;
  std::map<int, std::set<int>> peers;
  std::map<int, int> below;
  for (const Link& link : machine.links) {
    if (joins_gpus(link)) peers[link.from].insert(link.to);
    if (at(machine, link.from).kind == ComponentKind::gpu &&
        at(machine, link.to).kind == ComponentKind::pcie_switch)
      ++below[link.to];
  }
  const auto several = [](const auto& entry) { return entry.second.size() > 1; };
  if (!peers.empty() && std::any_of(peers.begin(), peers.end(), several)) return NodeWiring::nvlink_mesh;
  if (!peers.empty())
    return machine.count(ComponentKind::gpu) > 2 ? NodeWiring::nvbridge : NodeWiring::nvlink_mesh;
  const auto shared = [](const auto& entry) { return entry.second > 1; };
  return std::any_of(below.begin(), below.end(), shared) ? NodeWiring::pcie_switch : NodeWiring::pcie;
}

/// Refuses what shows GPUs without saying how they are joined: no matrix does not mean no NVLink.
void check_joined(const MachineReport& report, const std::string& path) {
  if (report.machine.count(ComponentKind::gpu) > 1 && report.machine.links.empty())
    throw InputError(
        fmt::format("{}: does not say how its {} GPUs are joined; give 'nvidia-smi topo -m' or NCCL's XML",
                    path, report.machine.count(ComponentKind::gpu)));
}

/// NCCL topology files that clouds ship leave out GPUs' links, which NCCL asks the driver for. They are told
/// by what they leave out: no matrix, no compute capability, no NVLink.
bool leaves_out_gpu_links(const MachineReport& report, const GpuSpec& gpu) {
  const auto known = [](const GpuReading& reading) { return reading.compute_capability.has_value(); };
  return report.machine.relations.empty() && report.machine.count(ComponentKind::gpu) > 1 && gpu.links &&
         !gpu.links->bridge_only && std::none_of(report.gpus.begin(), report.gpus.end(), known) &&
         std::none_of(report.machine.links.begin(), report.machine.links.end(), joins_gpus);
}

/// Servers of a PCIe generation came with CPUs whose socket links NCCL rates so: Skylake, EPYC, Sapphire
/// Rapids.
BytesPerSecond usual_socket_link(int pcie_generation) {
  if (pcie_generation >= 5) return nccl_inter_socket_bandwidth("GenuineIntel", 0x8F);
  if (pcie_generation == 4) return nccl_inter_socket_bandwidth("AuthenticAMD", 0);
  return nccl_inter_socket_bandwidth("GenuineIntel", 0x55);
}

/// Gives every link a bandwidth, for a prediction needs one; what is assumed says so.
void assume_rates(Machine& machine, const GpuSpec& gpu) {
  const int generation = std::max(gpu.pcie_generation, 1);
  for (Link& link : machine.links) {
    if (link.bandwidth) continue;
    link.provenance = Provenance::assumed;
    const Component& from = at(machine, link.from);
    if (link.kind == LinkKind::inter_socket && from.cpu_vendor.empty()) {
      link.bandwidth = usual_socket_link(generation);
      link.source = fmt::format("the CPU is not known: usual for servers with PCIe gen{}", generation);
    } else if (link.kind == LinkKind::inter_socket) {
      link.bandwidth = nccl_inter_socket_bandwidth(from.cpu_vendor, from.cpu_model);
      link.source = "NCCL's constant for this CPU";
    } else if (link.kind == LinkKind::pcie) {
      link.bandwidth = pcie_bandwidth(generation, 16);
      link.source = fmt::format("not printed: taken as gen{} x16, the GPU's own", generation);
    } else {
      link.bandwidth = nccl_link_bandwidth(machine, link, gpu.compute_capability);
      link.source = "not printed: NCCL's constant for this GPU";
    }
  }
}

void plug_in(Machine& machine, const NicGroup& nics, int generation) {
  const std::vector<int> sockets = machine.of_kind(ComponentKind::numa_node);
  for (int i = 0; i < nics.count && !sockets.empty(); ++i) {
    const int socket =
        sockets[static_cast<std::size_t>(i) * sockets.size() / static_cast<std::size_t>(nics.count)];
    Component nic;
    nic.kind = ComponentKind::nic;
    nic.index = i;
    nic.name = fmt::format("nic{}", i);
    nic.numa = at(machine, socket).numa;
    machine.components.push_back(std::move(nic));
    Link link;
    link.from = static_cast<int>(machine.components.size()) - 1;
    link.to = socket;
    link.bandwidth = pcie_bandwidth(std::max(generation, 1), 16);
    link.source = "the command line's port, taken to be on a slot of its own";
    machine.links.push_back(link);
    std::swap(link.from, link.to);
    machine.links.push_back(std::move(link));
  }
}

NicGroup settle_nics(Machine& machine, const std::string& path, const std::optional<int>& wanted,
                     const std::optional<BytesPerSecond>& rate, int generation) {
  const std::vector<int> found = machine.of_kind(ComponentKind::nic);
  NicGroup nics{static_cast<int>(found.size()), {}};
  if (wanted && !found.empty() && *wanted > nics.count)
    throw InputError(fmt::format("{}: shows {} network ports, not {}", path, nics.count, *wanted));
  if (wanted) nics.count = *wanted;
  if (rate && nics.count == 0) nics.count = 1;
  for (const int index : found) {
    if (rate) at(machine, index).network_rate = rate;
    const auto known = at(machine, index).network_rate;
    if (known && (nics.rate.value() == 0 || *known < nics.rate)) nics.rate = *known;
  }
  if (rate) nics.rate = *rate;
  if (nics.rate.value() == 0) return {};
  if (found.empty()) plug_in(machine, nics, generation);
  for (const int index : machine.of_kind(ComponentKind::nic))
    if (!at(machine, index).network_rate) at(machine, index).network_rate = nics.rate;
  return nics;
}

}  // namespace

CapturedNode read_captured_node(const std::vector<FileText>& files, const std::optional<GpuSpec>& gpu,
                                const std::optional<int>& nics, const std::optional<BytesPerSecond>& nic_rate,
                                const DataCatalogue& data) {
  MachineReport report = read_machine(files, GpuCatalogue(data));
  const std::string& path = report.machine.source;
  check_joined(report, path);
  settle_gpus(report.machine, path, gpu);
  CapturedNode node;
  node.gpu = slowest_gpu(report.machine);
  if (leaves_out_gpu_links(report, node.gpu)) {
    const int gpus = report.machine.count(ComponentKind::gpu);
    report.machine = with_gpu_links(std::move(report.machine), node.gpu, usual_nvlink_wiring(node.gpu, gpus));
    report.machine.warnings.push_back(
        fmt::format("{} leaves out how its GPUs are linked: taken as {} has it", path, node.gpu.name));
  }
  node.cluster = report.cluster;
  node.machine = std::move(report.machine);
  node.wiring = wiring_of(node.machine);
  node.nics = settle_nics(node.machine, path, nics, nic_rate, node.gpu.pcie_generation);
  assume_rates(node.machine, node.gpu);
  return node;
}

}  // namespace scalesim::topology
