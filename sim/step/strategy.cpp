// Look-up of strategies, and the two common bodies.
#include "sim/step/strategy.h"

#include <algorithm>
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

std::vector<std::string> searched_strategies(ChosenBy by) {
  SCALESIM_CHECK(by != ChosenBy::user);
  std::vector<std::unique_ptr<Strategy>> tried = make_strategies();
  std::erase_if(tried, [&](const auto& strategy) { return strategy->chosen_by() < by; });
  std::stable_sort(tried.begin(), tried.end(),
                   [](const auto& a, const auto& b) { return a->zero_stage() < b->zero_stage(); });
  std::vector<std::string> names;
  for (const auto& strategy : tried) names.emplace_back(strategy->name());
  return names;
}

}  // namespace scalesim::sim
