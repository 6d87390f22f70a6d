// What makes a network slow on a GPU, in the terms of the papers that found it out. Each piece of advice
// names its layers and, where times are known, the time at stake.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/parts/gpu.h"
#include "workloads/compute/step.h"

namespace scalesim::workloads {

struct Advice {
  std::string
      code;  ///< "depthwise", "alignment", "channel_balance", "groups", "fragmentation", "elementwise", ...
  std::string text;
  std::vector<int> layers;          ///< indices into Model::layers
  std::optional<Seconds> at_stake;  ///< what these layers cost now, in the step that was timed
};

/// Timed facts that advice rests on.
struct TimedStep {
  const StepTime& time;
  const topology::GpuSpec& gpu;
};

/// Most costly first when times are known. Sources: ShuffleNet v2 guidelines G1 to G4 (arXiv 1807.11164),
/// RepVGG table 1 (2101.03697), VoVNet (1904.09730), NVIDIA's deep learning performance guide (alignment).
std::vector<Advice> advise(const Model& model, const ComputeSettings& settings,
                           const std::optional<TimedStep>& timed);

}  // namespace scalesim::workloads
