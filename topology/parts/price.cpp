// Prices as published: reading them and choosing one for a question.
#include "topology/parts/price.h"

#include "core/data_catalogue.h"
#include "core/toml.h"

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

std::vector<Price> gpu_prices(const DataCatalogue& data, const std::string& gpu) {
  return data.has("gpus", gpu) ? parse_prices(data.read("gpus", gpu)) : std::vector<Price>{};
}

}  // namespace scalesim::topology
