// How large a parameter is when ranks gather it.
#pragma once

#include <algorithm>

#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Bytes of one parameter as it is gathered and computed with.
inline Bytes parameter_bytes(const Scenario& scenario) {
  return Bytes(std::max(2.0, topology::bytes_per_element(scenario.compute.precision).value()));
}

}  // namespace scalesim::sim
