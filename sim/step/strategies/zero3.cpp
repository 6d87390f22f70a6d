// ZeRO stage 3 as DeepSpeed runs it: as FSDP, with prefetch counted in elements
// (stage3_prefetch_bucket_size).
#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class Zero3 : public Strategy {
 public:
  std::string_view name() const override { return "zero3"; }
  std::string_view description() const override {
    return "parameters, gradients and optimizer state divided (DeepSpeed ZeRO 3)";
  }
  int zero_stage() const override { return 3; }
  /// Parameters are gathered block by block of the whole model.
  bool allows_pipeline() const override { return false; }
  std::optional<StepRules> rules(const Scenario&, const Layout&) const override {
    ShardingRules rules;
    rules.prefetch_elements = 50'000'000;  // DeepSpeed's default
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_zero3() { return std::make_unique<Zero3>(); }

}  // namespace scalesim::sim
