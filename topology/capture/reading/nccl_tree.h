// The tree of CPUs, PCIe switches and devices in NCCL's topology XML, before devices are numbered and linked.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "topology/capture/reading/reading.h"
#include "topology/capture/text/xml.h"

namespace scalesim::topology {

/// A GPU, NIC or switch seen while walking the tree; indices are given when all are known.
struct NcclDevice {
  int component = 0;
  int host = 0;
  std::string bus_id;
  std::optional<int> dev, rank;
  const XmlElement* element = nullptr;  ///< <gpu>, null where only the PCI class tells that it is one
};

struct NcclTree {
  Reading reading;
  std::vector<NcclDevice> gpus, nics;
  std::map<std::string, int> hosts;  ///< host_hash -> number
  std::map<int, std::vector<int>> numa_of_host;
  int host = 0;                                           ///< of the cpu being walked
  std::unordered_map<std::string, int> bus_to_component;  ///< key: host and bus id
  std::set<std::string> duplicates;
  int unknown_devices = 0;
  int switches = 0, boards = 0;
};

/// Key of bus_to_component.
std::string nccl_bus_key(int host, const std::string& id);

/// Walks all <cpu> elements of <system>, which must outlive the answer. Throws InputError.
NcclTree walk_nccl_tree(const XmlElement& system);

}  // namespace scalesim::topology
