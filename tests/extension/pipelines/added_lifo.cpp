// A pipeline schedule added as one file: GPipe, but the last micro-batch goes back first.
#include "core/error.h"
#include "sim/step/pipeline.h"

namespace scalesim::sim {
namespace {

class AddedLifo final : public Pipeline {
 public:
  std::string_view name() const override { return "added-lifo"; }
  std::string_view description() const override { return "all forwards, then all backwards from the last"; }
  bool runs(const PipelineShape& shape) const override { return shape.chunks == 1; }
  void check(const PipelineShape& shape) const override {
    if (!runs(shape)) throw InputError("added-lifo runs one model chunk per stage");
  }
  std::vector<Action> order(int, const PipelineShape& shape) const override {
    std::vector<Action> actions;
    for (int m = 0; m < shape.microbatches; ++m) actions.push_back({Pass::forward, m, 0});
    for (int m = shape.microbatches; m-- > 0;) actions.push_back({Pass::backward, m, 0});
    return actions;
  }
  int microbatches_in_flight(const PipelineShape& shape) const override { return shape.microbatches; }
};

}  // namespace

std::unique_ptr<Pipeline> make_pipeline_added_lifo() { return std::make_unique<AddedLifo>(); }

}  // namespace scalesim::sim
