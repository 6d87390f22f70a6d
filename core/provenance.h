// Where a number came from: every figure that feeds a prediction carries one of these.
#pragma once

#include <string>
#include <string_view>

namespace scalesim::inline core {

/// Ordered from the strongest claim to the weakest. Texts as in JSON: "measured", "price list", ...
enum class Provenance { measured, calibrated, datasheet, price_list, assumed };

std::string_view to_text(Provenance provenance);
/// Throws InputError for anything but the five texts.
Provenance parse_provenance(std::string_view text);

/// One number that went into an answer, as the report lists it. `value` is SI, `text` is how to show it.
struct Input {
  std::string name;
  double value = 0;
  std::string unit;
  std::string text;
  Provenance provenance = Provenance::assumed;
  std::string source;
};

}  // namespace scalesim::inline core
