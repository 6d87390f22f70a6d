// From captured files to one machine: read, merge, wire, rate, and say what will hurt.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "topology/capture/findings.h"
#include "topology/capture/merge.h"
#include "topology/capture/rates.h"
#include "topology/capture/reading/parts.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/capture/wiring.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

constexpr std::size_t kMostDevices = 2048;  ///< their pairs are listed one by one

/// Whether GPUs may access each other over PCIe: false as soon as one pair may not, true when every pair may,
/// unknown when only other capabilities were asked about. NS is what `-p2p n` prints without NVLink, so alone
/// it says nothing.
std::optional<bool> peer_access(const std::vector<PeerStatus>& peers) {
  bool any = false;
  for (const PeerStatus& peer : peers) {
    const bool access = peer.capability.empty() || peer.capability.find_first_of("rw") != std::string::npos;
    if (!access || peer.status == "U" || (peer.status == "NS" && peer.capability.empty())) continue;
    if (peer.status != "OK") return false;
    any = true;
  }
  return any ? std::optional(true) : std::nullopt;
}

void describe_gpu(Component& component, const GpuReading& gpu) {
  if (gpu.name) component.name = *gpu.name;
  if (gpu.bus_id) component.bus_id = *gpu.bus_id;
  if (gpu.cpus) component.cpus = *gpu.cpus;
  if (!gpu.numa) return;
  component.numa_text = *gpu.numa;
  component.numa = whole_number(gpu.numa->substr(0, gpu.numa->find_first_of(",-")));
}

void describe_nic(Component& component, const NicReading& nic) {
  if (nic.name) component.name = *nic.name;
  if (nic.bus_id) component.bus_id = *nic.bus_id;
  if (nic.rate) component.network_rate = nic.rate;
}

Machine machine_of(const Reading& reading) {
  Machine machine;
  machine.name = reading.name;
  machine.components = reading.components;
  machine.links = reading.links;
  machine.relations = reading.matrix;
  machine.warnings = reading.warnings;
  machine.source = reading.file;
  machine.peer_access = peer_access(reading.peers);
  std::map<int, const GpuReading*> gpus;
  std::map<int, const NicReading*> nics;
  for (const GpuReading& gpu : reading.gpus) gpus[gpu.index] = &gpu;
  for (const NicReading& nic : reading.nics) nics[nic.index] = &nic;
  for (Component& component : machine.components) {
    const auto gpu = component.kind == ComponentKind::gpu ? gpus.find(component.index) : gpus.end();
    const auto nic = component.kind == ComponentKind::nic ? nics.find(component.index) : nics.end();
    if (gpu != gpus.end()) describe_gpu(component, *gpu->second);
    if (nic != nics.end()) describe_nic(component, *nic->second);
  }
  return machine;
}

}  // namespace

MachineReport report_of(const std::vector<Reading>& readings, const GpuCatalogue& gpus) {
  Reading reading = merge(readings);
  const std::size_t devices =
      std::max(reading.gpus.size() + reading.nics.size(), reading.components.size() / 4);
  if (devices > kMostDevices)
    throw InputError(
        {reading.file, 0, 0},
        fmt::format("{} GPUs and NICs in one machine; at most {} are understood, more is a cluster (--nodes)",
                    devices, kMostDevices));
  reading = with_wiring(std::move(reading));
  MachineReport report;
  report.machine = machine_of(reading);
  report.gpus = std::move(reading.gpus);
  report.nics = std::move(reading.nics);
  report.peers = std::move(reading.peers);
  report.findings = std::move(reading.findings);
  report.cluster = std::move(reading.cluster);
  report = with_rates(std::move(report), gpus);
  return with_findings(std::move(report));
}

Reading reading_of(const Machine& machine) {
  Reading reading;
  reading.format = "description";
  reading.file = machine.source;
  reading.name = machine.name;
  reading.components = machine.components;
  reading.links = machine.links;
  reading.matrix = machine.relations;
  reading.warnings = machine.warnings;
  for (const Component& component : machine.components) {
    if (component.kind == ComponentKind::gpu) reading.gpus.push_back(gpu_reading(component));
    if (component.kind == ComponentKind::nic) reading.nics.push_back(nic_reading(component));
  }
  return reading;
}

MachineReport report_of(const Machine& machine) {
  Reading reading = reading_of(machine);
  MachineReport report;
  report.machine = machine;
  report.gpus = std::move(reading.gpus);
  report.nics = std::move(reading.nics);
  return with_findings(std::move(report));
}

MachineReport read_machine(const std::vector<FileText>& files, const GpuCatalogue& gpus) {
  std::vector<Reading> readings;
  for (const auto& [file, text] : files)
    for (Reading& reading : read_text(text, file)) readings.push_back(std::move(reading));
  return report_of(readings, gpus);
}

}  // namespace scalesim::topology
