// Quantities as people write them: "450 GB/s", "100 Gb/s", "989 TFLOPS", "24 GB", "215ms", "40 kW", "1.41
// GHz". A bare number is refused: guessing a unit is how a prediction goes wrong by a factor of eight.
#pragma once

#include <string>
#include <string_view>

#include "core/units.h"

namespace scalesim::inline core {

/// Parses text such as "450 GB/s" into Q. Throws InputError naming the text and the units that are
/// understood. Instantiated for Seconds, Bytes, BytesPerSecond, Flops, FlopsPerSecond, Hertz and Watts.
template <class Q>
Q parse_quantity(std::string_view text);

/// Prints with three significant digits and a unit that keeps the number between 1 and 1000 ("24.0 GB/s").
std::string to_text(Seconds);
std::string to_text(Bytes);  ///< decimal: kB, MB, GB
std::string to_text(BytesPerSecond);
std::string to_text(FlopsPerSecond);
std::string to_text(Watts);

/// Sizes as nccl-tests takes them: "8", "32M", "8G", "512K" (powers of 1024). Throws InputError.
Bytes parse_message_size(std::string_view text);
/// The inverse, for tables: "32M", "4", "25M"; bytes that are no whole multiple print as plain digits.
std::string message_size_text(Bytes);

}  // namespace scalesim::inline core
