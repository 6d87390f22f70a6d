// 1F1B (PipeDream-Flush, arXiv 2006.09503): after filling the pipe each stage alternates one forward and one
// backward. Bubble (p - 1)(f + b), as GPipe, with at most p micro-batches in flight.
#include <algorithm>

#include "core/error.h"
#include "sim/step/pipeline.h"

namespace scalesim::sim {
namespace {

class OneForwardOneBackward : public Pipeline {
 public:
  std::string_view name() const override { return "1f1b"; }
  std::string_view description() const override {
    return "one forward, one backward in turn once the pipe is full";
  }
  std::string_view with_virtual_stages() const override { return "interleaved"; }
  bool runs(const PipelineShape& shape) const override { return shape.chunks == 1; }
  void check(const PipelineShape& shape) const override {
    if (!runs(shape))
      throw InputError("1f1b runs one model chunk per stage: use --schedule interleaved with --vpp");
  }
  std::vector<Action> order(int stage, const PipelineShape& shape) const override {
    const int warm_up = std::min(shape.microbatches, shape.stages - 1 - stage);
    std::vector<Action> actions;
    for (int m = 0; m < warm_up; ++m) actions.push_back({Pass::forward, m, 0});
    for (int m = warm_up; m < shape.microbatches; ++m) {
      actions.push_back({Pass::forward, m, 0});
      actions.push_back({Pass::backward, m - warm_up, 0});
    }
    for (int m = shape.microbatches - warm_up; m < shape.microbatches; ++m)
      actions.push_back({Pass::backward, m, 0});
    return actions;
  }
  int microbatches_in_flight(const PipelineShape& shape) const override {
    return std::min(shape.microbatches, shape.stages);
  }
};

}  // namespace

std::unique_ptr<Pipeline> make_pipeline_one_forward_one_backward() {
  return std::make_unique<OneForwardOneBackward>();
}

}  // namespace scalesim::sim
