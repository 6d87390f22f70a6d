// Floating-point text by fast_float, whose versions differ in what they say of numbers too large or too
// small.
#include "core/number.h"

#include <fast_float/fast_float.h>

#include <cmath>

namespace scalesim::inline core {
namespace {

bool is_word(std::string_view number) { return number.find_first_of("0123456789") == std::string_view::npos; }

bool has_only_zeros(std::string_view number) {
  return number.substr(0, number.find_first_of("eE")).find_first_of("123456789") == std::string_view::npos;
}

/// "1e400" became infinite, or "1e-400" zero; "inf" and "0" are as written.
bool out_of_range(std::string_view number, double value) {
  return (std::isinf(value) && !is_word(number)) || (value == 0 && !has_only_zeros(number));
}

}  // namespace

LeadingNumber<double> leading_double(std::string_view text) {
  double value = 0;
  const auto [rest, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(rest - text.data());
  if (error == std::errc::invalid_argument) return {0, text, error};
  if (out_of_range(text.substr(0, length), value))
    return {0, text.substr(length), std::errc::result_out_of_range};
  return {value, text.substr(length), {}};
}

std::optional<double> to_double(std::string_view text) {
  const LeadingNumber<double> number = leading_double(text);
  return number && number.rest.empty() ? std::optional<double>(number.value) : std::nullopt;
}

}  // namespace scalesim::inline core
