// DistributedDataParallel: every replica computes its own batch; gradients are averaged by all-reduce, bucket
// by bucket in backward order, beside the backward of the last micro-batch (comm-model 7.1).
#include "sim/pipeline_step.h"

namespace scalesim::sim {
namespace {

class Ddp : public Strategy {
 public:
  std::string_view name() const override { return "ddp"; }
  std::string_view description() const override {
    return "data parallel, gradients all-reduced in buckets that overlap the backward (PyTorch)";
  }
  Step build(const StepInputs& in) const override {
    GradientRules rules;
    rules.first = in.scenario.first_bucket;
    rules.bucket = in.scenario.bucket;
    return build_pipeline_step(in, rules);
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_ddp() { return std::make_unique<Ddp>(); }

}  // namespace scalesim::sim
