// GPipe (arXiv 1811.06965): all forwards, then all backwards. Bubble (p - 1)(f + b).
#include "core/error.h"
#include "sim/step/pipeline.h"

namespace scalesim::sim {
namespace {

class Gpipe : public Pipeline {
 public:
  std::string_view name() const override { return "gpipe"; }
  std::string_view description() const override { return "all forwards, then all backwards"; }
  bool runs(const PipelineShape& shape) const override { return shape.chunks == 1; }
  void check(const PipelineShape& shape) const override {
    if (!runs(shape)) throw InputError("gpipe runs one model chunk per stage: drop --vpp or use interleaved");
  }
  std::vector<Action> order(int, const PipelineShape& shape) const override {
    std::vector<Action> actions;
    for (int m = 0; m < shape.microbatches; ++m) actions.push_back({Pass::forward, m, 0});
    for (int m = 0; m < shape.microbatches; ++m) actions.push_back({Pass::backward, m, 0});
    return actions;
  }
  int microbatches_in_flight(const PipelineShape& shape) const override { return shape.microbatches; }
};

}  // namespace

std::unique_ptr<Pipeline> make_pipeline_gpipe() { return std::make_unique<Gpipe>(); }

}  // namespace scalesim::sim
