// Walks the space branch by branch; what configurations share (work, memory, groups) is found once for all of
// them.
#include "plan/search/configuration_search.h"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/error.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::plan {
namespace {

constexpr double kUnknown = -1;
constexpr double kImpossible = std::numeric_limits<double>::infinity();

/// Everything that a mapping changes: mappings with equal groups are the same configuration told differently.
std::vector<comm::Group> groups_of(const sim::Layout& l) {
  return {sim::tensor_group(l),  sim::context_group(l),   sim::gradient_group(l),
          sim::expert_group(l),  sim::shard_group(l),     sim::expert_gradient_group(l),
          sim::replica_group(l), sim::neighbour_stages(l)};
}

}  // namespace

bool RankedConfiguration::operator<(const RankedConfiguration& other) const {
  return std::tie(step, branch, share, order) < std::tie(other.step, other.branch, other.share, other.order);
}

void Searched::keep(const RankedConfiguration& ranked, std::size_t most) {
  if (best.size() >= most && !(ranked < best.back())) return;
  best.insert(std::upper_bound(best.begin(), best.end(), ranked), ranked);
  if (best.size() > most) best.pop_back();
}

void Searched::add(const Searched& other, std::size_t most) {
  for (const RankedConfiguration& ranked : other.best) keep(ranked, most);
  configurations += other.configurations;
  too_large += other.too_large;
  impossible += other.impossible;
  evaluated += other.evaluated;
  ruled_out += other.ruled_out;
  if (least_memory == 0 || (other.least_memory > 0 && other.least_memory < least_memory))
    least_memory = other.least_memory;
}

std::string to_result(const Searched& s) {
  nlohmann::json best = nlohmann::json::array();
  for (const RankedConfiguration& ranked : s.best)
    best.push_back({ranked.step, ranked.branch, ranked.share, ranked.order, ranked.memory});
  return nlohmann::json::array(
             {best, s.configurations, s.too_large, s.impossible, s.evaluated, s.ruled_out, s.least_memory})
      .dump();
}

Searched searched_from(const std::string& result) {
  const auto row = nlohmann::json::parse(result);
  Searched s;
  for (const auto& ranked : row.at(0))
    s.best.push_back({ranked.at(0).get<double>(), ranked.at(1).get<std::size_t>(),
                      ranked.at(2).get<std::size_t>(), ranked.at(3).get<std::size_t>(),
                      ranked.at(4).get<double>()});
  row.at(1).get_to(s.configurations);
  row.at(2).get_to(s.too_large);
  row.at(3).get_to(s.impossible);
  row.at(4).get_to(s.evaluated);
  row.at(5).get_to(s.ruled_out);
  row.at(6).get_to(s.least_memory);
  return s;
}

/// One thread's tools. The scenario is changed in place from configuration to configuration.
class ConfigurationSearch::Evaluator {
 public:
  Evaluator(const ConfigurationSpace& space, const topology::Cluster& cluster, const DataCatalogue& data,
            const sim::StepConstants& constants, std::shared_ptr<sim::WorkCache> works)
      : space_(space),
        system_{cluster.name, cluster, comm::make_nccl_model(cluster, data), {cluster.gpus()}},
        evaluator_(space.base(), system_, data, constants, std::move(works)),
        scenario_(evaluator_.scenario()),
        table_(*system_.collectives, system_.cluster.gpu, constants) {}

  void enter(std::size_t number) {
    branch_number_ = number;
    branch_ = &space_.branches()[number];
    apply(*branch_, scenario_);
    shares_ = space_.shares(*branch_);
    layouts_.clear();
  }
  const std::vector<MicrobatchChoice>& shares() const { return shares_; }

  /// The least of any order: with the fewest activations kept.
  double least_memory(std::size_t share) {
    ScheduleChoice order;
    order.mapping = sim::Parallelism().mapping;
    apply(shares_[share], scenario_);
    apply(order, scenario_);
    return memory_now();
  }
  double usable() const { return system_.cluster.gpu.memory.value() * sim::kMemoryPolicy.chosen; }

  /// Seconds that the busiest stage computes at the least, in whatever order. Not admissible for another
  /// share.
  double busy(std::size_t share) {
    apply(shares_[share], scenario_);
    const sim::FoldedWork& work = evaluator_.folded_work(shares_[share].microbatch);
    double seconds = 0;
    for (const int unit : work.units) seconds += work.kinds[static_cast<std::size_t>(unit)].seconds;
    return seconds * shares_[share].microbatches / branch_->pipeline * kRounding;
  }

  /// Evaluates every order of a share; those that are bound to take longer than `limit()` are left out when
  /// there is a limit.
  template <class Limit>
  void evaluate(std::size_t share, std::size_t most, Searched& found, Limit limit) {
    apply(shares_[share], scenario_);
    const std::vector<ScheduleChoice> orders = space_.orders(*branch_, shares_[share]);
    found.configurations += orders.size();
    memories_.clear();
    steps_.clear();
    bounds_.clear();
    for (std::size_t o = 0; o < orders.size(); ++o) {
      apply(orders[o], scenario_);
      const double memory = memory_of_order();
      if (memory > usable()) {
        ++found.too_large;
        continue;
      }
      if (limit() < kImpossible && bound(share, orders[o]) > limit()) {
        ++found.ruled_out;
        continue;
      }
      const double seconds = step(orders[o]);
      ++(seconds == kImpossible ? found.impossible : found.evaluated);
      if (seconds != kImpossible) found.keep({seconds, branch_number_, share, o, memory}, most);
    }
  }

 private:
  /// A bound is a sum in another order than the step's own.
  static constexpr double kRounding = 1 - 1e-9;

  struct MappedLayout {
    sim::Layout layout;
    std::size_t kind = 0;  ///< equal for mappings with equal groups
  };

  const MappedLayout& layout(const std::string& mapping) {
    if (const auto found = layouts_.find(mapping); found != layouts_.end()) return found->second;
    scenario_.parallel.mapping = mapping;
    MappedLayout made{sim::make_layout(scenario_, space_.gpus(), space_.gpus_per_node()), layouts_.size()};
    for (const auto& [name, other] : layouts_)
      if (groups_of(other.layout) == groups_of(made.layout)) made.kind = std::min(made.kind, other.kind);
    return layouts_.emplace(mapping, made).first->second;
  }

  double memory_now() { return evaluator_.memory(layout(scenario_.parallel.mapping).layout).value(); }

  /// It depends on the order by the micro-batches in flight alone.
  double memory_of_order() {
    const sim::BatchPlan batch = sim::plan_batch(scenario_, layout(scenario_.parallel.mapping).layout);
    const sim::Parallelism& p = scenario_.parallel;
    const auto [entry, added] =
        memories_.try_emplace(sim::microbatches_in_flight(p, batch.microbatches, evaluator_.pipeline()), 0);
    if (added) entry->second = memory_now();
    return entry->second;
  }

  /// As `busy`, with what the passes wait for inside the stage: no step is shorter.
  double bound(std::size_t share, const ScheduleChoice& order) {
    const MappedLayout& mapped = layout(order.mapping);
    const auto [entry, added] = bounds_.try_emplace({order.context_method, mapped.kind, order.overlap}, 0);
    if (!added) return entry->second;
    const sim::FoldedWork& work = evaluator_.folded_work(shares_[share].microbatch);
    const std::vector<sim::UnitTimes> times =
        sim::time_units(work, sim::unit_groups(mapped.layout, order.overlap, sim::Estimate::nominal), table_);
    double seconds = 0;
    for (const int unit : work.units) {
      const sim::UnitTimes& t = times[static_cast<std::size_t>(unit)];
      seconds += t.forward + t.forward_wait + t.backward + t.backward_wait;
    }
    return entry->second = seconds * shares_[share].microbatches / branch_->pipeline * kRounding;
  }

  double step(const ScheduleChoice& order) {
    const MappedLayout& mapped = layout(order.mapping);
    const auto [entry, added] =
        steps_.try_emplace({order.context_method, mapped.kind, order.overlap, order.gradient_bytes,
                            order.virtual_stages, order.schedule},
                           kUnknown);
    if (!added) return entry->second;
    return entry->second = simulated(mapped.layout);
  }

  double simulated(const sim::Layout& layout) {
    try {
      return evaluator_.outcome(layout).step.value();
    } catch (const InputError&) {  // the model cannot be cut so
      return kImpossible;
    }
  }

  const ConfigurationSpace& space_;
  sim::System system_;
  sim::StepEvaluator evaluator_;
  sim::Scenario& scenario_;     ///< the evaluator's, changed in place
  sim::CollectiveTable table_;  ///< for bounds
  std::size_t branch_number_ = 0;
  const ShardingChoice* branch_ = nullptr;
  std::vector<MicrobatchChoice> shares_;
  std::map<std::string, MappedLayout> layouts_;  ///< of this branch
  // Of this share:
  std::map<int, double> memories_;
  std::map<std::tuple<std::string, std::size_t, bool>, double> bounds_;
  std::map<std::tuple<std::string, std::size_t, bool, double, int, std::string>, double> steps_;
};

/// Evaluators that are not in use: what one has learnt of the network serves the next task.
class ConfigurationSearch::Evaluators {
 public:
  Evaluators(const ConfigurationSpace& space, const topology::Cluster& cluster, const DataCatalogue& data,
             const sim::StepConstants& constants)
      : space_(space),
        cluster_(cluster),
        data_(data),
        constants_(constants),
        system_{cluster.name, cluster, nullptr, {cluster.gpus()}},
        works_(std::make_shared<sim::WorkCache>(system_, data, sim::WorkCache::Keep::folded_work)) {
    works_->require_compute(space.base());
  }

  std::unique_ptr<Evaluator> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Evaluator> one = std::move(idle_.back());
        idle_.pop_back();
        return one;
      }
    }
    return std::make_unique<Evaluator>(space_, cluster_, data_, constants_, works_);
  }
  void give_back(std::unique_ptr<Evaluator> one) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(one));
  }

 private:
  const ConfigurationSpace& space_;
  const topology::Cluster& cluster_;
  const DataCatalogue& data_;
  const sim::StepConstants& constants_;
  const sim::System system_;
  std::shared_ptr<sim::WorkCache> works_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Evaluator>> idle_;
};

ConfigurationSearch::ConfigurationSearch(const ConfigurationSpace& space, const topology::Cluster& cluster,
                                         const DataCatalogue& data, const sim::StepConstants& constants,
                                         std::size_t keep)
    : space_(space),
      keep_(keep),
      evaluators_(std::make_unique<Evaluators>(space, cluster, data, constants)) {}
ConfigurationSearch::~ConfigurationSearch() = default;

std::string ConfigurationSearch::work(std::size_t task) const {
  std::unique_ptr<Evaluator> evaluator = evaluators_->take();
  evaluator->enter(task);
  Searched found;
  for (std::size_t share = 0; share < evaluator->shares().size(); ++share) {
    const double least = evaluator->least_memory(share);
    if (found.least_memory == 0 || least < found.least_memory) found.least_memory = least;
    if (least <= evaluator->usable()) {
      evaluator->evaluate(share, keep_, found, [] { return kImpossible; });
      continue;
    }
    const std::size_t orders = space_.order_count(space_.branches()[task], evaluator->shares()[share]);
    found.configurations += orders;
    found.too_large += orders;
  }
  evaluators_->give_back(std::move(evaluator));
  return to_result(found);
}

Searched ConfigurationSearch::answer(const Results& results) const {
  Searched all;
  for (const auto& [task, result] : results) all.add(searched_from(result), keep_);
  return all;
}

Searched ConfigurationSearch::pruned() const {
  std::unique_ptr<Evaluator> evaluator = evaluators_->take();
  struct Open {
    double bound = 0;
    std::size_t branch = 0, share = 0;
    bool operator<(const Open& other) const {
      return std::tie(bound, branch, share) < std::tie(other.bound, other.branch, other.share);
    }
  };
  Searched found;
  std::vector<Open> open;
  for (std::size_t b = 0; b < space_.branches().size(); ++b) {
    evaluator->enter(b);
    bool fits = true;
    for (std::size_t s = 0; s < evaluator->shares().size(); ++s) {
      const MicrobatchChoice& share = evaluator->shares()[s];
      // Larger micro-batches need no less memory.
      if (s == 0 || share.sequence_parallel != evaluator->shares()[s - 1].sequence_parallel) fits = true;
      if (fits) {
        const double least = evaluator->least_memory(s);
        if (found.least_memory == 0 || least < found.least_memory) found.least_memory = least;
        fits = least <= evaluator->usable();
      }
      if (fits) {
        open.push_back({evaluator->busy(s), b, s});
      } else {
        const std::size_t orders = space_.order_count(space_.branches()[b], share);
        found.configurations += orders;
        found.too_large += orders;
      }
    }
  }
  std::sort(open.begin(), open.end());
  const auto limit = [&] { return found.best.size() < keep_ ? kImpossible : found.best.back().step; };
  for (const Open& one : open) {
    if (one.bound > limit()) {
      const ShardingChoice& branch = space_.branches()[one.branch];
      const std::size_t orders = space_.order_count(branch, space_.shares(branch)[one.share]);
      found.configurations += orders;
      found.ruled_out += orders;
      continue;
    }
    evaluator->enter(one.branch);
    evaluator->evaluate(one.share, keep_, found, limit);
  }
  evaluators_->give_back(std::move(evaluator));
  return found;
}

sim::Scenario ConfigurationSearch::scenario(const RankedConfiguration& ranked) const {
  sim::Scenario scenario = space_.base();
  const ShardingChoice& branch = space_.branches()[ranked.branch];
  const MicrobatchChoice share = space_.shares(branch)[ranked.share];
  apply(branch, scenario);
  apply(share, scenario);
  apply(space_.orders(branch, share)[ranked.order], scenario);
  return scenario;
}

std::string ConfigurationSearch::text(const RankedConfiguration& ranked) const {
  const ShardingChoice& branch = space_.branches()[ranked.branch];
  const MicrobatchChoice share = space_.shares(branch)[ranked.share];
  return configuration_text(branch, share, space_.orders(branch, share)[ranked.order]);
}

}  // namespace scalesim::plan
