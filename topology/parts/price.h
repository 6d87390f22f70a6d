// Prices of parts, as somebody published them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/money.h"

namespace scalesim::inline core {
class DataCatalogue;
class TomlTable;
}  // namespace scalesim::inline core

namespace scalesim::topology {

/// Price of a part, as somebody published it.
struct Price {
  Money money;
  std::string kind;  ///< "list", "street", "system share", "cloud per hour", ...
  std::string source;
  std::string date;
};

/// `[[price]]` entries of a GPU, NIC or system file.
std::vector<Price> parse_prices(const TomlTable& table);
/// The first price of `prices` in `currency` itself, else the first one converted to it. `hourly` chooses
/// between "... per hour" kinds and purchase prices.
std::optional<Price> choose_price(const std::vector<Price>& prices, bool hourly, const std::string& currency,
                                  const ExchangeRates& rates);

/// What data/gpus/GPU.toml says the GPU costs; nothing for a GPU without a file.
std::vector<Price> gpu_prices(const DataCatalogue& data, const std::string& gpu);

}  // namespace scalesim::topology
