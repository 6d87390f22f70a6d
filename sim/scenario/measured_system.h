// The machine that a profile was measured on, as a system whose step can be predicted.
#pragma once

#include "comm/profile/profile.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// As many ranks and hosts as the profile has, joined by what was measured, each computing as `gpu` does.
/// Throws InputError when the profile has no samples of use.
System measured_system(const topology::GpuSpec& gpu, const comm::CommProfile& profile);

/// Whether messages were measured that are large enough to say what a bucket of gradients takes.
bool reaches_buckets(const comm::CommProfile& profile);

}  // namespace scalesim::sim
