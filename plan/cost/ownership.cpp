// Adds up what a cluster costs.
#include "plan/cost/ownership.h"

#include "core/toml.h"

namespace scalesim::plan {
namespace {

constexpr double kHoursPerYear = 8760;
constexpr double kMonthsPerYear = 12;

void add_rent(Ownership& o, const topology::Cluster& cluster, const PriceBook& book, const Running& running) {
  const auto hour = book.gpu_hour(cluster.gpu);
  if (!hour) return;
  o.rent_per_hour = book.rates().convert(hour->money, o.capex.currency) * cluster.gpus();
  const double rent_per_month = o.rent_per_hour->amount * kHoursPerYear * running.busy / kMonthsPerYear;
  const double saved = rent_per_month - o.opex.amount / kMonthsPerYear;
  if (saved > 0) o.break_even_months = o.capex.amount / saved;
}

}  // namespace

Running load_running(const DataCatalogue& data) {
  const TomlTable table = data.read("prices", "running");
  Running running;
  running.electricity = table.money("electricity");
  running.pue = table.number_in("pue", 1, 10);
  running.load = table.number_in("load", 0, 1);
  running.spares = table.number_in("spares", 0, 1);
  for (const char* key : {"electricity_source", "pue_source", "load_source", "spares_source"})
    table.text(key);
  table.refuse_unknown_keys();
  return running;
}

Ownership own(const topology::Cluster& cluster, const Bill& bill, const NodePower& power,
              const PriceBook& book, const Running& running) {
  const std::string& currency = bill.total.currency;
  const auto shown = [&](const Money& money) { return book.rates().convert(money, currency); };
  const Money none{0, currency};
  Ownership o;
  o.parts = bill.total;
  o.spares = bill.total * running.spares;
  o.capex = o.parts + o.spares;
  const double nodes = cluster.nodes;
  o.power = power.total() * nodes + bill.network_power;
  const Watts drawn = (power.gpus * running.load + power.other) * nodes + bill.network_power;
  o.kwh_per_year = drawn.value() / 1000 * kHoursPerYear * running.busy * running.pue;
  o.energy = shown(running.electricity) * o.kwh_per_year;
  o.colocation =
      running.colocation ? shown(*running.colocation) * (o.power.value() / 1000 * kMonthsPerYear) : none;
  o.maintenance = o.parts * running.maintenance;
  o.staff = running.staff ? shown(*running.staff) : none;
  o.opex = o.energy + o.colocation + o.maintenance + o.staff;
  o.total = o.capex + o.opex * running.years;
  o.per_hour = o.total * (1 / (running.years * kHoursPerYear * running.busy));
  if (running.grid) o.co2_per_year = o.kwh_per_year * *running.grid;
  add_rent(o, cluster, book, running);
  return o;
}

}  // namespace scalesim::plan
