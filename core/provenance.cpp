// Texts of the five kinds of provenance.
#include "core/provenance.h"

#include <array>

#include "core/error.h"

namespace scalesim::inline core {
namespace {
constexpr std::array<std::string_view, 5> kTexts = {"measured", "calibrated", "datasheet", "price list",
                                                    "assumed"};
}

std::string_view to_text(Provenance provenance) { return kTexts.at(static_cast<std::size_t>(provenance)); }

Provenance parse_provenance(std::string_view text) {
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if (kTexts[i] == text) return static_cast<Provenance>(i);
  throw unknown_name("provenance", text, {kTexts.begin(), kTexts.end()});
}

}  // namespace scalesim::inline core
