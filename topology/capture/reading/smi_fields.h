// The facts nvidia-smi prints about a GPU, with their spelling in each of its three detailed forms.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// One fact. `set` writes it into a reading unless it is there already or the value says unknown.
struct SmiField {
  std::string_view query;  ///< path of keys in `nvidia-smi -q`: "PCI/Bus Id"
  std::string_view xml;    ///< path of elements in `nvidia-smi -q -x`: "pci/pci_bus_id"
  std::string_view csv;    ///< column of `nvidia-smi --query-gpu`, without its unit: "pci.bus_id"
  void (*set)(GpuReading& gpu, std::string_view value);
};

/// All fields; drivers renamed some, so one fact may have several rows.
std::span<const SmiField> smi_fields();

}  // namespace scalesim::topology
