// Links that hwloc knows beside the PCI tree: NVLink bandwidths that NVML told it, and the ways between NUMA
// nodes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "topology/capture/reading/reading.h"
#include "topology/capture/text/xml.h"

namespace scalesim::topology {

/// The NVLinks of a bandwidth matrix in MB/s, whose lists are cut into several elements that belong together.
/// `component_of` has components by hwloc's names ("OSDev:332"). Throws InputError where the matrix is no
/// square.
std::vector<Link> hwloc_nvlinks(const XmlElement& table, const std::vector<Component>& components,
                                const std::map<std::string, int>& component_of);

/// Between all NUMA nodes, both ways.
std::vector<Link> hwloc_socket_links(const Reading& reading);

/// A DGX-2 has six NVSwitches per GPU board; NCCL and the simulator fold them into one, so the links add up.
Reading with_one_nvswitch(Reading reading);

}  // namespace scalesim::topology
