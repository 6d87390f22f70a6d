// PyTorch FSDP (and FSDP2): parameters, gradients and optimizer state divided over all replicas; the next
// block is gathered beside the current one, at most two gathers ahead, and given up after use.
#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class Fsdp : public Strategy {
 public:
  std::string_view name() const override { return "fsdp"; }
  std::string_view description() const override {
    return "fully sharded data parallel: parameters gathered block by block (PyTorch)";
  }
  int zero_stage() const override { return 3; }
  ChosenBy chosen_by() const override { return ChosenBy::every_search; }
  /// Parameters are gathered block by block of the whole model.
  bool allows_pipeline() const override { return false; }
  std::optional<StepRules> rules(const Scenario& scenario, const Layout&) const override {
    ShardingRules rules;
    rules.reshard_after_forward = scenario.reshard_after_forward;
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_fsdp() { return std::make_unique<Fsdp>(); }

}  // namespace scalesim::sim
