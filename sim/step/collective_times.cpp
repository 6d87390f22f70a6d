// A cache keyed by collective, bytes and group.
#include "sim/step/collective_times.h"

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

Seconds CollectiveTimes::exposed(const LayerMessage& message) {
  const Seconds once = time(message.collective, message.bytes, groups_.of(message.axis));
  return Seconds(exposed_seconds(message, once.value(), in_.scenario.overlap));
}

}  // namespace scalesim::sim
