// Unit tables and the one parser and printer that use them.
#include "core/units_text.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/number.h"
#include "core/text.h"

namespace scalesim::inline core {
namespace {

struct Unit {
  std::string_view text;
  double scale;
};

constexpr Unit kSeconds[] = {{"s", 1},        {"ms", 1e-3},    {"us", 1e-6},   {"ns", 1e-9},  {"min", 60},
                             {"h", 3600},     {"d", 86400},    {"w", 604800},  {"sec", 1},    {"seconds", 1},
                             {"hours", 3600}, {"days", 86400}, {"day", 86400}, {"hour", 3600}};
constexpr Unit kBytes[] = {{"B", 1},
                           {"kB", 1e3},
                           {"KB", 1e3},
                           {"MB", 1e6},
                           {"GB", 1e9},
                           {"TB", 1e12},
                           {"PB", 1e15},
                           {"KiB", 1024.0},
                           {"MiB", 1048576.0},
                           {"GiB", 1073741824.0},
                           {"TiB", 1099511627776.0}};
constexpr Unit kRates[] = {{"B/s", 1},        {"kB/s", 1e3},        {"MB/s", 1e6},          {"GB/s", 1e9},
                           {"TB/s", 1e12},    {"b/s", 0.125},       {"kb/s", 125},          {"Mb/s", 125e3},
                           {"Gb/s", 125e6},   {"Tb/s", 125e9},      {"kbit/s", 125},        {"Mbit/s", 125e3},
                           {"Gbit/s", 125e6}, {"MiB/s", 1048576.0}, {"GiB/s", 1073741824.0}};
constexpr Unit kFlops[] = {{"FLOP", 1},     {"MFLOP", 1e6},  {"GFLOP", 1e9},
                           {"TFLOP", 1e12}, {"PFLOP", 1e15}, {"EFLOP", 1e18}};
constexpr Unit kFlopRates[] = {{"FLOPS", 1},     {"MFLOPS", 1e6}, {"GFLOPS", 1e9},  {"TFLOPS", 1e12},
                               {"PFLOPS", 1e15}, {"FLOP/s", 1},   {"GFLOP/s", 1e9}, {"TFLOP/s", 1e12},
                               {"TOPS", 1e12},   {"GOPS", 1e9}};
constexpr Unit kHertz[] = {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}};
constexpr Unit kWatts[] = {{"W", 1}, {"kW", 1e3}, {"MW", 1e6}};

struct UnitTable {
  std::string_view quantity;
  std::span<const Unit> units;
};

template <class Q>
UnitTable table_of();
template <>
UnitTable table_of<Seconds>() {
  return {"time", kSeconds};
}
template <>
UnitTable table_of<Bytes>() {
  return {"size", kBytes};
}
template <>
UnitTable table_of<BytesPerSecond>() {
  return {"bandwidth", kRates};
}
template <>
UnitTable table_of<Flops>() {
  return {"work", kFlops};
}
template <>
UnitTable table_of<FlopsPerSecond>() {
  return {"compute rate", kFlopRates};
}
template <>
UnitTable table_of<Hertz>() {
  return {"frequency", kHertz};
}
template <>
UnitTable table_of<Watts>() {
  return {"power", kWatts};
}

std::string known_units(const UnitTable& table) {
  std::string known;
  for (const Unit& unit : table.units) known += (known.empty() ? "" : ", ") + std::string(unit.text);
  return known;
}

double parse_with(std::string_view text, const UnitTable& table) {
  const LeadingNumber<double> number = leading_double(trim(text));
  if (!number || !std::isfinite(number.value))
    throw InputError(fmt::format("'{}' is not a {}: write a number and a unit, such as '2 {}'", text,
                                 table.quantity, table.units.front().text));
  const std::string_view unit = trim(number.rest);
  for (const Unit& known : table.units)
    if (known.text == unit) return number.value * known.scale;
  const char* what = unit.empty() ? "has no unit" : "has an unknown unit";
  throw InputError(
      fmt::format("'{}' {}: a {} is written with one of {}", text, what, table.quantity, known_units(table)));
}

std::string with_prefix(double value, std::string_view unit, std::span<const Unit> prefixes) {
  const Unit* best = &prefixes.front();
  for (const Unit& prefix : prefixes)
    if (std::abs(value) >= prefix.scale * 0.9995) best = &prefix;
  const double shown = value / best->scale;
  const int decimals = std::abs(shown) >= 99.95 ? 0 : std::abs(shown) >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", shown, decimals, best->text, unit);
}

constexpr Unit kLargePrefixes[] = {{"", 1},     {"k", 1e3},  {"M", 1e6}, {"G", 1e9},
                                   {"T", 1e12}, {"P", 1e15}, {"E", 1e18}};
constexpr Unit kSmallPrefixes[] = {{"n", 1e-9}, {"u", 1e-6}, {"m", 1e-3}, {"", 1}};

}  // namespace

template <class Q>
Q parse_quantity(std::string_view text) {
  return Q(parse_with(text, table_of<Q>()));
}
template Seconds parse_quantity<Seconds>(std::string_view);
template Bytes parse_quantity<Bytes>(std::string_view);
template BytesPerSecond parse_quantity<BytesPerSecond>(std::string_view);
template Flops parse_quantity<Flops>(std::string_view);
template FlopsPerSecond parse_quantity<FlopsPerSecond>(std::string_view);
template Hertz parse_quantity<Hertz>(std::string_view);
template Watts parse_quantity<Watts>(std::string_view);

std::string to_text(Seconds time) {
  if (std::abs(time.value()) < 5e-12) return "0 s";  // nothing computes so short: what subtraction left over
  if (std::abs(time.value()) >= 3 * 86400) return fmt::format("{:.1f} d", time.value() / 86400);
  if (std::abs(time.value()) >= 3 * 3600) return fmt::format("{:.1f} h", time.value() / 3600);
  return with_prefix(time.value(), "s", kSmallPrefixes);
}
std::string to_text(Bytes size) { return with_prefix(size.value(), "B", kLargePrefixes); }
std::string to_text(BytesPerSecond rate) { return with_prefix(rate.value(), "B/s", kLargePrefixes); }
std::string to_text(FlopsPerSecond rate) { return with_prefix(rate.value(), "FLOPS", kLargePrefixes); }
std::string to_text(Watts power) { return with_prefix(power.value(), "W", kLargePrefixes); }

Bytes parse_message_size(std::string_view text) {
  const LeadingNumber<double> number = leading_double(trim(text));
  const std::string_view suffix = number.rest;
  constexpr std::string_view kSuffixes = "KMGT";
  const bool known = suffix.empty() ||
                     (suffix.size() == 1 &&
                      kSuffixes.find(static_cast<char>(std::toupper(suffix[0]))) != std::string_view::npos);
  if (!number || !known || !(number.value > 0) || number.value > 1e15)
    throw InputError(
        fmt::format("'{}' is not a message size: write bytes with K, M or G, such as 8, 512K or 32M", text));
  const auto power = suffix.empty() ? 0 : kSuffixes.find(static_cast<char>(std::toupper(suffix[0]))) + 1;
  return Bytes(std::floor(number.value * std::pow(1024.0, static_cast<double>(power))));
}

std::string message_size_text(Bytes size) {
  constexpr std::string_view kSuffixes[] = {"", "K", "M", "G", "T"};
  double number = size.value();
  std::size_t power = 0;
  while (power + 1 < std::size(kSuffixes) && number >= 1024 && std::fmod(number, 1024) == 0)
    number /= 1024, ++power;
  return fmt::format("{:.0f}{}", number, kSuffixes[power]);
}

}  // namespace scalesim::inline core
