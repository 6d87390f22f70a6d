// Reading data/nics/*.toml.
#include "topology/parts/nic.h"

#include "core/error.h"
#include "core/toml.h"
#include "topology/parts/price.h"

namespace scalesim::topology {

NicSpec find_nic(const DataCatalogue& data, const std::string& name) {
  if (!data.has("nics", name))
    throw unknown_name("network adapter", name, data.names("nics"), "'scalesim list nics' shows all");
  const TomlTable table = data.read("nics", name);
  NicSpec nic;
  nic.name = name;
  nic.product = table.text("product", name);
  table.text("description", "");
  nic.rate = table.quantity<BytesPerSecond>("rate");
  if (!(nic.rate.value() > 0)) throw table.error("rate", "key 'rate' must be greater than zero");
  nic.technology = table.text("technology");
  nic.pcie_generation = static_cast<int>(table.integer_in("pcie_generation", 1, 8));
  nic.pcie_lanes = static_cast<int>(table.integer_in("pcie_lanes", 1, 32));
  nic.power = table.optional_quantity<Watts>("power").value_or(Watts{});
  nic.prices = parse_prices(table);
  nic.claims = parse_claims(table);
  table.refuse_unknown_keys();
  return nic;
}

std::optional<NicSpec> nic_for_rate(const DataCatalogue& data, BytesPerSecond rate) {
  for (const std::string& name : data.names("nics"))
    if (NicSpec nic = find_nic(data, name); nic.rate == rate) return nic;
  return std::nullopt;
}

}  // namespace scalesim::topology
