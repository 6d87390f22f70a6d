// Names and bus-bandwidth factors of collectives.
#include "comm/collective.h"

#include <array>
#include <string>
#include <vector>

#include "core/error.h"

namespace scalesim::comm {
namespace {
constexpr std::array<std::string_view, 7> kTexts = {"all_reduce", "all_gather", "reduce_scatter", "broadcast",
                                                    "reduce",     "all_to_all", "send_receive"};
}

std::string_view to_text(Collective collective) { return kTexts.at(static_cast<std::size_t>(collective)); }

Collective parse_collective(std::string_view text) {
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if (kTexts[i] == text) return static_cast<Collective>(i);
  throw unknown_name("collective", text, {kTexts.begin(), kTexts.end()});
}

double bus_factor(Collective collective, int ranks) {
  const double n = ranks;
  switch (collective) {
    case Collective::all_reduce:
      return 2 * (n - 1) / n;
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
      return (n - 1) / n;
    default:
      return 1;
  }
}

}  // namespace scalesim::comm
