// Number formats that a GPU computes in.
#pragma once

#include <string_view>

#include "core/units.h"

namespace scalesim::topology {

enum class Precision { fp32, tf32, fp16, bf16, fp8 };
std::string_view to_text(Precision precision);
Precision parse_precision(std::string_view text);  ///< throws InputError
Bytes bytes_per_element(Precision precision);      ///< tf32 is stored in 4 bytes

}  // namespace scalesim::topology
