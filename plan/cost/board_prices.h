// What the GPU boards of a curve's points cost, where their prices are known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "core/money.h"
#include "sim/curve/prediction.h"
#include "sim/scenario/scenario.h"

namespace scalesim::plan {

/// Of answers where the user names no other. The prices of the client's documents are in it: where a part has
/// several prices, theirs wins.
constexpr const char* kHomeCurrency = "CNY";

struct BoardPrice {
  Money boards;  ///< of all GPUs of the point
  Money per_speedup;
};

/// One for each point of each curve; none where a GPU has no price. `systems` are those of the prediction.
using BoardPrices = std::vector<std::vector<std::optional<BoardPrice>>>;

/// Throws InputError for a currency without an exchange rate.
BoardPrices board_prices(const sim::Prediction& prediction, const std::vector<sim::System>& systems,
                         const std::string& currency, const DataCatalogue& data);

}  // namespace scalesim::plan
