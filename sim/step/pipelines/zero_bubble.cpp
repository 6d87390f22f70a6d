// ZB-H1 (Zero Bubble Pipeline Parallelism, arXiv 2401.10241): the weight gradient is apart from the input
// gradient and fills what would be bubble; memory as 1F1B. Bubble (p - 1)(f + b - w), b without w.
#include <algorithm>

#include "core/error.h"
#include "sim/step/pipeline.h"

namespace scalesim::sim {
namespace {

class ZeroBubble : public Pipeline {
 public:
  std::string_view name() const override { return "zero-bubble"; }
  std::string_view description() const override {
    return "1f1b with weight gradients moved into the bubble (ZB-H1)";
  }
  bool splits_backward() const override { return true; }
  bool runs(const PipelineShape& shape) const override { return shape.chunks == 1; }
  void check(const PipelineShape& shape) const override {
    if (!runs(shape)) throw InputError("zero-bubble runs one model chunk per stage: drop --vpp");
  }

  /// Stage s holds its weight gradients back by s micro-batches, so input gradients reach the stages before
  /// it sooner, and works them off at the end.
  std::vector<Action> order(int stage, const PipelineShape& shape) const override {
    const int n = shape.microbatches, warm_up = std::min(n, shape.stages - 1 - stage);
    std::vector<Action> actions;
    int weights = 0;
    const auto backward = [&](int m) {
      actions.push_back({Pass::backward, m, 0});
      if (m >= stage) actions.push_back({Pass::weight, weights++, 0});
    };
    for (int m = 0; m < warm_up; ++m) actions.push_back({Pass::forward, m, 0});
    for (int m = warm_up; m < n; ++m) {
      actions.push_back({Pass::forward, m, 0});
      backward(m - warm_up);
    }
    for (int m = n - warm_up; m < n; ++m) backward(m);
    while (weights < n) actions.push_back({Pass::weight, weights++, 0});
    return actions;
  }
  /// As 1F1B (arXiv 2401.10241, section 2.3).
  int microbatches_in_flight(const PipelineShape& shape) const override {
    return std::min(shape.microbatches, shape.stages);
  }
};

}  // namespace

std::unique_ptr<Pipeline> make_pipeline_zero_bubble() { return std::make_unique<ZeroBubble>(); }

}  // namespace scalesim::sim
