// The question: what is trained, what may be bought, and the limits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/money.h"
#include "core/units.h"
#include "plan/cost/board_prices.h"
#include "plan/cost/ownership.h"
#include "sim/scenario/scenario.h"

namespace scalesim::plan {

/// The question. `scenario.strategy` and `scenario.parallel` are the search's to choose, but where `fixed_*`
/// says so.
struct PlanRequest {
  sim::Scenario scenario;
  bool fixed_batch = false;  ///< scenario.compute.batch per GPU is the user's
  bool fixed_strategy = false;
  bool fixed_tensor = false;
  bool fixed_pipeline = false;
  bool fixed_recompute = false;
  std::vector<std::string> systems;  ///< only these; empty: all offers
  std::vector<std::string> gpus;     ///< only these; empty: all offers
  std::optional<Money> budget;       ///< for the purchase
  std::optional<Seconds> target_time;
  std::optional<double> samples;  ///< of the whole run, in the model's sample unit
  std::optional<double> target_speedup;
  std::optional<Watts> max_power;  ///< of the machines
  int max_gpus = 64;
  std::string currency = kHomeCurrency;
  Running running;
  bool rent = false;  ///< rank by the price of renting
  int threads = 1;
};

}  // namespace scalesim::plan
