// Look-up of pipeline schedules.
#include "sim/step/pipeline.h"

#include <string>

#include "core/error.h"

namespace scalesim::sim {

std::unique_ptr<Pipeline> find_pipeline(std::string_view name) {
  std::vector<std::string> names;
  for (auto& pipeline : make_pipelines()) {
    if (pipeline->name() == name) return std::move(pipeline);
    names.emplace_back(pipeline->name());
  }
  throw unknown_name("pipeline schedule", name, names);
}

}  // namespace scalesim::sim
