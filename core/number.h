// Numbers in text, read the same in every locale and with every C++ library (not all of them can read
// floating-point text). No sign "+", no space in front, no hexadecimal floating point: callers that allow
// more take it away first.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace scalesim::inline core {

/// What a text starts with: a number, and the text behind it. `error` is std::errc::invalid_argument where
/// there is no number (then `rest` is the whole text) and std::errc::result_out_of_range where there is one
/// that T cannot hold; `value` is 0 in both cases.
template <class T>
struct LeadingNumber {
  T value = 0;
  std::string_view rest;
  std::errc error{};

  explicit operator bool() const { return error == std::errc(); }
};

/// The nearest double to decimal text such as "1.5", ".5" or "2e-3"; "inf" and "nan" are numbers too.
LeadingNumber<double> leading_double(std::string_view text);

template <std::integral T>
LeadingNumber<T> leading_integer(std::string_view text, int base = 10) {
  LeadingNumber<T> number;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number.value, base);
  number.rest = text.substr(static_cast<std::size_t>(rest - text.data()));
  number.error = error;
  return number;
}

/// The number that is the whole text, or nothing.
std::optional<double> to_double(std::string_view text);

template <std::integral T>
std::optional<T> to_integer(std::string_view text, int base = 10) {
  const LeadingNumber<T> number = leading_integer<T>(text, base);
  return number && number.rest.empty() ? std::optional<T>(number.value) : std::nullopt;
}

}  // namespace scalesim::inline core
