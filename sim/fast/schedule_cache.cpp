// Pipelines by name, their linearised schedules by shape.
#include "sim/fast/recurrence.h"

namespace scalesim::sim {

const Pipeline& ScheduleCache::pipeline(std::string_view schedule) {
  const auto found = pipelines_.find(schedule);
  if (found != pipelines_.end()) return *found->second;
  return *pipelines_.emplace(std::string(schedule), find_pipeline(schedule)).first->second;
}

const LinearisedSchedule& ScheduleCache::find(std::string_view schedule, const PipelineShape& shape,
                                              bool training) {
  constexpr std::size_t kMostActions = 4'000'000;
  const Pipeline& pipeline = this->pipeline(schedule);
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
