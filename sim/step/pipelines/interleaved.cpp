// Interleaved 1F1B (Megatron-LM, arXiv 2104.04473): each stage holds v chunks of the model, micro-batches go
// through them in groups of p. Bubble (p - 1)(f + b) / v.
#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "sim/step/pipeline.h"

namespace scalesim::sim {
namespace {

class Interleaved : public Pipeline {
 public:
  std::string_view name() const override { return "interleaved"; }
  std::string_view description() const override { return "1f1b over several model chunks per stage (--vpp)"; }
  bool has_virtual_stages() const override { return true; }
  bool runs(const PipelineShape& shape) const override {
    return shape.stages == 1 || shape.microbatches % shape.stages == 0;
  }
  void check(const PipelineShape& shape) const override {
    if (!runs(shape))
      throw InputError(
          fmt::format("interleaved schedule: {} micro-batches are not a multiple of the {} stages",
                      shape.microbatches, shape.stages));
  }

  std::vector<Action> order(int stage, const PipelineShape& shape) const override {
    const int total = shape.microbatches * shape.chunks;
    // Megatron-LM schedules.py: (p - stage - 1) * 2 + (v - 1) * p forwards before the first backward.
    const int warm_up = std::min(total, (shape.stages - stage - 1) * 2 + (shape.chunks - 1) * shape.stages);
    std::vector<Action> actions;
    for (int k = 0; k < warm_up; ++k) actions.push_back(action(Pass::forward, k, shape));
    for (int k = warm_up; k < total; ++k) {
      actions.push_back(action(Pass::forward, k, shape));
      actions.push_back(action(Pass::backward, k - warm_up, shape));
    }
    for (int k = total - warm_up; k < total; ++k) actions.push_back(action(Pass::backward, k, shape));
    return actions;
  }

  /// The chunks of the warm-up and the one before the first backward (p v + p - 1: arXiv 2205.05198, section
  /// 4.2.3). With one chunk a stage Megatron-LM runs 1F1B, whose memory is counted.
  int microbatches_in_flight(const PipelineShape& shape) const override {
    if (shape.chunks == 1) return std::min(shape.microbatches, shape.stages);
    const int held =
        std::min(shape.microbatches * shape.chunks, shape.stages * shape.chunks + shape.stages - 1);
    return (held + shape.chunks - 1) / shape.chunks;
  }

 private:
  /// The k-th (micro-batch, chunk) of a pass: p micro-batches of chunk 0, the same of chunk 1, ...; backward
  /// from the last chunk.
  static Action action(Pass pass, int k, const PipelineShape& shape) {
    const int group = shape.stages * shape.chunks;
    const int chunk = k % group / shape.stages;
    const int microbatch = k / group * shape.stages + k % shape.stages;
    return {pass, microbatch, pass == Pass::forward ? chunk : shape.chunks - 1 - chunk};
  }
};

}  // namespace

std::unique_ptr<Pipeline> make_pipeline_interleaved() { return std::make_unique<Interleaved>(); }

}  // namespace scalesim::sim
