// Adds up the boards of every kind of GPU that takes part.
#include "plan/cost/board_prices.h"

#include "core/error.h"
#include "core/toml.h"
#include "sim/evaluate/mixed.h"
#include "topology/parts/price.h"

namespace scalesim::plan {
namespace {

std::optional<Money> boards(const sim::System& system, int gpus, const std::string& currency,
                            const ExchangeRates& rates, const DataCatalogue& data) {
  const std::vector<int> ranks = sim::ranks_by_kind(system, gpus);
  double amount = 0;
  for (std::size_t kind = 0; kind < ranks.size(); ++kind) {
    const std::vector<topology::Price> known =
        topology::gpu_prices(data, system.gpu(static_cast<int>(kind)).name);
    const auto price = choose_price(known, false, currency, rates);
    if (!price) return std::nullopt;
    amount += ranks[kind] * rates.convert(price->money, currency).amount;
  }
  return Money{amount, currency};
}

}  // namespace

BoardPrices board_prices(const sim::Prediction& prediction, const std::vector<sim::System>& systems,
                         const std::string& currency, const DataCatalogue& data) {
  SCALESIM_CHECK(prediction.curves.size() == systems.size());
  const ExchangeRates rates = parse_exchange_rates(data.read("prices", "exchange_rates"));
  BoardPrices prices(systems.size());
  for (std::size_t i = 0; i < systems.size(); ++i)
    for (const sim::Point& point : prediction.curves[i].points) {
      const auto all = boards(systems[i], point.gpus, currency, rates, data);
      prices[i].push_back(all ? std::optional(BoardPrice{*all, *all * (1 / point.speedup)}) : std::nullopt);
    }
  return prices;
}

}  // namespace scalesim::plan
