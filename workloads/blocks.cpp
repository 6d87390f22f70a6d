// Squeeze-and-excite and width rounding.
#include "workloads/blocks.h"

#include <algorithm>

namespace scalesim::workloads {

std::int64_t make_divisible(double value, std::int64_t divisor, double limit) {
  const auto nearest =
      static_cast<std::int64_t>(value + static_cast<double>(divisor) / 2) / divisor * divisor;
  const std::int64_t rounded = std::max(divisor, nearest);
  return static_cast<double>(rounded) < limit * value ? rounded + divisor : rounded;
}

void squeeze_excite(Builder& b, const SqueezeExcite& se) {
  auto in_se = b.in("se");
  const Node input = b.here();
  const std::int64_t channels = b.shape().channels;
  b.global_pool("pool").conv("conv_reduce", se.reduced, {.bias = true});
  if (se.norm) b.norm("bn");
  b.act(se.act).conv("conv_expand", channels, {.bias = true}).act(se.gate);
  b.scale(input, b.here());
}

}  // namespace scalesim::workloads
