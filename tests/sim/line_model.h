// A network simple enough for sums by hand.
#pragma once

#include "comm/collective/model.h"

namespace scalesim::sim {

/// 1 ms + bytes / (2 GB/s) for every collective, so links twice as fast halve the second part alone.
class LineModel : public comm::CollectiveModel {
 public:
  std::string_view name() const override { return "line"; }
  comm::CollectiveTime time(comm::Collective, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer;
    if (group.ranks > 1) answer.time = Seconds(1e-3) + bytes / BytesPerSecond(2e9);
    answer.low = answer.high = answer.time;
    answer.bottleneck = "line";
    return answer;
  }
  std::vector<Input> inputs() const override { return {}; }
};

}  // namespace scalesim::sim
