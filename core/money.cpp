// Parsing, printing and converting money.
#include "core/money.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/number.h"
#include "core/text.h"
#include "core/toml.h"

namespace scalesim::inline core {
namespace {

double multiplier(std::string_view letters) {
  if (letters.empty()) return 1;
  if (letters == "k" || letters == "K") return 1e3;
  if (letters == "M") return 1e6;
  if (letters == "B") return 1e9;
  return 0;
}

bool is_currency(std::string_view text) {
  if (text.size() != 3) return false;
  for (const char c : text)
    if (!std::isupper(static_cast<unsigned char>(c))) return false;
  return true;
}

}  // namespace

Money parse_money(std::string_view text) {
  const LeadingNumber<double> amount = leading_double(trim(text));
  if (!amount || !std::isfinite(amount.value))
    throw InputError(fmt::format(
        "'{}' is not a price: write an amount and a currency, such as '15000 CNY' or '2M USD'", text));
  const std::string_view tail = trim(amount.rest);
  const auto space = tail.find_last_of(" \t");
  const std::string_view currency =
      space == std::string_view::npos
          ? (is_currency(tail) ? tail : (tail.size() > 3 ? tail.substr(tail.size() - 3) : ""))
          : tail.substr(space + 1);
  const double scale = multiplier(trim(tail.substr(0, tail.size() - currency.size())));
  if (!is_currency(currency) || scale == 0)
    throw InputError(
        fmt::format("'{}' has no currency: write an ISO code behind the amount, such as '15000 CNY'", text));
  if (amount.value < 0) throw InputError(fmt::format("'{}' is negative: a price is zero or more", text));
  return {amount.value * scale, std::string(currency)};
}

std::string to_text(const Money& money) {
  const bool cents = std::abs(money.amount) < 100 && std::floor(money.amount) != money.amount;
  std::string digits = fmt::format("{:.{}f}", money.amount, cents ? 2 : 0);
  const auto point = digits.find('.');
  auto position = static_cast<std::ptrdiff_t>(point == std::string::npos ? digits.size() : point) - 3;
  for (; position > (money.amount < 0 ? 1 : 0); position -= 3)
    digits.insert(static_cast<std::size_t>(position), ",");
  return digits + " " + money.currency;
}

Money operator+(const Money& a, const Money& b) {
  if (a.currency != b.currency)
    throw InputError(
        fmt::format("cannot add {} and {}: convert to one currency first", a.currency, b.currency));
  return {a.amount + b.amount, a.currency};
}

Money operator*(const Money& a, double factor) { return {a.amount * factor, a.currency}; }

Money ExchangeRates::convert(const Money& money, const std::string& currency) const {
  if (money.currency == currency) return money;
  std::vector<std::string> known;
  for (const auto& [code, rate] : per_usd) known.push_back(code);
  for (const std::string& code : {money.currency, currency})
    if (!per_usd.count(code))
      throw unknown_name("currency", code, known, "exchange rates are in data/prices/exchange_rates.toml");
  return {money.amount / per_usd.at(money.currency) * per_usd.at(currency), currency};
}

ExchangeRates parse_exchange_rates(const TomlTable& table) {
  ExchangeRates rates{{}, table.text("date"), table.text("source")};
  const TomlTable per_usd = table.table("per_usd");
  for (const std::string& code : per_usd.keys()) rates.per_usd[code] = per_usd.number(code);
  table.refuse_unknown_keys();
  return rates;
}

}  // namespace scalesim::inline core
