// Predicts workloads on the rule's system, and fits machines of one shape to the rule.
#include "validation/rule_of_thumb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/units_text.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/step_evaluator.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

namespace scalesim::validation {

using namespace sim;
namespace {

constexpr std::int64_t kImageBatches[] = {16, 32, 64, 128, 256};
constexpr std::int64_t kSequenceBatches[] = {1, 2, 4, 8, 16};

std::vector<double> cumulated(const std::vector<double>& marginal) {
  std::vector<double> sum;
  for (const double m : marginal) sum.push_back(m + (sum.empty() ? 0 : sum.back()));
  return sum;
}

std::vector<double> differences(const std::vector<double>& speedup) {
  std::vector<double> marginal;
  for (std::size_t i = 0; i < speedup.size(); ++i)
    marginal.push_back(speedup[i] - (i == 0 ? 0 : speedup[i - 1]));
  return marginal;
}

/// Over the added units; the first is one by definition.
double mean_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 1; i < a.size(); ++i) sum += std::fabs(a[i] - b[i]);
  return sum / static_cast<double>(a.size() - 1);
}

System system_of(const RuleOfThumb& rule, const std::string& gpu, const DataCatalogue& data) {
  topology::ClusterOptions options;
  options.gpu = gpu;
  const int units = static_cast<int>(rule.marginal.size());
  if (rule.gpus_per_unit == 1) options.gpus_per_node = units;
  if (rule.gpus_per_unit > 1) options.gpus_per_node = rule.gpus_per_unit, options.nodes = units;
  if (!rule.nic.empty()) {
    const topology::NicGroup nic = topology::parse_nic(rule.nic);
    options.nics_per_node = nic.count, options.nic_rate = nic.rate;
  }
  System system;
  system.name = rule.system;
  system.cluster = topology::load_cluster(rule.system, options, data);
  system.collectives = comm::make_nccl_model(system.cluster, data);
  return system;
}

/// Mixed precision as PyTorch trains: gradients in fp32 on the wire.
Scenario scenario_of(const workloads::Model& model, std::int64_t batch) {
  Scenario scenario;
  scenario.model = model;
  scenario.compute.batch = batch;
  if (model.transformer) scenario.compute.optimizer = workloads::Optimizer::adam;
  return scenario;
}

double worst_of(const EffectiveModel& model, const std::vector<double>& rule) {
  double worst = 0, before = 0;
  for (std::size_t i = 0; i < rule.size(); ++i) {
    const double speedup = model.speedup(static_cast<double>(i + 1));
    worst = std::max(worst, std::fabs(speedup - before - rule[i]));
    before = speedup;
  }
  return worst;
}

/// The same kind of machine with the smallest largest miss: whether a rule can be obeyed is asked of every
/// step.
EffectiveModel least_worst(EffectiveModel model, const std::array<double, 4>& fixed,
                           const std::vector<double>& rule) {
  double* const values[] = {&model.latency, &model.volume, &model.contention, &model.overlap};
  const double largest[] = {5, 200, 1.5, 1};
  double worst = worst_of(model, rule);
  for (double step = 0.3; step > 1e-4;) {
    bool moved = false;
    for (std::size_t k = 0; k < 4; ++k)
      for (const double sign : {-1.0, 1.0}) {
        if (fixed[k] >= 0) continue;
        const double before = *values[k];
        *values[k] = std::clamp(before + sign * step * std::max(before, k < 2 ? 1e-3 : 0.1), 0.0, largest[k]);
        const double now = worst_of(model, rule);
        if (now < worst)
          worst = now, moved = true;
        else
          *values[k] = before;
      }
    if (!moved) step /= 2;
  }
  return model;
}

class Explainer {
 public:
  Explainer(const RuleOfThumb& rule, const DataCatalogue& data)
      : rule_(rule), data_(data), constants_(load_step_constants(data)) {
    answer_.rule = rule;
    answer_.speedup = cumulated(rule.marginal);
  }

  RuleAnswer explain() {
    for (const std::string& gpu : rule_.gpus) {
      const System system = system_of(rule_, gpu, data_);
      for (const std::string& name : rule_.workloads)
        add_model(workloads::load_model(name, {}, data_), system);
    }
    std::stable_sort(answer_.workloads.begin(), answer_.workloads.end(),
                     [](const RuleWorkload& a, const RuleWorkload& b) {
                       return std::pair(!a.fits, a.distance) < std::pair(!b.fits, b.distance);
                     });
    add_implications();
    add_shapes();
    add_sentences();
    return answer_;
  }

 private:
  void add_model(const workloads::Model& model, const System& system) {
    const bool sequences = model.tokens_per_sample > 0;
    const auto* batches = sequences ? kSequenceBatches : kImageBatches;
    std::vector<RuleWorkload> own;
    for (int i = 0; i < 5; ++i) own.push_back(workload(scenario_of(model, batches[i]), system));
    answer_.batches.push_back(batch_of(own));
    answer_.workloads.insert(answer_.workloads.end(), own.begin(), own.end());
  }

  RuleWorkload workload(Scenario scenario, const System& system) const {
    RuleWorkload result;
    // One unit is the yardstick, so it must hold the model too.
    const auto needed = [&](int zero_stage) {
      return memory_needed(scenario, make_layout(scenario, rule_.gpus_per_unit, system.cluster.gpus_per_node),
                           zero_stage);
    };
    result.sharded = !fits(needed(0), system.cluster.gpu.memory);
    if (result.sharded) scenario.strategy = searched_strategies(ChosenBy::every_search).back();
    result.fits = fits(needed(find_strategy(scenario.strategy)->zero_stage()), system.cluster.gpu.memory);
    result.model = scenario.model.name;
    result.gpu = system.cluster.gpu.name;
    result.strategy = scenario.strategy;
    result.batch = scenario.compute.batch;
    StepEvaluator simulator(scenario, system, data_, constants_);
    double one = 0;
    for (std::size_t unit = 1; unit <= rule_.marginal.size(); ++unit) {
      const Outcome outcome = simulator.outcome(static_cast<int>(unit) * rule_.gpus_per_unit);
      const double rate = outcome.samples / outcome.step.value();
      if (unit == 1) one = rate;
      result.speedup.push_back(rate / one);
    }
    result.marginal = differences(result.speedup);
    result.distance = mean_distance(result.marginal, rule_.marginal);
    return result;
  }

  /// Between the two batches whose largest sizes lie on either side of the rule's, by the logarithm.
  RuleBatch batch_of(const std::vector<RuleWorkload>& own) const {
    RuleBatch result;
    result.model = own[0].model;
    result.gpu = own[0].gpu;
    result.smallest_batch = own.front().batch, result.largest_batch = own.back().batch;
    result.smallest_speedup = own.front().speedup.back(), result.largest_speedup = own.back().speedup.back();
    const double wanted = answer_.speedup.back();
    for (std::size_t i = 0; i + 1 < own.size(); ++i) {
      const double a = own[i].speedup.back(), b = own[i + 1].speedup.back();
      if ((a - wanted) * (b - wanted) > 0 || a == b) continue;
      const double share = (wanted - a) / (b - a);
      result.batch = std::exp(std::log(static_cast<double>(own[i].batch)) * (1 - share) +
                              std::log(static_cast<double>(own[i + 1].batch)) * share);
    }
    return result;
  }

  void add_implications() {
    const RuleWorkload& closest = answer_.workloads.front();
    const workloads::Model model = workloads::load_model(closest.model, {}, data_);
    const System system = system_of(rule_, closest.gpu, data_);
    Scenario scenario = scenario_of(model, closest.batch);
    scenario.strategy = closest.strategy;
    StepEvaluator simulator(scenario, system, data_, constants_);
    const Seconds one = simulator.outcome(rule_.gpus_per_unit).step;
    const double bytes = scenario.gradient_element.value() * static_cast<double>(model.parameter_count());
    for (std::size_t i = 0; i < answer_.speedup.size(); ++i) {
      RuleImplication implied;
      implied.units = static_cast<int>(i) + 1;
      implied.step = implied.units / answer_.speedup[i];
      implied.exposed_share = 1 - 1 / implied.step;
      const double seconds = (implied.step - 1) * one.value();
      if (i > 0 && seconds > 0)
        implied.bandwidth = 2 * (implied.units - 1.0) / implied.units * bytes / seconds;
      answer_.implied.push_back(implied);
    }
  }

  void add_shapes() {
    struct Named {
      const char* name;
      std::array<double, 4> fixed;
    };
    const Named shapes[] = {{"links of their own, nothing hidden", {0, -1, 0, 0}},
                            {"links of their own, part of it hidden behind compute", {0, -1, 0, -1}},
                            {"one bridge shared by all, nothing hidden", {0, -1, 1, 0}},
                            {"one bridge shared by all, part of it hidden", {0, -1, 1, -1}},
                            {"latency alone", {-1, 0, 0, 0}},
                            {"any mixture of the four", {-1, -1, -1, -1}}};
    std::vector<SpeedupRow> rows;
    for (std::size_t i = 0; i < answer_.speedup.size(); ++i)
      rows.push_back({static_cast<double>(i + 1), answer_.speedup[i]});
    for (const Named& named : shapes) {
      RuleShape shape;
      shape.name = named.name;
      EffectiveFitOptions options;
      options.fixed = named.fixed;
      options.intervals = false;
      shape.model = least_worst(fit_effective_model(rows, options).best, named.fixed, rule_.marginal);
      std::vector<double> speedup;
      for (const SpeedupRow& row : rows) speedup.push_back(shape.model.speedup(row.gpus));
      shape.marginal = differences(speedup);
      shape.worst = worst_of(shape.model, rule_.marginal);
      shape.possible = shape.worst <= rule_.rounding + 1e-9;
      answer_.shapes.push_back(shape);
    }
  }

  std::string units(std::size_t count) const {
    return fmt::format("{} {}{}", count, rule_.unit, count == 1 ? "" : "s");
  }

  void add_sentences() {
    const std::size_t count = rule_.marginal.size();
    const RuleWorkload& closest = answer_.workloads.front();
    if (!closest.fits) return;
    std::string text = fmt::format(
        "The rule makes {} worth {:.1f}. The nearest workload is {} at batch {} on {}: {:.1f} of {}",
        units(count), answer_.speedup.back(), closest.model, closest.batch, closest.gpu,
        closest.speedup.back(), count);
    const RuleWorkload *best = &closest, *least = &closest;
    for (const RuleWorkload& other : answer_.workloads) {
      if (!other.fits || other.model != closest.model || other.gpu != closest.gpu) continue;
      if (other.speedup.back() > best->speedup.back()) best = &other;
      if (other.speedup.back() < least->speedup.back()) least = &other;
    }
    const RuleWorkload* const instead = best != &closest ? best : least;
    text += instead == &closest
                ? "."
                : fmt::format("; at batch {} expect {:.1f} of {}, not {:.1f}.", instead->batch,
                              instead->speedup.back(), count, answer_.speedup.back());
    answer_.sentences.push_back(text);
    add_range();
    add_verdict();
    add_continuation();
  }

  void add_range() {
    const auto fits = [](const RuleWorkload& w) { return w.fits; };
    const auto less = [](const RuleWorkload& a, const RuleWorkload& b) {
      return a.speedup.back() < b.speedup.back();
    };
    std::vector<RuleWorkload> possible;
    std::copy_if(answer_.workloads.begin(), answer_.workloads.end(), std::back_inserter(possible), fits);
    const auto [low, high] = std::minmax_element(possible.begin(), possible.end(), less);
    answer_.sentences.push_back(
        fmt::format("No single rule fits all jobs on this system: {} give {:.1f} with {} at batch {} and "
                    "{:.1f} with {} at batch {}.",
                    units(rule_.marginal.size()), low->speedup.back(), low->model, low->batch,
                    high->speedup.back(), high->model, high->batch));
  }

  void add_verdict() {
    const auto possible = std::find_if(answer_.shapes.begin(), answer_.shapes.end(),
                                       [](const RuleShape& s) { return s.possible; });
    const RuleShape& best =
        *std::min_element(answer_.shapes.begin(), answer_.shapes.end(),
                          [](const RuleShape& a, const RuleShape& b) { return a.worst < b.worst; });
    if (possible != answer_.shapes.end()) {
      answer_.sentences.push_back(
          fmt::format("One machine can give this rule: {} (within {:.1f} points of every step, and the rule "
                      "is rounded to {:.0f}).",
                      possible->name, 100 * possible->worst, 200 * rule_.rounding));
    } else {
      answer_.sentences.push_back(
          fmt::format("No machine of one kind gives this rule: the nearest, {}, misses a step by {:.1f} "
                      "points where rounding explains {:.0f}.",
                      best.name, 100 * best.worst, 100 * rule_.rounding));
    }
  }

  /// A straight line falls below zero, a machine does not.
  void add_continuation() {
    const std::size_t n = rule_.marginal.size();
    if (n < 3 || rule_.marginal[n - 1] >= rule_.marginal[1]) return;
    const double slope = (rule_.marginal[n - 1] - rule_.marginal[1]) / static_cast<double>(n - 2);
    double line = answer_.speedup.back(), share = rule_.marginal.back();
    for (std::size_t i = n; i < 2 * n; ++i) share += slope, line += share;
    const double machine = answer_.shapes.back().model.speedup(static_cast<double>(2 * n));
    std::string text = fmt::format(
        "Carried on as a straight line the rule makes {} worth {:.1f}; a machine that gives the steps up to "
        "{} makes "
        "them worth {:.1f}.",
        units(2 * n), line, n, machine);
    if (share < 0)
      text += fmt::format(
          " From {} {}s on the line takes away from what the others do, so there it must be wrong.",
          static_cast<int>(std::floor(static_cast<double>(n) - rule_.marginal[n - 1] / slope)) + 1,
          rule_.unit);
    answer_.sentences.push_back(text);
  }

  const RuleOfThumb& rule_;
  const DataCatalogue& data_;
  StepConstants constants_;
  RuleAnswer answer_;
};

}  // namespace

RuleAnswer explain_rule(const RuleOfThumb& rule, const DataCatalogue& data) {
  return Explainer(rule, data).explain();
}

}  // namespace scalesim::validation
