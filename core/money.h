// Money is an amount in one currency; adding two currencies is refused, converting needs dated exchange
// rates.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace scalesim::inline core {

class TomlTable;

/// `currency` is an ISO 4217 code such as "USD" or "CNY".
struct Money {
  double amount = 0;
  std::string currency;
};

/// Parses "15000 CNY", "2M CNY", "1.5k USD". Throws InputError: a price without a currency is refused.
Money parse_money(std::string_view text);
std::string to_text(const Money& money);  ///< "15,000 CNY"

/// Throws InputError when the currencies differ.
Money operator+(const Money& a, const Money& b);
Money operator*(const Money& a, double factor);

/// How many units of each currency one US dollar buys, on a date, from a named source.
struct ExchangeRates {
  std::map<std::string, double> per_usd;
  std::string date;
  std::string source;

  /// Throws InputError naming the currency that has no rate.
  Money convert(const Money& money, const std::string& currency) const;
};

/// Reads data/prices/exchange_rates.toml: `date`, `source` and a table `[per_usd]`.
ExchangeRates parse_exchange_rates(const TomlTable& table);

}  // namespace scalesim::inline core
