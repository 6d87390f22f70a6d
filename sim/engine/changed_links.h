// Collectives on links that are somewhat better than they are.
#pragma once

#include <memory>
#include <string>

#include "comm/collective/model.h"

namespace scalesim::sim {

/// Collectives that `link` bounds (CollectiveTime::bottleneck) take as long as ones `factor` times smaller:
/// exact for time = latency + bytes / bandwidth. Others stay.
std::shared_ptr<const comm::CollectiveModel> with_faster_link(
    std::shared_ptr<const comm::CollectiveModel> model, std::string link, double factor);

/// Every collective loses `share` of what its smallest message takes.
std::shared_ptr<const comm::CollectiveModel> with_less_latency(
    std::shared_ptr<const comm::CollectiveModel> model, double share);

}  // namespace scalesim::sim
