// The network's answers for one point, asked once each.
#pragma once

#include <map>
#include <tuple>

#include "sim/step/strategy.h"
#include "sim/work/layer_groups.h"

namespace scalesim::sim {

/// Caches CollectiveModel::time and turns messages between layers into the time the step waits for them. Not
/// for use by two threads at once.
class CollectiveTimes {
 public:
  explicit CollectiveTimes(const StepInputs& in) : in_(in), groups_(layer_groups(in.layout)) {}

  const comm::CollectiveTime& ask(comm::Collective collective, Bytes bytes, const comm::Group& group);
  /// At the end of the band asked for.
  Seconds time(comm::Collective collective, Bytes bytes, const comm::Group& group);
  /// What the compute of a layer waits for this message.
  Seconds exposed(const LayerMessage& message);

 private:
  const StepInputs& in_;
  LayerGroups groups_;
  std::map<std::tuple<comm::Collective, double, comm::Group>, comm::CollectiveTime> known_;
};

}  // namespace scalesim::sim
