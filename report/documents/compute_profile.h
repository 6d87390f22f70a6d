// What `scalesim measure` says of the layers it timed; the document itself is
// workloads/compute/compute_profile.h's.
#pragma once

#include <string>

#include "workloads/compute/compute_profile.h"

namespace scalesim::report {

/// How many layers, the step's parts and the samples per second that they make, in one line.
std::string compute_profile_text(const workloads::ComputeProfile& profile);

}  // namespace scalesim::report
