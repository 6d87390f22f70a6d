// Rules to recurrences.
#include "sim/fast/fast_step.h"

namespace scalesim::sim {

const StepParts* FastStep::parts(const Scenario& scenario, const Strategy& strategy, const FoldedWork& work,
                                 const Layout& layout, int microbatches, Estimate estimate) {
  const std::optional<StepRules> rules = strategy.rules(scenario, layout);
  if (!rules) return nullptr;
  const UnitGroups groups = unit_groups(layout, scenario.overlap, estimate);
  if (timed_ != &work || !(groups == groups_)) {
    units_ = time_units(work, groups, table_);
    timed_ = &work;
    groups_ = groups;
  }
  const RecurrenceInputs in{scenario, work,         units_,   cluster_.gpu,
                            layout,   microbatches, estimate, constants_.bucket_overhead.value(),
                            table_};
  if (const auto* gradients = std::get_if<GradientRules>(&*rules)) return &pipeline_.evaluate(in, *gradients);
  return &sharded_.evaluate(in, std::get<ShardingRules>(*rules));
}

}  // namespace scalesim::sim
