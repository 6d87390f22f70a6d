// ZeRO stage 1 (arXiv 1910.02054), Megatron-LM's distributed optimizer: gradients are reduce-scattered, each
// rank updates its share and the new parameters are gathered.
#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class Zero1 : public Strategy {
 public:
  std::string_view name() const override { return "zero1"; }
  std::string_view description() const override {
    return "data parallel with the optimizer state divided (ZeRO 1)";
  }
  int zero_stage() const override { return 1; }
  ChosenBy chosen_by() const override { return ChosenBy::every_search; }
  std::optional<StepRules> rules(const Scenario& scenario, const Layout&) const override {
    GradientRules rules;
    rules.collective = comm::Collective::reduce_scatter;
    rules.first = rules.bucket = scenario.bucket;
    rules.sharded_update = true;
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_zero1() { return std::make_unique<Zero1>(); }

}  // namespace scalesim::sim
