// hwloc's description of this machine as the XML that lstopo writes.
#pragma once

#include <optional>
#include <string>

namespace scalesim::topology {

/// Nothing in a build without hwloc, or when hwloc fails.
std::optional<std::string> capture_hwloc();

}  // namespace scalesim::topology
