// Attention over a whole sequence: one fused kernel (FlashAttention), or two products with the scores in
// memory.
#include <algorithm>
#include <cmath>

#include "workloads/compute/time.h"

namespace scalesim::workloads {
namespace {

struct AttentionSize {
  double products, m, n, k;  ///< heads of the whole batch; query positions, key positions, head dimension
};

AttentionSize size_of(const Layer& layer, std::int64_t samples) {
  return {static_cast<double>(samples * layer.batch), static_cast<double>(layer.m),
          static_cast<double>(layer.n), static_cast<double>(layer.k)};
}

bool is_causal(const Layer& layer) { return layer.kind.rfind("causal", 0) == 0; }
bool has_dropout(const Layer& layer) { return layer.kind.find("dropout") != std::string::npos; }

}  // namespace

double ComputeModel::attention_seconds(double scores, double dimension, double filled, bool backward) const {
  // Two products forward; five for the gradients, the scores' own among them. What a score costs outside of
  // the tensor cores (its exponential, mask, scale, conversion) hides only in part.
  const double products = (backward ? 10 : 4) * dimension;
  const double share = backward ? constants_.attention_backward : constants_.attention_forward;
  const double vector = backward ? constants_.attention_vector_backward : constants_.attention_vector;
  return scores * (products / (attention_peak_ * share) + vector / vector_peak_) / filled;
}

LayerTime ComputeModel::fused_attention(const Layer& layer) const {
  // A thread block's start and end cost as much as so many keys (FlashAttention-2 from 512 to 8192 keys,
  // data/calibration/attention.toml).
  constexpr double kForwardStart = 100, kBackwardStart = 300;
  const AttentionSize s = size_of(layer, settings_.batch);
  // A causal mask skips the tiles above the diagonal.
  const double kept = is_causal(layer) ? 0.5 * (1 + 128 / std::max(128.0, s.m)) : 1;
  const double blocks = s.products * std::ceil(s.m / 128);
  const double filled = blocks / (std::ceil(blocks / multiprocessors_) * multiprocessors_);
  const double padded = std::ceil(s.m / 128) * 128 / s.m * std::ceil(s.n / 64) * 64 / s.n;
  const double row = s.n * kept, scores = s.products * s.m * row * padded;
  const double moved = moved_seconds(element_ * s.products * (2 * s.m * s.k + 2 * s.n * s.k));
  const KernelTime forward =
      kernel(attention_seconds(scores, s.k, filled, false) * (1 + kForwardStart / row), moved);
  LayerTime time{forward.time, Seconds(0), forward.bound};
  if (settings_.mode == Mode::training) {
    const double gradients = attention_seconds(scores, s.k, filled, true) * (1 + kBackwardStart / row);
    time.backward = kernel(gradients, 2 * moved).time;
  }
  return time;
}

LayerTime ComputeModel::unfused_attention(const Layer& layer) const {
  const AttentionSize s = size_of(layer, settings_.batch);
  const GemmShape scores{s.products, s.m, s.n, s.k}, values{s.products, s.m, s.k, s.n};
  const double score_bytes = 2 * s.products * s.m * s.n;
  // Fused scale, mask and softmax (compiled code, Megatron-LM's kernels) reads and writes the scores once.
  const double passes = settings_.compiled ? 2 : constants_.score_passes;
  const double dropout = settings_.mode == Mode::training && has_dropout(layer) ? 2.5 : 0;
  // Query, key and value are cut out of one tensor and made contiguous: one read and one write of each.
  const Seconds cut = memory_pass(Bytes(2 * element_ * s.products * (s.m + 2 * s.n) * s.k));
  const Seconds soft = memory_pass(Bytes(score_bytes * (passes + dropout)));
  LayerTime time{gemm(scores).time + gemm(values).time + soft + cut, Seconds(0), Bound::memory};
  if (settings_.mode == Mode::inference) return time;
  const GemmShape transposed{s.products, s.n, s.k, s.m};
  // Each product has two gradients of its own size; the softmax gradient reads one tensor more than the
  // softmax.
  const Seconds gradients = (gemm(scores).time + gemm(values).time + 2 * gemm(transposed).time);
  time.backward =
      gradients + memory_pass(Bytes(score_bytes * ((settings_.compiled ? 3 : passes * 1.2) + dropout))) + cut;
  return time;
}

}  // namespace scalesim::workloads
