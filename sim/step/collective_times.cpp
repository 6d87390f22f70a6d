// A cache keyed by collective, bytes and group.
#include "sim/step/collective_times.h"

#include <algorithm>

namespace scalesim::sim {

const comm::CollectiveTime& CollectiveTimes::ask(comm::Collective collective, Bytes bytes,
                                                 const comm::Group& group) {
  const auto [entry, added] = known_.try_emplace({collective, bytes.value(), group});
  if (added && group.ranks > 1 && bytes > Bytes(0)) {
    entry->second = in_.collectives.time(collective, bytes, group);
  }
  return entry->second;
}

Seconds CollectiveTimes::time(comm::Collective collective, Bytes bytes, const comm::Group& group) {
  const comm::CollectiveTime& answer = ask(collective, bytes, group);
  if (in_.estimate == Estimate::optimistic) return answer.low;
  return in_.estimate == Estimate::pessimistic ? answer.high : answer.time;
}

comm::Group CollectiveTimes::group(Axis axis) const {
  switch (axis) {
    case Axis::tensor:
      return tensor_group(in_.layout);
    case Axis::context:
      return context_group(in_.layout);
    default:
      return expert_group(in_.layout);
  }
}

Seconds CollectiveTimes::exposed(const LayerMessage& message) {
  const Seconds once = time(message.collective, message.bytes, group(message.axis));
  const Seconds hidden = in_.scenario.overlap ? Seconds(message.hidden_by) : Seconds(0);
  return std::max(Seconds(0), once - hidden) * message.times;
}

}  // namespace scalesim::sim
