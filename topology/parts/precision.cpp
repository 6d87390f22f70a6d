// Number formats: their texts and sizes.
#include <array>

#include "core/error.h"
#include "topology/parts/gpu.h"

namespace scalesim::topology {
namespace {
constexpr std::array<std::string_view, 5> kTexts = {"fp32", "tf32", "fp16", "bf16", "fp8"};
}

std::string_view to_text(Precision precision) { return kTexts.at(static_cast<std::size_t>(precision)); }

Precision parse_precision(std::string_view text) {
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if (kTexts[i] == text) return static_cast<Precision>(i);
  throw unknown_name("precision", text, {kTexts.begin(), kTexts.end()},
                     "fp32, tf32, fp16, bf16 and fp8 are known");
}

Bytes bytes_per_element(Precision precision) {
  switch (precision) {
    case Precision::fp32:
    case Precision::tf32:
      return Bytes(4);
    case Precision::fp16:
    case Precision::bf16:
      return Bytes(2);
    case Precision::fp8:
      return Bytes(1);
  }
  return Bytes(4);
}

}  // namespace scalesim::topology
