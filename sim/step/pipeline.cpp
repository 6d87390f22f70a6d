// Look-up of pipeline schedules.
#include "sim/step/pipeline.h"

#include <string>

#include "core/error.h"

namespace scalesim::sim {

std::vector<Action> actions_of(const Pipeline& pipeline, int stage, const PipelineShape& shape,
                               bool training) {
  std::vector<Action> actions = pipeline.order(stage, shape);
  if (!training) std::erase_if(actions, [](const Action& action) { return action.pass != Pass::forward; });
  return actions;
}

std::unique_ptr<Pipeline> find_pipeline(std::string_view name) {
  std::vector<std::string> names;
  for (auto& pipeline : make_pipelines()) {
    if (pipeline->name() == name) return std::move(pipeline);
    names.emplace_back(pipeline->name());
  }
  throw unknown_name("pipeline schedule", name, names);
}

}  // namespace scalesim::sim
