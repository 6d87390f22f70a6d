// A network adapter as data: rate, power, price. One TOML file each in data/nics/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "core/units.h"
#include "topology/parts/claims.h"
#include "topology/parts/price.h"

namespace scalesim::topology {

struct NicSpec {
  std::string name;
  std::string product;
  BytesPerSecond rate{};  ///< line rate of one port, one direction
  std::string technology;
  int pcie_generation = 0;
  int pcie_lanes = 16;
  Watts power{};
  std::vector<Price> prices;
  Claims claims;
};

/// data/nics/NAME.toml. Throws InputError with the nearest name.
NicSpec find_nic(const DataCatalogue& data, const std::string& name);
/// The first adapter, by name, whose rate is this one; nothing when there is none.
std::optional<NicSpec> nic_for_rate(const DataCatalogue& data, BytesPerSecond rate);

}  // namespace scalesim::topology
