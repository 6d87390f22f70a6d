// One simulated step as Chrome trace events, which Perfetto and chrome://tracing load.
#pragma once

#include <string>

#include "sim/strategy.h"

namespace scalesim::report {

/// One process per pipeline stage, one row per stream, times in microseconds from the start of the step.
/// Tasks without duration are left out.
std::string chrome_trace(const sim::Step& step, const sim::Timeline& line);

}  // namespace scalesim::report
