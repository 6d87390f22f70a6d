// The only file that includes hwloc.
#include "topology/probe/hwloc_capture.h"

#ifdef SCALESIM_HAS_HWLOC
#include <hwloc.h>
#endif

namespace scalesim::topology {

#ifdef SCALESIM_HAS_HWLOC

std::optional<std::string> capture_hwloc() {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return std::nullopt;
  hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
  std::optional<std::string> result;
  char* buffer = nullptr;
  int length = 0;
  if (hwloc_topology_load(topology) == 0 &&
      hwloc_topology_export_xmlbuffer(topology, &buffer, &length, 0) == 0) {
    result.emplace(buffer,
                   static_cast<std::size_t>(length > 0 ? length - 1 : 0));  // without the closing zero
    hwloc_free_xmlbuffer(topology, buffer);
  }
  hwloc_topology_destroy(topology);
  return result;
}

#else

std::optional<std::string> capture_hwloc() { return std::nullopt; }

#endif

}  // namespace scalesim::topology
