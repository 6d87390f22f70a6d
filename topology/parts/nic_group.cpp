// Reading "8x400Gb".
#include "topology/parts/nic_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/number.h"
#include "core/units_text.h"

namespace scalesim::topology {
namespace {

/// Spellings of "gigabits per second" that carry no "/s".
std::string with_full_unit(std::string rate) {
  for (const std::string_view ending : {"Gbps", "GbE", "Gbe", "Gbit", "gbps", "gbe", "Gb", "gb", "G"})
    if (rate.ends_with(ending)) return rate.substr(0, rate.size() - ending.size()) + "Gb/s";
  return rate;
}

}  // namespace

NicGroup parse_nic(std::string_view text) {
  std::string body;
  std::copy_if(text.begin(), text.end(), std::back_inserter(body),
               [](unsigned char c) { return std::isspace(c) == 0; });
  NicGroup group{1, {}};
  const auto times = body.find_first_of("xX*");
  if (times != std::string::npos) {
    group.count = to_integer<int>(std::string_view(body).substr(0, times)).value_or(0);
    if (group.count < 1 || group.count > 1024) group.count = 0;
    body.erase(0, times + 1);
  }
  try {
    group.rate = parse_quantity<BytesPerSecond>(with_full_unit(body));
  } catch (const InputError&) {
    group.rate = {};
  }
  if (group.count == 0 || !(group.rate.value() > 0))
    throw InputError(fmt::format(
        "'{}' is not a set of network ports: write how many per node and how fast, such as '8x400Gb'", text));
  return group;
}

}  // namespace scalesim::topology
