// Pieces that several families share.
#pragma once

#include <string_view>

#include "workloads/builder.h"

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

}  // namespace scalesim::workloads
