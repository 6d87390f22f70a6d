// The groups whose collectives sit between layers, and what the compute waits for them.
#pragma once

#include <algorithm>

#include "sim/work/work.h"

namespace scalesim::sim {

struct LayerGroups {
  comm::Group tensor, context, expert;

  const comm::Group& of(Axis axis) const {
    return axis == Axis::tensor ? tensor : axis == Axis::context ? context : expert;
  }
  bool operator==(const LayerGroups&) const = default;
};

inline LayerGroups layer_groups(const Layout& layout) {
  return {tensor_group(layout), context_group(layout), expert_group(layout)};
}

/// Seconds that the compute of a layer waits for a message that takes `once` seconds each time: with
/// `overlap`, what its own compute does not hide.
inline double exposed_seconds(const LayerMessage& message, double once, bool overlap) {
  return std::max(0.0, once - (overlap ? message.hidden_by : 0)) * message.times;
}

}  // namespace scalesim::sim
