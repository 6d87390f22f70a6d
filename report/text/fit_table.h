// The fit of a probe: latency and bandwidth per regime and group, with residuals.
#pragma once

#include <string>

#include "comm/profile/profile.h"

namespace scalesim::report {

std::string fit_table(const comm::CommProfile& profile);

}  // namespace scalesim::report
