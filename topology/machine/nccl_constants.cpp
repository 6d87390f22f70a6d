// NCCL's bandwidth constants (comm-model 2.2, topo-format 3.4).
#include "topology/machine/nccl_constants.h"

#include "topology/machine/nvlink_generations.h"

namespace scalesim::topology {
namespace {

BytesPerSecond gigabytes(double value) { return BytesPerSecond(value * 1e9); }

const Component& end_of(const Machine& machine, int index) {
  return machine.components[static_cast<std::size_t>(index)];
}

}  // namespace

BytesPerSecond nccl_inter_socket_bandwidth(std::string_view cpu_vendor, int cpu_model) {
  if (cpu_vendor == "AuthenticAMD") return gigabytes(16);
  if (cpu_vendor == "GenuineIntel") {
    if (cpu_model >= 0xCF) return gigabytes(40);
    if (cpu_model >= 0x8F) return gigabytes(22);
    if (cpu_model >= 0x55) return gigabytes(10);
    return gigabytes(6);
  }
  if (cpu_vendor == "POWER" || cpu_vendor == "IBM") return gigabytes(32);
  return gigabytes(6);
}

BytesPerSecond nccl_link_bandwidth(const Machine& machine, const Link& link, int compute_capability) {
  const Component& from = end_of(machine, link.from);
  switch (link.kind) {
    case LinkKind::nvlink:
      if (compute_capability > 0) return nccl_nvlink_bandwidth(compute_capability) * link.count;
      break;
    case LinkKind::inter_socket:
      if (!from.cpu_vendor.empty()) return nccl_inter_socket_bandwidth(from.cpu_vendor, from.cpu_model);
      break;
    case LinkKind::pcie:
    case LinkKind::c2c:
    case LinkKind::xgmi:
    case LinkKind::on_chip:
      break;
  }
  // NCCL's default for a PCIe link it cannot read is gen3 x16.
  return link.bandwidth.value_or(gigabytes(12));
}

}  // namespace scalesim::topology
