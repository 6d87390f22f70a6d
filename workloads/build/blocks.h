// Pieces that several families share.
#pragma once

#include <string_view>

#include "workloads/build/builder.h"

namespace scalesim::workloads {

/// The multiple of `divisor` nearest to `value`, but not below `limit` of it: how mobile networks round
/// widths (tensorflow/models mobilenet_v1.py make_divisible).
std::int64_t make_divisible(double value, std::int64_t divisor = 8, double limit = 0.9);

/// Squeeze-and-excite (arXiv 1709.01507): pool, two 1x1 convolutions with bias, gate.
struct SqueezeExcite {
  std::int64_t reduced = 0;
  std::string_view act = "relu";
  std::string_view gate = "sigmoid";
  bool norm = false;  ///< batch norm after the first convolution
};
void squeeze_excite(Builder& b, const SqueezeExcite& se);

/// Efficient channel attention (arXiv 1910.03151): a kernel of a few taps over neighbouring channels, about
/// half of log2 of `channels`, makes the gate.
void efficient_channel_attention(Builder& b, std::int64_t channels);

/// Halves the size after a convolution of stride 1: the average of four, or a fixed 3x3 per channel behind a
/// pass that pads (arXiv 1904.11486).
enum class AntiAlias { none, blur, average };
void anti_alias(Builder& b, AntiAlias kind, std::string_view name = "aa");

/// Global context (arXiv 1904.11492 figure 4d): positions are weighted by a softmax and summed, two 1x1
/// convolutions with a layer norm between make what is added to every position.
void global_context(Builder& b, std::int64_t reduced);

/// softmax(Q K^T + bias) V with the scores in memory, as frameworks compute it when something happens to the
/// scores on the way: `products` products of `places` x `places` (heads times windows). Queries and keys are
/// in `scored`, values in `valued`, which are one node where nothing happens between.
struct UnfusedAttention {
  std::int64_t products = 0, places = 0, width = 0;  ///< width of a head
  std::int64_t bias = 0;                             ///< parameters of what is added to the scores
  bool masked = false;                               ///< a second thing is added
};
void unfused_attention(Builder& b, const UnfusedAttention& attention, Node scored, Node valued,
                       const Shape& output);

/// A learned factor per channel (arXiv 2103.17239).
void layer_scale(Builder& b, std::string_view name = "layer_scale");

enum class Norm {
  batch,
  group,  ///< arXiv 1803.08494
  evo_b0,
  evo_s0,          ///< normalisation and activation in one (arXiv 2004.02967), by batch and by sample
  filter_response  ///< arXiv 1911.09737; its activation is a learned threshold
};
/// Normalises the tensor under the cursor and activates it; act "": not activated. The last three kinds bring
/// their own activation.
void norm_act(Builder& b, Norm norm, std::string_view name, std::string_view act = "");

}  // namespace scalesim::workloads
