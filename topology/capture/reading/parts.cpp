// Components and links of readings.
#include "topology/capture/reading/parts.h"

#include <fmt/format.h>

#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

std::optional<std::string> numa_of(const Component& component) {
  if (component.numa_text.empty() && component.numa) return fmt::format("{}", *component.numa);
  return known(component.numa_text);
}

}  // namespace

int add_component(Reading& reading, Component component) {
  reading.components.push_back(std::move(component));
  return static_cast<int>(reading.components.size()) - 1;
}

void connect(Reading& reading, int a, int b, Link link) {
  link.from = a;
  link.to = b;
  reading.links.push_back(link);
  std::swap(link.from, link.to);
  reading.links.push_back(std::move(link));
}

Link on_chip_link(std::string source) {
  constexpr double kLocal = 5000e9;  // NCCL's LOC_BW
  Link link;
  link.kind = LinkKind::on_chip;
  link.bandwidth = BytesPerSecond(kLocal);
  link.source = std::move(source);
  return link;
}

GpuReading gpu_reading(const Component& component) {
  GpuReading gpu;
  gpu.index = component.index;
  gpu.name = known(component.name);
  gpu.bus_id = known(component.bus_id);
  gpu.cpus = known(component.cpus);
  gpu.numa = numa_of(component);
  return gpu;
}

NicReading nic_reading(const Component& component) {
  NicReading nic;
  nic.index = component.index;
  nic.name = known(component.name);
  nic.bus_id = known(component.bus_id);
  nic.rate = component.network_rate;
  nic.numa = numa_of(component);
  return nic;
}

}  // namespace scalesim::topology
