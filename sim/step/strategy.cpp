// Look-up of strategies, and the two common bodies.
#include "sim/step/strategy.h"

#include <string>

#include "core/error.h"
#include "sim/step/pipeline_step.h"
#include "sim/step/sharded_step.h"

namespace scalesim::sim {

Step Strategy::build(const StepInputs& inputs) const {
  const std::optional<StepRules> rules = this->rules(inputs.scenario, inputs.layout);
  SCALESIM_CHECK(rules.has_value());
  if (const auto* gradients = std::get_if<GradientRules>(&*rules))
    return build_pipeline_step(inputs, *gradients);
  return build_sharded_step(inputs, std::get<ShardingRules>(*rules));
}

std::unique_ptr<Strategy> find_strategy(std::string_view name) {
  std::vector<std::string> names;
  for (auto& strategy : make_strategies()) {
    if (strategy->name() == name) return std::move(strategy);
    names.emplace_back(strategy->name());
  }
  throw unknown_name("strategy", name, names, "'scalesim list strategies' shows all");
}

}  // namespace scalesim::sim
