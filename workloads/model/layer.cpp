// Exact counts that follow from a layer's shapes.
#include "workloads/model/layer.h"

#include <array>

namespace scalesim::workloads {

std::string_view to_text(Op op) {
  constexpr std::array<std::string_view, 17> kTexts = {
      "conv",       "linear",     "matmul",  "attention", "embedding", "batch_norm",
      "layer_norm", "activation", "add",     "concat",    "pool",      "global_pool",
      "softmax",    "dropout",    "shuffle", "scan",      "other"};
  return kTexts.at(static_cast<std::size_t>(op));
}

std::int64_t Layer::parameter_count() const {
  std::int64_t sum = 0;
  for (const Parameter& parameter : parameters) sum += parameter.elements;
  return sum;
}

std::int64_t Layer::macs() const {
  switch (op) {
    case Op::conv:
      return output.elements() * (input.channels / groups) * kernel_h * kernel_w;
    case Op::linear:
    case Op::matmul:
    case Op::scan:
      return batch * m * n * k;
    case Op::attention:
      return 2 * batch * m * n * k;
    default:
      return 0;
  }
}

}  // namespace scalesim::workloads
