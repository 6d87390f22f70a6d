// Typed reading of option values, each error naming the option, the value and what would be right.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "cli/shell/command.h"
#include "core/error.h"
#include "core/number.h"

namespace scalesim::cli {
namespace {

std::string dashed(std::string_view name) { return (name.size() == 1 ? "-" : "--") + std::string(name); }

std::int64_t parse_integer(std::string_view name, std::string_view text, std::int64_t low,
                           std::int64_t high) {
  const auto [value, rest, error] = leading_integer<std::int64_t>(text);
  if (error == std::errc::invalid_argument || !rest.empty())
    throw InputError(
        fmt::format("{} {}: not a whole number; give one between {} and {}", dashed(name), text, low, high));
  if (error != std::errc() || value < low || value > high)
    throw InputError(fmt::format("{} {}: out of range; give a whole number between {} and {}", dashed(name),
                                 text, low, high));
  return value;
}

}  // namespace

std::string Options::text(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string(fallback) : found->second.back();
}

std::vector<std::string> Options::all(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Options::optional_text(std::string_view name) const {
  return has(name) ? std::optional<std::string>(text(name)) : std::nullopt;
}

std::int64_t Options::integer(std::string_view name, std::int64_t fallback, std::int64_t low,
                              std::int64_t high) const {
  return has(name) ? parse_integer(name, text(name), low, high) : fallback;
}

double Options::number(std::string_view name, double fallback, double low, double high) const {
  if (!has(name)) return fallback;
  const std::string value = text(name);
  const std::optional<double> number = to_double(value);
  if (!number || !(*number >= low && *number <= high))
    throw InputError(fmt::format("{} {}: give a number between {} and {}", dashed(name), value, low, high));
  return *number;
}

std::vector<int> Options::integers(std::string_view name, std::vector<int> fallback, int low,
                                   int high) const {
  if (!has(name)) return fallback;
  const std::string value = text(name);
  std::set<int> numbers;
  std::size_t at = 0;
  while (at <= value.size()) {
    const std::size_t comma = std::min(value.find(',', at), value.size());
    const std::string part = value.substr(at, comma - at);
    const std::size_t dash = part.find('-', 1);
    if (part.empty() || dash + 1 == part.size())
      throw InputError(fmt::format("{} {}: {}", dashed(name), value,
                                   part.empty() ? "a number is missing beside a comma"
                                                : fmt::format("the range {} has no end; write it as {}{}",
                                                              part, part, high < 8 ? high : 8)));
    const auto first = static_cast<int>(parse_integer(name, part.substr(0, dash), low, high));
    const auto last = dash == std::string::npos
                          ? first
                          : static_cast<int>(parse_integer(name, part.substr(dash + 1), low, high));
    if (last < first)
      throw InputError(fmt::format("{} {}: the range {} runs backwards; write it as {}-{}", dashed(name),
                                   value, part, last, first));
    for (int n = first; n <= last; ++n) numbers.insert(n);
    at = comma + 1;
  }
  return {numbers.begin(), numbers.end()};
}

}  // namespace scalesim::cli
