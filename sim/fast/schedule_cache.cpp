// Linearised schedules by pipeline and shape.
#include "sim/fast/recurrence.h"

namespace scalesim::sim {

const LinearisedSchedule& ScheduleCache::find(const Pipeline& pipeline, const PipelineShape& shape,
                                              bool training) {
  constexpr std::size_t kMostActions = 4'000'000;
  const std::tuple key(&pipeline, shape.stages, shape.microbatches, shape.chunks, training);
  const auto found = schedules_.find(key);
  if (found != schedules_.end()) return found->second;
  pipeline.check(shape);
  if (actions_ > kMostActions) schedules_.clear(), actions_ = 0;
  const LinearisedSchedule& made =
      schedules_.emplace(key, linearise_shortened(pipeline, shape, training)).first->second;
  actions_ += made.actions.size();
  return made;
}

}  // namespace scalesim::sim
