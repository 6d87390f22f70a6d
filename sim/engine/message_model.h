// A collective model that simulates every message of a ring on its links, with the latency and the bandwidth
// that another model implies.
#pragma once

#include <memory>

#include "comm/collective/model.h"

namespace scalesim::sim {

/// Asks `inner` for the time of one byte (the latency of all steps) and of the buffer (the bandwidth), and
/// plays all-reduce, all-gather and reduce-scatter message by message; other collectives are passed through.
/// Where nothing contends both answers agree to rounding.
std::shared_ptr<const comm::CollectiveModel> message_model(
    std::shared_ptr<const comm::CollectiveModel> inner);

}  // namespace scalesim::sim
