// Equal network ports of one node, as people write them: "8x400Gb".
#pragma once

#include <string_view>

#include "core/units.h"

namespace scalesim::topology {

/// Equal network ports of one node.
struct NicGroup {
  int count = 0;
  BytesPerSecond rate{};  ///< line rate of one, one direction
};
/// "8x400Gb", "8 x 400 Gb/s", "2x200GbE", "100Gb" (one). Throws InputError.
NicGroup parse_nic(std::string_view text);

}  // namespace scalesim::topology
