// Filling in link bandwidths: printed rates first, then the part's nominal ones, else nothing.
#include "topology/capture/rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "topology/capture/text/text.h"
#include "topology/machine/nvlink_generations.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

const Component& end_of(const Machine& machine, int component) {
  return machine.components[static_cast<std::size_t>(component)];
}

void set_rate(Link& link, BytesPerSecond rate, Provenance provenance, std::string source) {
  link.bandwidth = rate;
  link.provenance = provenance;
  link.source = std::move(source);
}

/// Facts by GPU index; absent GPUs have none.
using Facts = std::map<int, const GpuReading*>;

/// Printed rate of one link of this GPU: the slowest active one.
std::optional<BytesPerSecond> printed_link_rate(const GpuReading* gpu) {
  std::optional<BytesPerSecond> slowest;
  if (gpu == nullptr) return slowest;
  for (const NvlinkState& link : gpu->nvlinks)
    if (link.rate && (!slowest || *link.rate < *slowest)) slowest = link.rate;
  return slowest;
}

const GpuReading* facts_of(const Facts& facts, const Component& component) {
  const auto found = component.kind == ComponentKind::gpu ? facts.find(component.index) : facts.end();
  return found == facts.end() ? nullptr : found->second;
}

void fill_nvlink(Link& link, const Component& gpu, const GpuReading* facts) {
  if (const auto printed = printed_link_rate(facts))
    return set_rate(link, *printed * link.count, Provenance::datasheet, "nvidia-smi nvlink --status");
  if (gpu.gpu && gpu.gpu->links)
    return set_rate(link, gpu.gpu->links->per_link * link.count, Provenance::datasheet, gpu.gpu->name);
  const std::optional<int> capability = facts != nullptr ? facts->compute_capability : std::nullopt;
  const auto nominal = capability ? nominal_nvlink_bandwidth(*capability) : std::nullopt;
  if (nominal)
    set_rate(
        link, *nominal * link.count, Provenance::datasheet,
        fmt::format("nominal NVLink rate of compute capability {}.{}", *capability / 10, *capability % 10));
}

void fill_pcie(Link& link, const Component& gpu, const GpuReading* facts) {
  const bool printed = facts != nullptr && facts->pcie_generation;
  const int generation = printed ? *facts->pcie_generation : gpu.gpu ? gpu.gpu->pcie_generation : 0;
  const int lanes = facts != nullptr && facts->pcie_width ? *facts->pcie_width
                    : gpu.gpu                             ? gpu.gpu->pcie_lanes
                                                          : 16;
  if (generation < 1 || generation > 7 || lanes < 1 || lanes > 32) return;
  set_rate(link, pcie_bandwidth(generation, lanes), Provenance::datasheet,
           fmt::format("PCIe gen{} x{}{}", generation, lanes,
                       printed ? " as nvidia-smi prints it" : ", the part's own"));
}

/// The GPU at one end of a link, the sender first; null when there is none.
const Component* gpu_end(const Machine& machine, const Link& link) {
  for (int end : {link.from, link.to})
    if (end_of(machine, end).kind == ComponentKind::gpu) return &end_of(machine, end);
  return nullptr;
}

/// A switch's uplink carries what its fastest device can, as servers wire them.
void fill_uplinks(Machine& machine) {
  std::map<int, BytesPerSecond> fastest;
  for (int pass = 0; pass < 3; ++pass) {  // switches below switches
    for (const Link& link : machine.links)
      if (link.kind == LinkKind::pcie && link.bandwidth &&
          end_of(machine, link.to).kind == ComponentKind::pcie_switch) {
        const auto at = fastest.emplace(link.to, *link.bandwidth).first;
        at->second = std::max(at->second, *link.bandwidth);
      }
    for (Link& link : machine.links) {
      if (link.kind != LinkKind::pcie || link.bandwidth) continue;
      const auto ends_in = [&](ComponentKind kind) {
        return end_of(machine, link.from).kind == kind || end_of(machine, link.to).kind == kind;
      };
      if (ends_in(ComponentKind::gpu) || ends_in(ComponentKind::nic) || ends_in(ComponentKind::nic_board))
        continue;
      const int inner = hangs_below(machine, link.from, link.to) ? link.from : link.to;
      const auto found = fastest.find(inner);
      if (found != fastest.end())
        set_rate(link, found->second, Provenance::assumed, "as wide as the switch's fastest device");
    }
  }
}

Facts facts_by_index(const std::vector<GpuReading>& gpus) {
  Facts facts;
  for (const GpuReading& gpu : gpus) facts[gpu.index] = &gpu;
  return facts;
}

void fill_links(Machine& machine, const Facts& facts) {
  for (Link& link : machine.links) {
    const Component* gpu = gpu_end(machine, link);
    if (gpu == nullptr) continue;
    const bool printed_pcie = link.kind == LinkKind::pcie && facts_of(facts, *gpu) != nullptr &&
                              facts_of(facts, *gpu)->pcie_generation;
    if (link.bandwidth && !(link.provenance == Provenance::assumed && printed_pcie)) continue;
    if (link.kind == LinkKind::nvlink) fill_nvlink(link, *gpu, facts_of(facts, *gpu));
    if (link.kind == LinkKind::pcie) fill_pcie(link, *gpu, facts_of(facts, *gpu));
  }
  fill_uplinks(machine);
}

}  // namespace

MachineReport with_rates(MachineReport report, const GpuCatalogue& gpus) {
  const Facts facts = facts_by_index(report.gpus);
  std::map<std::string, std::optional<GpuSpec>> parts;
  for (Component& component : report.machine.components) {
    if (component.kind != ComponentKind::gpu || component.name.empty()) continue;
    auto found = parts.find(component.name);
    if (found == parts.end()) found = parts.emplace(component.name, gpus.by_product(component.name)).first;
    component.gpu = found->second;
  }
  fill_links(report.machine, facts);
  return report;
}

Machine with_gpu(Machine machine, const GpuSpec& gpu) {
  for (Component& component : machine.components) {
    if (component.kind != ComponentKind::gpu || component.gpu) continue;
    component.gpu = gpu;
    if (component.name.empty()) component.name = gpu.product;
  }
  fill_links(machine, {});
  return machine;
}

}  // namespace scalesim::topology
