// Asks the system's model for every size.
#include "report/documents/communication.h"

namespace scalesim::report {
namespace {

BytesPerSecond algorithm_bandwidth(Bytes bytes, Seconds time) {
  return time > Seconds(0) ? bytes / time : BytesPerSecond(0);
}

}  // namespace

Communication communication(comm::Collective collective, const sim::System& system, const comm::Group& group,
                            const std::vector<Bytes>& sizes, bool explain) {
  const comm::CollectiveModel& model = *system.collectives;
  Communication result{
      collective, group, system.cluster.name, system.cluster.gpu.name, std::string(model.name()), {}};
  for (const Bytes bytes : sizes) {
    const comm::CollectiveTime time = model.time(collective, bytes, group);
    const BytesPerSecond algbw = algorithm_bandwidth(bytes, time.time);
    CommunicationRow row{bytes, time, algbw, algbw * comm::bus_factor(collective, group.ranks), {}};
    if (explain) row.explanation = model.explain(collective, bytes, group);
    result.rows.push_back(std::move(row));
  }
  return result;
}

}  // namespace scalesim::report
