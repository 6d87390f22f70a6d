// Reads prices from TOML and answers which one counts.
#include "plan/cost/price_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "core/error.h"
#include "core/toml.h"
#include "plan/cost/board_prices.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/parts/nic.h"
#include "topology/system/load_cluster.h"

namespace scalesim::plan {
namespace {

using topology::Price;

Part parse_part(const TomlTable& table) {
  Part part;
  part.name = table.text("name");
  part.role = table.text("role");
  part.host = table.text("host", "");
  part.reach = table.text("reach", "");
  part.slots = table.has("slots") ? static_cast<int>(table.integer_in("slots", 1, 1024)) : 0;
  part.ports = table.has("ports") ? static_cast<int>(table.integer_in("ports", 2, 4096)) : 0;
  part.per_gpu = table.text("per", "node") == "gpu";
  part.rate = table.optional_quantity<BytesPerSecond>("rate").value_or(BytesPerSecond{});
  part.power = table.optional_quantity<Watts>("power");
  const std::string source = table.text("source");
  const std::string date = table.text("date", "");
  const std::string kind = table.text("kind", "quote");
  if (table.has("money")) part.price = Price{table.money("money"), kind, source, date};
  if (part.price) {
    part.low = table.has("low") ? table.money("low") : part.price->money;
    part.high = table.has("high") ? table.money("high") : part.price->money;
  }
  return part;
}

template <class Better>
const Part* best_part(const std::vector<Part>& parts, const std::string& role, Better better) {
  const Part* best = nullptr;
  for (const Part& part : parts)
    if (part.role == role && better(part, best)) best = &part;
  return best;
}

}  // namespace

std::vector<OfferEntry> parse_offer_entries(const TomlTable& table, const DataCatalogue& data) {
  std::vector<OfferEntry> entries;
  const topology::GpuCatalogue catalogue(data);
  for (const TomlTable& row : table.tables("offer")) {
    OfferEntry entry;
    entry.system = row.text("system");
    if (!data.has("systems", entry.system) && !entry.system.ends_with(".toml"))
      throw row.error("system", unknown_name("system", entry.system, data.names("systems"),
                                             "'scalesim list systems' shows all")
                                    .message());
    for (const std::string& gpu : row.optional_texts("gpu")) {
      try {
        entry.gpus.push_back(catalogue.find(gpu).name);
      } catch (const InputError& wrong) {
        throw row.error("gpu", wrong.message());
      }
    }
    if (row.has("gpus_per_node"))
      for (const std::int64_t n : row.integers("gpus_per_node")) {
        if (n < 1 || n > 1024)
          throw row.error("gpus_per_node", fmt::format("{} GPUs in a node: 1 to 1024", n));
        entry.gpus_per_node.push_back(static_cast<int>(n));
      }
    entry.nics = row.optional_texts("nic");
    entry.fabrics = row.optional_texts("fabric");
    entries.push_back(std::move(entry));
  }
  return entries;
}

struct PriceBook::GpuPrices {
  std::mutex mutex;
  std::map<std::string, std::vector<Price>> by_name;
};

PriceBook::PriceBook(const DataCatalogue& data)
    : data_(data),
      rates_(parse_exchange_rates(data.read("prices", "exchange_rates"))),
      gpu_prices_(std::make_shared<GpuPrices>()) {
  for (const std::string& name : data.names("prices")) {
    if (name == "exchange_rates" || name == "running") continue;
    const TomlTable table = data.read("prices", name);
    read_parts(table);
    for (OfferEntry& entry : parse_offer_entries(table, data)) offers_.push_back(std::move(entry));
    read_prices(table);
    table.refuse_unknown_keys();
  }
}

void PriceBook::add_offers(std::string_view text, const std::string& file) {
  const TomlTable table = TomlTable::parse(text, file);
  read_parts(table);
  std::vector<OfferEntry> entries = parse_offer_entries(table, data_);
  offers_.insert(offers_.end(), entries.begin(), entries.end());
  read_prices(table);
  table.refuse_unknown_keys();
}

void PriceBook::read_parts(const TomlTable& table) {
  for (const TomlTable& row : table.tables("part")) {
    Part part = parse_part(row);
    for (const Part& known : parts_)
      if (known.name == part.name)
        throw row.error(
            "name", fmt::format("part '{}' is already known: give it a new price with [[price]]", part.name));
    parts_.push_back(std::move(part));
  }
}

void PriceBook::read_prices(const TomlTable& table) {
  std::map<std::string, Place> seen;
  for (const TomlTable& row : table.tables("price")) {
    std::string name = row.text("part");
    const std::vector<std::string> known = known_names();
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw row.error("part",
                      unknown_name("part", name, known,
                                   "GPUs, network cards and systems by their catalogue names, or a part of "
                                   "data/prices; [[part]] adds a new one")
                          .message());
    const std::string kind = row.text("kind", "quote");
    const bool hourly = kind.ends_with("per hour");
    const std::string key = name + (hourly ? " per hour" : "");
    if (seen.count(key))
      throw row.error("part", fmt::format("'{}' has two prices, the first in line {}: keep one of them", name,
                                          seen.at(key).line));
    seen[key] = row.place("part");
    const Price price{row.money("money"), kind, row.text("source", "the offers file"), row.text("date", "")};
    if (!rates_.per_usd.count(price.money.currency))
      throw row.error("money",
                      fmt::format("no exchange rate for {}: data/prices/exchange_rates.toml has them",
                                  price.money.currency));
    (hourly ? hour_quotes_ : quotes_)[name] = price;
    for (Part& part : parts_)
      if (part.name == name) part.price = price, part.low = part.high = price.money;
  }
}

std::vector<std::string> PriceBook::known_names() const {
  std::vector<std::string> names;
  for (const char* folder : {"gpus", "nics", "systems"})
    for (const std::string& name : data_.names(folder)) names.push_back(name);
  for (const Part& part : parts_) names.push_back(part.name);
  return names;
}

std::optional<Price> PriceBook::times(std::optional<Price> price) const {
  if (price) price->money = price->money * factor_;
  return price;
}

/// The user's quote, else the price in the home currency, else the first; `kind` is a part of its kind, or
/// empty.
std::optional<Price> PriceBook::choose(const std::string& name, const std::vector<Price>& own,
                                       std::string_view kind) const {
  if (const auto quote = quotes_.find(name); quote != quotes_.end()) return times(quote->second);
  std::vector<Price> fitting;
  for (const Price& price : own)
    if (!price.kind.ends_with("per hour") && price.kind.find(kind) != std::string::npos)
      fitting.push_back(price);
  for (const Price& price : fitting)
    if (price.money.currency == kHomeCurrency) return times(price);
  return fitting.empty() ? std::nullopt : times(fitting.front());
}

/// A search asks for the price of one GPU for every cluster it weighs, on several threads.
const std::vector<Price>& PriceBook::prices_of(const topology::GpuSpec& gpu) const {
  const std::lock_guard lock(gpu_prices_->mutex);
  const auto [entry, added] = gpu_prices_->by_name.try_emplace(gpu.name);
  if (added) entry->second = topology::gpu_prices(data_, gpu.name);
  return entry->second;
}

std::optional<Price> PriceBook::gpu(const topology::GpuSpec& gpu) const {
  return choose(gpu.name, prices_of(gpu), "");
}

std::optional<Price> PriceBook::gpu_hour(const topology::GpuSpec& gpu) const {
  if (const auto quote = hour_quotes_.find(gpu.name); quote != hour_quotes_.end())
    return times(quote->second);
  for (const Price& price : prices_of(gpu))
    if (price.kind.ends_with("per hour")) return times(price);
  return std::nullopt;
}

/// A quote for a system is for its own GPUs, as many as it has.
std::optional<Price> PriceBook::whole_node(const topology::Cluster& cluster) const {
  if (!quotes_.count(cluster.name)) return choose("", cluster.prices, "whole node");
  const topology::Cluster quoted = topology::load_cluster(cluster.name, {}, data_);
  const bool same = quoted.gpu.name == cluster.gpu.name && quoted.gpus_per_node == cluster.gpus_per_node;
  return choose(same ? cluster.name : "", cluster.prices, "whole node");
}

std::optional<Price> PriceBook::own_chassis(const topology::Cluster& cluster) const {
  return choose("", cluster.prices, "chassis");
}

std::optional<Price> PriceBook::nic(const topology::NicSpec& nic) const {
  return choose(nic.name, nic.prices, "");
}

std::vector<std::string> PriceBook::host_roles(const std::string& host) const {
  std::vector<std::string> roles;
  for (const Part& part : parts_)
    if (part.host == host && std::find(roles.begin(), roles.end(), part.role) == roles.end())
      roles.push_back(part.role);
  return roles;
}

const Part* PriceBook::host_part(const std::string& host, const std::string& role, int gpus) const {
  return best_part(parts_, role, [&](const Part& part, const Part* best) {
    if (part.host != host || (part.slots > 0 && part.slots < gpus)) return false;
    return !best || (part.slots > 0 && (best->slots == 0 || part.slots < best->slots));
  });
}

const Part* PriceBook::bridge() const {
  return best_part(parts_, "NVLink bridge", [](const Part&, const Part* best) { return !best; });
}

const Part* PriceBook::network_switch(BytesPerSecond rate) const {
  return best_part(parts_, "switch", [&](const Part& part, const Part* best) {
    return part.rate >= rate && (!best || part.rate < best->rate);
  });
}

const Part* PriceBook::cable(BytesPerSecond rate, const std::string& reach) const {
  return best_part(parts_, "cable", [&](const Part& part, const Part* best) {
    return part.reach == reach && part.rate >= rate && (!best || part.rate < best->rate);
  });
}

PriceBook PriceBook::scaled(double factor) const {
  PriceBook book = *this;
  book.factor_ *= factor;
  for (Part& part : book.parts_) {
    if (part.price) part.price->money = part.price->money * factor;
    part.low = part.low * factor;
    part.high = part.high * factor;
  }
  return book;
}

}  // namespace scalesim::plan
