// A strategy added as one file: all gradients in one all-reduce behind the backward, as if buckets had no
// end.
#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class AddedLazy final : public Strategy {
 public:
  std::string_view name() const override { return "added-lazy"; }
  std::string_view description() const override { return "one bucket for everything"; }
  std::optional<StepRules> rules(const Scenario&, const Layout&) const override {
    GradientRules rules;
    rules.first = rules.bucket = Bytes(1e15);
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_added_lazy() { return std::make_unique<AddedLazy>(); }

}  // namespace scalesim::sim
