// DistributedDataParallel: every replica computes its own batch; gradients are averaged by all-reduce, bucket
// by bucket in backward order, beside the backward of the last micro-batch (comm-model 7.1).
#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class Ddp : public Strategy {
 public:
  std::string_view name() const override { return "ddp"; }
  std::string_view description() const override {
    return "data parallel, gradients all-reduced in buckets that overlap the backward (PyTorch)";
  }
  ChosenBy chosen_by() const override { return ChosenBy::every_search; }
  std::optional<StepRules> rules(const Scenario& scenario, const Layout&) const override {
    GradientRules rules;
    rules.first = scenario.first_bucket;
    rules.bucket = scenario.bucket;
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_ddp() { return std::make_unique<Ddp>(); }

}  // namespace scalesim::sim
