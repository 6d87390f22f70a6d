// plan(): which cluster to buy. From a model, limits and prices to ranked offers. A pure function: equal
// requests give equal answers on any number of threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/ownership.h"
#include "plan/price_book.h"
#include "plan/tasks.h"
#include "sim/scenario.h"

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
  std::string currency = "CNY";
  Running running;
  bool rent = false;  ///< rank by the price of renting
  int threads = 1;
};

/// One cluster that can be bought, with the best way to train on it.
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
  std::vector<TippingPoint> tipping;  ///< see plan/sensitivity.h
  std::vector<std::string> warnings;
};

/// A request as tasks, one for each cluster that its limits and prices leave, so that threads and ranks can
/// share them. Both arguments must outlive it.
class ClusterSearch : public Tasks {
 public:
  /// Throws InputError for names that are not known, or a target time without --samples.
  ClusterSearch(const PlanRequest& request, const PriceBook& book);
  ~ClusterSearch() override;
  std::size_t count() const override;
  std::string work(std::size_t task) const override;
  /// From the results of all tasks.
  Plan answer(const Results& results) const;

 private:
  class Planner;
  std::unique_ptr<Planner> planner_;
};

/// The search done by request.threads threads of this process.
Plan plan(const PlanRequest& request, const PriceBook& book);

/// "8x rtx4090", "8x rtx4090 pcie": what became of such clusters, a sentence each. Throws InputError for text
/// of another form.
std::vector<std::string> why_not(const Plan& plan, const std::string& cluster, const DataCatalogue& data);

}  // namespace scalesim::plan
