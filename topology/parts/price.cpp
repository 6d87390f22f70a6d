// Prices as published: reading them and choosing one for a question.
#include "core/toml.h"
#include "topology/parts/gpu.h"

namespace scalesim::topology {
namespace {

bool is_hourly(const Price& price) { return price.kind.ends_with("per hour"); }

}  // namespace

std::vector<Price> parse_prices(const TomlTable& table) {
  std::vector<Price> prices;
  for (const TomlTable& entry : table.tables("price"))
    prices.push_back(
        {entry.money("money"), entry.text("kind"), entry.text("source"), entry.text("date", "")});
  return prices;
}

std::optional<Price> choose_price(const std::vector<Price>& prices, bool hourly, const std::string& currency,
                                  const ExchangeRates& rates) {
  std::optional<Price> converted;
  for (const Price& price : prices) {
    if (is_hourly(price) != hourly) continue;
    if (price.money.currency == currency) return price;
    if (!converted) converted = price;
  }
  if (converted) converted->money = rates.convert(converted->money, currency);
  return converted;
}

std::optional<Price> GpuSpec::purchase_price(const std::string& currency, const ExchangeRates& rates) const {
  return choose_price(prices, false, currency, rates);
}

std::optional<Price> GpuSpec::cloud_price(const std::string& currency, const ExchangeRates& rates) const {
  return choose_price(prices, true, currency, rates);
}

}  // namespace scalesim::topology
