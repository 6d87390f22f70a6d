// The sentences below a curve: how a long job fares, what the step depends on, what to change first.
#pragma once

#include <string>

#include "sim/curve/prediction.h"

namespace scalesim::report {

/// Of the curve's largest point, with throughput counted in `unit`. Empty for a curve without points.
std::string explanation_text(const sim::Curve& curve, const std::string& unit);

}  // namespace scalesim::report
