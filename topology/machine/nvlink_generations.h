// What one NVLink carries, by generation: on the data sheet and in NCCL's own table.
#pragma once

#include <optional>

#include "core/units.h"

namespace scalesim::topology {

/// Nominal rate of one NVLink, one direction, by compute capability (80 for 8.0); nothing for parts without
/// NVLink.
std::optional<BytesPerSecond> nominal_nvlink_bandwidth(int compute_capability);

/// What NCCL takes one NVLink to carry, one direction: usable rates below the nominal ones, on which its
/// graph search and therefore its choices rest.
BytesPerSecond nccl_nvlink_bandwidth(int compute_capability);

}  // namespace scalesim::topology
