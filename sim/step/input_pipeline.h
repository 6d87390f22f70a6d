// How fast samples reach the GPUs: disk, the cores that decode, and copies over PCIe.
#pragma once

#include "sim/scenario/constants.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Time that the samples of one step spend in each part; the parts work at the same time.
struct InputTimes {
  Seconds disk{}, decode{}, copy{};
};

/// `samples` over all of `gpus` GPUs. A part that nothing is known about takes no time. Copies are of fp32
/// images; sequences of token numbers are too small to count. `copy_rate` is per GPU.
InputTimes input_times(const Scenario& scenario, const topology::Cluster& cluster,
                       const StepConstants& constants, double samples, int gpus, BytesPerSecond copy_rate);

/// What each of the first `gpus` GPUs of a node gets when host memory is copied to all of them at the same
/// time: links that they share are divided evenly, and the slowest sets the rate. Where the node's links are
/// not known, the GPU's own PCIe.
BytesPerSecond host_copy_rate(const topology::Cluster& cluster, int gpus);

}  // namespace scalesim::sim
