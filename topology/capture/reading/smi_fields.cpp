// One row per fact and spelling (drivers 340 to 595; topo-format 1.6 and the driver's own --help-query-gpu).
#include "topology/capture/reading/smi_fields.h"

#include <array>
#include <string>

#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

template <class T>
void fill(std::optional<T>& field, std::optional<T> value) {
  if (!field) field = std::move(value);
}

/// "5" and "16x"; more than 64 is no generation and no width.
std::optional<int> small_number(std::string_view value) {
  value = trim(value);
  if (!value.empty() && value.back() == 'x') value.remove_suffix(1);
  const std::optional<int> number = whole_number(value);
  return number && *number >= 1 && *number <= 64 ? number : std::nullopt;
}

/// "0x233510DE" and "20B210DE" -> "10de:2335".
std::optional<std::string> pci_device(std::string_view value) {
  std::string id = lower_case(trim(value));
  if (id.rfind("0x", 0) == 0) id.erase(0, 2);
  if (id.size() != 8 || id.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  return id.substr(4) + ":" + id.substr(0, 4);
}

std::optional<double> percent(std::string_view value) {
  const std::optional<double> number = leading_number(value);
  return number && *number >= 0 && *number <= 100 ? number : std::nullopt;
}

/// Several kinds of memory count apart.
void add_errors(GpuReading& gpu, std::string_view value) {
  const std::optional<int> count = whole_number(trim(value));
  if (count) gpu.ecc_uncorrected = gpu.ecc_uncorrected.value_or(0) + *count;
}

using Gpu = GpuReading&;
using Text = std::string_view;

constexpr std::array kFields = std::to_array<SmiField>({
    {"", "", "index",
     [](Gpu g, Text v) {
       if (const auto n = whole_number(trim(v)); n && *n < 1024) g.index = *n;
     }},
    {"Product Name", "product_name", "name", [](Gpu g, Text v) { fill(g.name, known(v)); }},
    {"", "", "gpu_name", [](Gpu g, Text v) { fill(g.name, known(v)); }},
    {"GPU UUID", "uuid", "uuid", [](Gpu g, Text v) { fill(g.uuid, known(v)); }},
    {"", "", "gpu_uuid", [](Gpu g, Text v) { fill(g.uuid, known(v)); }},
    {"PCI/Bus Id", "pci/pci_bus_id", "pci.bus_id", [](Gpu g, Text v) { fill(g.bus_id, bus_id(v)); }},
    {"", "", "gpu_bus_id", [](Gpu g, Text v) { fill(g.bus_id, bus_id(v)); }},
    {"PCI/Device Id", "pci/pci_device_id", "pci.device_id",
     [](Gpu g, Text v) { fill(g.pci_device, pci_device(v)); }},
    {"FB Memory Usage/Total", "fb_memory_usage/total", "memory.total",
     [](Gpu g, Text v) { fill(g.memory, memory_size(v)); }},
    {"", "", "compute_cap", [](Gpu g, Text v) { fill(g.compute_capability, compute_capability(v)); }},
    {"PCI/GPU Link Info/PCIe Generation/Max", "pci/pci_gpu_link_info/pcie_gen/max_link_gen",
     "pcie.link.gen.max", [](Gpu g, Text v) { fill(g.pcie_generation, small_number(v)); }},
    {"PCI/GPU Link Info/PCIe Generation/Device Max", "pci/pci_gpu_link_info/pcie_gen/max_device_link_gen",
     "pcie.link.gen.gpumax", [](Gpu g, Text v) { fill(g.pcie_generation_device, small_number(v)); }},
    {"PCI/GPU Link Info/PCIe Generation/Host Max", "pci/pci_gpu_link_info/pcie_gen/max_host_link_gen",
     "pcie.link.gen.hostmax", [](Gpu g, Text v) { fill(g.pcie_generation_host, small_number(v)); }},
    {"PCI/GPU Link Info/PCIe Generation/Current", "pci/pci_gpu_link_info/pcie_gen/current_link_gen",
     "pcie.link.gen.current", [](Gpu g, Text v) { fill(g.pcie_generation_now, small_number(v)); }},
    {"PCI/GPU Link Info/Link Width/Max", "pci/pci_gpu_link_info/link_widths/max_link_width",
     "pcie.link.width.max", [](Gpu g, Text v) { fill(g.pcie_width, small_number(v)); }},
    {"PCI/GPU Link Info/Link Width/Current", "pci/pci_gpu_link_info/link_widths/current_link_width",
     "pcie.link.width.current", [](Gpu g, Text v) { fill(g.pcie_width_now, small_number(v)); }},
    {"MIG Mode/Current", "mig_mode/current_mig", "mig.mode.current",
     [](Gpu g, Text v) { fill(g.mig, enabled(v)); }},
    {"Persistence Mode", "persistence_mode", "persistence_mode",
     [](Gpu g, Text v) { fill(g.persistence, enabled(v)); }},
    {"ECC Mode/Current", "ecc_mode/current_ecc", "ecc.mode.current",
     [](Gpu g, Text v) { fill(g.ecc, enabled(v)); }},
    {"Ecc Mode/Current", "", "", [](Gpu g, Text v) { fill(g.ecc, enabled(v)); }},
    {"ECC Errors/Volatile/DRAM Uncorrectable", "ecc_errors/volatile/dram_uncorrectable",
     "ecc.errors.uncorrected.volatile.total", add_errors},
    {"ECC Errors/Volatile/SRAM Uncorrectable", "ecc_errors/volatile/sram_uncorrectable", "", add_errors},
    {"Performance State", "performance_state", "pstate",
     [](Gpu g, Text v) { fill(g.performance_state, performance_state(v)); }},
    {"Utilization/GPU", "utilization/gpu_util", "utilization.gpu",
     [](Gpu g, Text v) { fill(g.utilisation, percent(v)); }},
    {"Utilization/Gpu", "", "", [](Gpu g, Text v) { fill(g.utilisation, percent(v)); }},
    {"GPU Power Readings/Average Power Draw", "gpu_power_readings/power_draw", "power.draw",
     [](Gpu g, Text v) { fill(g.power_draw, power(v)); }},
    {"GPU Power Readings/Power Draw", "gpu_power_readings/instant_power_draw", "power.draw.instant",
     [](Gpu g, Text v) { fill(g.power_draw, power(v)); }},
    {"Power Readings/Power Draw", "power_readings/power_draw", "",
     [](Gpu g, Text v) { fill(g.power_draw, power(v)); }},
    {"GPU Power Readings/Current Power Limit", "gpu_power_readings/current_power_limit", "power.limit",
     [](Gpu g, Text v) { fill(g.power_limit, power(v)); }},
    {"Power Readings/Power Limit", "power_readings/power_limit", "",
     [](Gpu g, Text v) { fill(g.power_limit, power(v)); }},
    {"GPU Power Readings/Default Power Limit", "gpu_power_readings/default_power_limit",
     "power.default_limit", [](Gpu g, Text v) { fill(g.power_limit_default, power(v)); }},
    {"Power Readings/Default Power Limit", "power_readings/default_power_limit", "",
     [](Gpu g, Text v) { fill(g.power_limit_default, power(v)); }},
    {"Clocks Event Reasons/SW Power Cap", "clocks_event_reasons/clocks_event_reason_sw_power_cap",
     "clocks_event_reasons.sw_power_cap", [](Gpu g, Text v) { fill(g.power_capped, enabled(v)); }},
    {"Clocks Throttle Reasons/SW Power Cap", "clocks_throttle_reasons/clocks_throttle_reason_sw_power_cap",
     "clocks_throttle_reasons.sw_power_cap", [](Gpu g, Text v) { fill(g.power_capped, enabled(v)); }},
    {"Fabric/State", "fabric/state", "fabric.state", [](Gpu g, Text v) { fill(g.fabric_state, known(v)); }},
});

}  // namespace

std::span<const SmiField> smi_fields() { return kFields; }

}  // namespace scalesim::topology
