// Look-up of pipeline schedules.
#include "sim/step/pipeline.h"

#include <algorithm>

#include "core/error.h"

namespace scalesim::sim {
namespace {

template <typename Wanted>
std::vector<std::string> names_of(const Wanted& wanted) {
  std::vector<std::string> names;
  for (const auto& pipeline : make_pipelines())
    if (wanted(*pipeline)) names.emplace_back(pipeline->name());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

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

std::unique_ptr<Pipeline> find_pipeline(const Parallelism& parallel) {
  std::unique_ptr<Pipeline> named = find_pipeline(parallel.schedule);
  if (parallel.virtual_stages == 1 || named->with_virtual_stages() == named->name()) return named;
  return find_pipeline(named->with_virtual_stages());
}

std::vector<std::string> pipeline_names() {
  return names_of([](const Pipeline&) { return true; });
}

std::vector<std::string> searched_pipelines(bool virtual_stages) {
  return names_of([&](const Pipeline& pipeline) {
    return pipeline.searched() && pipeline.has_virtual_stages() == virtual_stages;
  });
}

const Pipeline& PipelineCache::find(const Parallelism& parallel) {
  ByName& found = found_[parallel.virtual_stages > 1 ? 1 : 0];
  const auto known = found.find(parallel.schedule);
  if (known != found.end()) return *known->second;
  return *found.emplace(parallel.schedule, find_pipeline(parallel)).first->second;
}

}  // namespace scalesim::sim
