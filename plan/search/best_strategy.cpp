// Tries every combination that can be told apart, memory first, time second.
#include "plan/search/best_strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "sim/evaluate/default_batch.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::plan {
namespace {

using workloads::Recompute;

constexpr int kLargestGroup = 16;

bool is_transformer(const PlanRequest& request) { return request.scenario.model.transformer.has_value(); }

std::int64_t batch_per_gpu(const PlanRequest& request, int gpus) {
  if (request.fixed_batch) return request.scenario.compute.batch;
  return sim::batch_of_usual_tokens(request.scenario.model, gpus);
}

std::vector<int> group_sizes(bool fixed, int value, bool allowed, int most) {
  if (fixed) return {value};
  std::vector<int> sizes = {1};
  for (int size = 2; allowed && size <= most; size *= 2) sizes.push_back(size);
  return sizes;
}

std::string name_of(const sim::Scenario& s) {
  std::string text = s.strategy;
  if (s.parallel.tensor > 1) text += fmt::format(" tp{}", s.parallel.tensor);
  if (s.parallel.pipeline > 1) text += fmt::format(" pp{}", s.parallel.pipeline);
  if (s.compute.recompute != Recompute::none)
    text += fmt::format(", recompute {}", workloads::to_text(s.compute.recompute));
  return text;
}

class Search {
 public:
  Search(const PlanRequest& request, const topology::Cluster& cluster, const DataCatalogue& data,
         const sim::StepConstants& constants)
      : request_(request),
        data_(data),
        constants_(constants),
        system_{cluster.name, cluster, nullptr, {cluster.gpus()}} {
    system_.collectives = comm::make_nccl_model(cluster, data);
    base_ = request.scenario;
    if (!base_.global_batch) base_.global_batch = batch_per_gpu(request, cluster.gpus()) * cluster.gpus();
    base_.parallel.sequence_parallel = false;
  }

  Training find() {
    for (const std::string& strategy : strategies())
      for (const int pipeline : group_sizes(request_.fixed_pipeline, base_.parallel.pipeline,
                                            is_transformer(request_), kLargestGroup))
        for (const int tensor : group_sizes(request_.fixed_tensor, base_.parallel.tensor,
                                            is_transformer(request_), system_.cluster.gpus_per_node))
          attempt(strategy, tensor, pipeline);
    if (winner_) measure_band();
    return best_;
  }

 private:
  std::vector<std::string> strategies() const {
    if (request_.fixed_strategy) return {base_.strategy};
    return sim::searched_strategies(sim::ChosenBy::every_search);
  }

  std::vector<Recompute> recomputes() const {
    if (request_.fixed_recompute || !is_transformer(request_)) return {base_.compute.recompute};
    return {Recompute::none, Recompute::selective, Recompute::full};
  }

  /// Large groups are for models that do not fit otherwise: no more than four times the ranks the first
  /// fitting configuration of this strategy needs.
  bool worth_trying(const std::string& strategy, int ranks) const {
    return strategy != fitted_strategy_ || ranks <= 2 * fitted_ranks_;
  }

  void attempt(const std::string& strategy, int tensor, int pipeline) {
    const int gpus = system_.cluster.gpus();
    if (gpus % (tensor * pipeline) != 0 || !worth_trying(strategy, tensor * pipeline)) return;
    sim::Scenario scenario = base_;
    scenario.strategy = strategy;
    scenario.parallel.tensor = tensor;
    scenario.parallel.pipeline = pipeline;
    scenario.parallel.sequence_parallel = tensor > 1;
    const bool alone = gpus == tensor * pipeline;
    if (alone && !request_.fixed_strategy && sim::find_strategy(strategy)->zero_stage() > 0)
      return;  // nobody to share with
    try {
      if (!set_batch(scenario)) return;
      simulate(scenario);
    } catch (const InputError& wrong) {
      if (best_.refused.empty()) best_.refused = wrong.message();
    }
  }

  /// The least recomputation at which the model fits, and the largest micro-batch that then does.
  bool set_batch(sim::Scenario& scenario) {
    const sim::Layout layout =
        sim::make_layout(scenario, system_.cluster.gpus(), system_.cluster.gpus_per_node);
    if (*scenario.global_batch % layout.data != 0)
      throw InputError(fmt::format("a batch of {} cannot be divided over {} replicas", *scenario.global_batch,
                                   layout.data));
    const std::int64_t replica = *scenario.global_batch / layout.data;
    for (const Recompute recompute : recomputes()) {
      scenario.compute.recompute = recompute;
      for (std::int64_t size = largest_microbatch(replica, layout.pipeline); size >= 1; size /= 2) {
        if (replica % size != 0) continue;
        scenario.parallel.microbatch = size;
        const Bytes memory = evaluator(scenario).memory(system_.cluster.gpus());
        remember_least(scenario, memory);
        if (sim::fits(memory, system_.cluster.gpu.memory, sim::kMemoryPolicy.chosen)) return true;
        if (request_.scenario.parallel.microbatch > 0) break;
      }
    }
    return false;
  }

  /// A power of two; pipelines need several micro-batches for each stage to keep the bubble small.
  std::int64_t largest_microbatch(std::int64_t replica, int pipeline) const {
    if (request_.scenario.parallel.microbatch > 0) return request_.scenario.parallel.microbatch;
    const std::int64_t most = pipeline > 1 ? std::max<std::int64_t>(1, replica / (4L * pipeline)) : replica;
    const std::int64_t usual = std::min(most, is_transformer(request_) ? sim::kUsualSequences : replica);
    std::int64_t size = 1;
    while (size * 2 <= usual) size *= 2;
    return replica % usual == 0 && pipeline == 1 ? usual : size;
  }

  void remember_least(const sim::Scenario& scenario, Bytes memory) {
    if (winner_ || (best_.memory > Bytes(0) && memory >= best_.memory)) return;
    best_.memory = memory;
    best_.strategy = name_of(scenario);
  }

  /// Asked about `s`, which differs from base_ in its configuration. Throws InputError for a GPU that
  /// cannot compute at the precision.
  sim::StepEvaluator& evaluator(const sim::Scenario& s) {
    if (!evaluator_) evaluator_.emplace(base_, system_, data_, constants_);
    evaluator_->require_compute();
    evaluator_->configure({system_.cluster.gpus(), s.strategy, s.parallel, s.compute.recompute, s.overlap});
    return *evaluator_;
  }

  double throughput(const sim::Scenario& scenario, sim::Estimate estimate) {
    const sim::Outcome outcome = evaluator(scenario).outcome(system_.cluster.gpus(), estimate);
    return outcome.samples / outcome.step.value();
  }

  void simulate(const sim::Scenario& scenario) {
    const double rate = throughput(scenario, sim::Estimate::nominal);
    const int ranks = scenario.parallel.tensor * scenario.parallel.pipeline;
    if (fitted_strategy_ != scenario.strategy) fitted_strategy_ = scenario.strategy, fitted_ranks_ = ranks;
    if (winner_ && rate <= best_.throughput) return;
    winner_ = scenario;
    best_.fits = true;
    best_.strategy = name_of(scenario);
    best_.microbatch = scenario.parallel.microbatch;
    best_.global_batch = *scenario.global_batch;
    best_.memory = evaluator(scenario).memory(system_.cluster.gpus());
    best_.throughput = rate;
  }

  void measure_band() {
    // Estimate::optimistic is the fast network with slow compute, Estimate::pessimistic the other way round.
    const double a = throughput(*winner_, sim::Estimate::optimistic);
    const double b = throughput(*winner_, sim::Estimate::pessimistic);
    best_.slow = std::min({a, b, best_.throughput});
    best_.fast = std::max({a, b, best_.throughput});
  }

  const PlanRequest& request_;
  const DataCatalogue& data_;
  const sim::StepConstants& constants_;
  sim::System system_;
  sim::Scenario base_;
  std::optional<sim::StepEvaluator> evaluator_;
  Training best_;
  std::optional<sim::Scenario> winner_;
  std::string fitted_strategy_;
  int fitted_ranks_ = 1;
};

}  // namespace

Training best_training(const PlanRequest& request, const topology::Cluster& cluster,
                       const DataCatalogue& data, const sim::StepConstants& constants) {
  return Search(request, cluster, data, constants).find();
}

std::string to_result(const Training& t) {
  return nlohmann::json::array({t.fits, t.strategy, t.microbatch, t.global_batch, t.memory.value(),
                                t.throughput, t.slow, t.fast, t.refused})
      .dump();
}

Training training_from(const std::string& result) {
  const auto row = nlohmann::json::parse(result);
  Training t;
  row.at(0).get_to(t.fits);
  row.at(1).get_to(t.strategy);
  row.at(2).get_to(t.microbatch);
  row.at(3).get_to(t.global_batch);
  t.memory = Bytes(row.at(4).get<double>());
  row.at(5).get_to(t.throughput);
  row.at(6).get_to(t.slow);
  row.at(7).get_to(t.fast);
  row.at(8).get_to(t.refused);
  return t;
}

}  // namespace scalesim::plan
