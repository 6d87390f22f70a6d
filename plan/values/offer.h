// The answer: clusters that can be bought, ranked, and those put aside.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/money.h"
#include "core/units.h"
#include "plan/cost/bill.h"
#include "plan/cost/ownership.h"

namespace scalesim::plan {

/// One cluster that can be bought, with the best configuration to train on it.
struct Offer {
  std::string system, gpu, nic, fabric;  ///< nic ("2x200Gb") and fabric are empty for one node
  int gpus_per_node = 1, nodes = 1, gpus = 1;
  std::string strategy;  ///< "fsdp", "zero1 tp8 pp2, recompute full"
  std::int64_t microbatch = 0;
  std::int64_t global_batch = 0;
  Bytes memory{};  ///< of one GPU
  Bill bill;
  Ownership cost;
  Money spent;            ///< what the ranking counts: ownership over the years, or renting for as long
  double throughput = 0;  ///< samples per second
  double speedup = 0;     ///< against the plan's reference
  double speedup_low = 0, speedup_high = 0;
  Money cost_per_speedup;
  Money cost_per_million;  ///< of a million samples (tokens for sequences), at spent per hour
  std::optional<Seconds> time_to_target;
  std::optional<Money> cost_of_run;
  std::optional<double> co2_of_run;  ///< kg
  double beaten_by_best = 0;         ///< share of draws in which the best offer costs less per speed-up
  bool pareto = false;

  std::string title() const;  ///< "2 x 8 rtx4090, pcie, 1x100Gb switch"
};

/// A cluster that was looked at and put aside.
struct Rejected {
  std::string title, system, gpu;
  int gpus_per_node = 1, nodes = 1, gpus = 1;
  std::string reason;  ///< one sentence with the figure and the limit
};

/// With `input` at `then` instead of `now`, all else as it is, offer `overtaken_by` is as good as the best;
/// beyond it, better. `unit` is a currency, "years" or "x" (a factor).
struct TippingPoint {
  std::string input, unit;
  double now = 1, then = 1;
  std::size_t overtaken_by = 0;
  double factor() const { return then / now; }
};

struct Plan {
  std::string model, throughput_unit, currency;
  double years = 3;
  bool rent = false;
  std::string reference;  ///< what speed-up 1 is
  double reference_throughput = 0;
  std::vector<Offer> offers;        ///< that meet every limit, by cost per speed-up
  std::vector<Rejected> rejected;   ///< in the order of the offers' files
  std::optional<std::size_t> best;  ///< with a target the cheapest that reaches it, else the first
  std::optional<std::size_t> knee;  ///< of the front: from here on each point of speed-up costs much more
  std::optional<std::size_t> next;  ///< on the front, the next faster one after the best
  std::optional<std::size_t> fastest;
  std::vector<TippingPoint> tipping;  ///< see plan/ranking/sensitivity.h
  std::vector<std::string> warnings;
};

}  // namespace scalesim::plan
