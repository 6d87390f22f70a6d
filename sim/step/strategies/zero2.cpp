// ZeRO stage 2 (arXiv 1910.02054): as stage 1, and no rank keeps the gradients of others, so every
// micro-batch reduces its own.
#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class Zero2 : public Strategy {
 public:
  std::string_view name() const override { return "zero2"; }
  std::string_view description() const override {
    return "data parallel with optimizer state and gradients divided (ZeRO 2)";
  }
  int zero_stage() const override { return 2; }
  ChosenBy chosen_by() const override { return ChosenBy::exhaustive_search; }
  std::optional<StepRules> rules(const Scenario& scenario, const Layout&) const override {
    GradientRules rules;
    rules.collective = comm::Collective::reduce_scatter;
    rules.first = rules.bucket = scenario.bucket;
    rules.every_microbatch = true;
    rules.sharded_update = true;
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_zero2() { return std::make_unique<Zero2>(); }

}  // namespace scalesim::sim
