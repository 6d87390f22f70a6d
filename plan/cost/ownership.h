// Cost of ownership: what a cluster costs over its life, by the year, the hour and the run (tco.md, section
// 1).
#pragma once

#include <optional>
#include <string>

#include "core/data_catalogue.h"
#include "plan/cost/bill.h"

namespace scalesim::plan {

/// How the cluster is run. Money may be in any currency that has an exchange rate.
struct Running {
  double years = 3;
  Money electricity;                ///< per kWh
  double pue = 1;                   ///< power of the site over power of the machines
  double load = 1;                  ///< of the GPUs' rated power that they draw at work
  double busy = 1;                  ///< share of all hours in which the cluster works
  double spares = 0;                ///< of the purchase, bought with it
  double maintenance = 0;           ///< of the purchase, every year
  std::optional<Money> colocation;  ///< per kW and month, of the machines' greatest power
  std::optional<Money> staff;       ///< per year
  std::optional<double> grid;       ///< kg CO2 per kWh
};
/// data/prices/running.toml.
Running load_running(const DataCatalogue& data);

/// All money in one currency.
struct Ownership {
  Money parts, spares, capex;                          ///< capex = parts + spares
  Money energy, colocation, maintenance, staff, opex;  ///< per year; opex is their sum
  Money total;                                         ///< capex + opex over the years
  Money per_hour;                                      ///< total over the hours the cluster works
  Watts power{};                                       ///< greatest, of the machines alone
  double kwh_per_year = 0;                             ///< with the site's losses
  std::optional<double> co2_per_year;                  ///< kg
  std::optional<Money> rent_per_hour;                  ///< of as many GPUs in a cloud
  std::optional<double> break_even_months;  ///< after which buying is cheaper than renting; nothing: never
};

/// kwh_per_year = (nodes * (GPUs * load + other) + switches) / 1000 * 8760 * busy * PUE. Renting costs its
/// rate for the hours the cluster works; buying breaks even when capex = months * (rent - opex) of a month.
Ownership own(const topology::Cluster& cluster, const Bill& bill, const NodePower& power,
              const PriceBook& book, const Running& running);

}  // namespace scalesim::plan
