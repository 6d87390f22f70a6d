// How much of a GPU's memory a configuration may fill: the one place that decides, for each of those who ask.
#pragma once

#include "core/units.h"

namespace scalesim::sim {

struct MemoryPolicy {
  double asked = 1;        ///< what a user asks for is said to fit up to the last byte
  double chosen = 0.95;    ///< what a search chooses leaves the rest to fragmentation
  double suggested = 0.9;  ///< a default batch leaves more: nobody should start at the edge
};

inline constexpr MemoryPolicy kMemoryPolicy;

/// Whether `needed` bytes fit a GPU with `memory` of which `share` may be used.
inline bool fits(Bytes needed, Bytes memory, double share = kMemoryPolicy.asked) {
  return needed <= memory * share;
}

}  // namespace scalesim::sim
