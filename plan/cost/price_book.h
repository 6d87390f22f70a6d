// Every price a cluster is made of: the parts of data/prices, the prices that GPUs, cards and systems carry
// in their own files, and what the user's offers file adds or replaces.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "core/money.h"
#include "core/units.h"
#include "topology/cluster/cluster.h"
#include "topology/parts/nic.h"

namespace scalesim::plan {

/// Something to buy that is neither a GPU nor a network card.
struct Part {
  std::string name;
  std::string role;            ///< "chassis", "CPUs", "switch", "cable", ...
  std::string host;            ///< parts of a server: "pcie" or "nvlink"
  std::string reach;           ///< cables: "rack" or "hall"
  int slots = 0;               ///< GPUs it has room for; 0: any number
  bool per_gpu = false;        ///< one for each GPU, else one for each node
  BytesPerSecond rate{};       ///< of a port, one direction
  int ports = 0;               ///< of a switch
  std::optional<Watts> power;  ///< while at work
  std::optional<topology::Price> price;
  Money low, high;  ///< the range that the price is the middle of; both the price where none is known
};

/// One entry of data/prices/offers.toml: all combinations of its lists can be bought. Empty lists: as the
/// system has it.
struct OfferEntry {
  std::string system;
  std::vector<std::string> gpus;
  std::vector<int> gpus_per_node;
  std::vector<std::string> nics;
  std::vector<std::string> fabrics;
};

/// Prices and what they mean. A price is looked up the same way whatever currency the answer is shown in.
class PriceBook {
 public:
  /// The shipped prices. Throws InputError with the place for a damaged file of --data.
  explicit PriceBook(const DataCatalogue& data);

  /// Adds the user's quotes: [[price]] for known parts, [[part]] for new ones, [[offer]] for more to choose
  /// from. Throws InputError with the place for an unknown part, a price without a currency or below zero, or
  /// two prices for one part.
  void add_offers(std::string_view text, const std::string& file);

  std::optional<topology::Price> gpu(const topology::GpuSpec& gpu) const;
  std::optional<topology::Price> gpu_hour(const topology::GpuSpec& gpu) const;
  /// Of one whole node with its GPUs and network cards.
  std::optional<topology::Price> whole_node(const topology::Cluster& cluster) const;
  /// The chassis that comes with the system's own file.
  std::optional<topology::Price> own_chassis(const topology::Cluster& cluster) const;
  std::optional<topology::Price> nic(const topology::NicSpec& nic) const;

  /// Roles that a server of this kind ("pcie", "nvlink") needs, in the order of the files.
  std::vector<std::string> host_roles(const std::string& host) const;
  /// The smallest with room for `gpus`; nothing when none has.
  const Part* host_part(const std::string& host, const std::string& role, int gpus) const;
  const Part* bridge() const;
  /// The slowest that carries `rate` on a port; nothing when none does.
  const Part* network_switch(BytesPerSecond rate) const;
  const Part* cable(BytesPerSecond rate, const std::string& reach) const;

  const std::vector<OfferEntry>& offers() const { return offers_; }
  const ExchangeRates& rates() const { return rates_; }
  const DataCatalogue& data() const { return data_; }
  /// The same book with every price multiplied: what would change if all became dearer alike.
  PriceBook scaled(double factor) const;

 private:
  void read_parts(const TomlTable& table);
  void read_prices(const TomlTable& table);
  std::optional<topology::Price> choose(const std::string& name, const std::vector<topology::Price>& own,
                                        std::string_view kind) const;
  std::optional<topology::Price> times(std::optional<topology::Price> price) const;
  std::vector<std::string> known_names() const;
  const std::vector<topology::Price>& prices_of(const topology::GpuSpec& gpu) const;

  DataCatalogue data_;
  ExchangeRates rates_;
  std::vector<Part> parts_;
  std::vector<OfferEntry> offers_;
  std::map<std::string, topology::Price> quotes_;       ///< by name of GPU, card, system or part
  std::map<std::string, topology::Price> hour_quotes_;  ///< of GPUs
  struct GpuPrices;                                     ///< of the GPUs asked for so far; shared by copies
  std::shared_ptr<GpuPrices> gpu_prices_;
  double factor_ = 1;
};

/// [[offer]] entries. Throws InputError with the place for a system or GPU that is not known.
std::vector<OfferEntry> parse_offer_entries(const TomlTable& table, const DataCatalogue& data);

}  // namespace scalesim::plan
