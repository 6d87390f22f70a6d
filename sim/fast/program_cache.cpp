// Programs by schedule and shape.
#include "sim/fast/recurrence.h"

namespace scalesim::sim {

const SlotProgram& ProgramCache::find(const Pipeline& pipeline, const PipelineShape& shape, bool training) {
  constexpr std::size_t kMostSlots = 4'000'000;
  const std::tuple key(&pipeline, shape.stages, shape.microbatches, shape.chunks, training);
  const auto found = programs_.find(key);
  if (found != programs_.end()) return found->second;
  pipeline.check(shape);
  if (slots_ > kMostSlots) programs_.clear(), slots_ = 0;
  const SlotProgram& program =
      programs_.emplace(key, make_short_program(pipeline, shape, training)).first->second;
  slots_ += program.slots.size();
  return program;
}

}  // namespace scalesim::sim
