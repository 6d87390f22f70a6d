// Follows the strategy's step or builds and plays its tasks, and reads the parts off the busiest stage.
#include "sim/evaluate/step_evaluator.h"

#include <algorithm>

#include "core/error.h"
#include "sim/engine/message_model.h"
#include "sim/engine/unfold.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/mixed.h"
#include "sim/step/input_pipeline.h"
#include "sim/step/stragglers.h"

namespace scalesim::sim {

StepEvaluator::StepEvaluator(Scenario scenario, const System& system, const DataCatalogue& data,
                             const StepConstants& constants, std::shared_ptr<WorkCache> works)
    : scenario_(std::move(scenario)),
      system_(system),
      constants_(constants),
      collectives_(scenario_.depth == Depth::message ? message_model(system.collectives)
                                                     : system.collectives),
      fast_(system.cluster, *collectives_, constants),
      works_(works ? std::move(works) : std::make_shared<WorkCache>(system, data, WorkCache::Keep::layers)) {
  strategy();  // a name that is not known is told first
}

void StepEvaluator::configure(const Configuration& configuration) {
  scenario_.parallel = configuration.parallel;
  scenario_.strategy = configuration.strategy;
  scenario_.compute.recompute = configuration.recompute;
  scenario_.overlap = configuration.overlap;
}

const Strategy& StepEvaluator::strategy() {
  const auto found = strategies_.find(scenario_.strategy);
  if (found != strategies_.end()) return *found->second;
  return *strategies_.emplace(scenario_.strategy, find_strategy(scenario_.strategy)).first->second;
}

const workloads::MemoryModel& StepEvaluator::memory_model() {
  const Parallelism& p = scenario_.parallel;
  const std::tuple key(p.tensor, p.sequence_parallel, scenario_.compute.recompute);
  const auto found = memories_.find(key);
  if (found != memories_.end()) return found->second;
  return memories_.try_emplace(key, scenario_.model, scenario_.compute, p.tensor, p.sequence_parallel)
      .first->second;
}

Bytes StepEvaluator::memory(const Layout& layout) {
  const BatchPlan batch = plan_batch(scenario_, layout);
  return memory_model()
      .use(sharding_of(scenario_, layout, batch, strategy().zero_stage(), pipeline()), batch.microbatch)
      .total();
}

Evaluation StepEvaluator::evaluate(const Configuration& configuration, Estimate estimate) {
  configure(configuration);
  const Layout layout = this->layout(configuration.gpus);
  Evaluation evaluation;
  evaluation.memory = memory(layout);
  evaluation.fits = fits(evaluation.memory, system_.cluster.gpu.memory);
  evaluation.outcome = outcome(layout, estimate);
  return evaluation;
}

double StepEvaluator::slowest_of(int ranks) {
  const auto [entry, added] = slowest_.try_emplace(ranks, 0);
  if (added) entry->second = expected_maximum_of_normals(ranks);
  return entry->second;
}

WorkOf StepEvaluator::pace(const BatchPlan& batch, int gpus) {
  if (system_.others.empty()) return {0, batch.microbatch};
  const Parallelism& p = scenario_.parallel;
  if (scenario_.balance == Balance::proportional && p.tensor * p.pipeline * p.context * p.expert > 1)
    throw InputError(
        "--balance proportional divides samples over data-parallel ranks: leave out --tp, --pp, --cp and "
        "--ep");
  const std::vector<int> ranks = ranks_by_kind(system_, gpus);
  const auto seconds = [&](std::size_t kind, std::int64_t samples) {
    const Work& work = works_->layers(scenario_, {static_cast<int>(kind), samples}, Estimate::nominal);
    return (work.forward + work.backward).value();
  };
  std::vector<std::int64_t> shares(ranks.size(), batch.microbatch);
  if (scenario_.balance == Balance::proportional) {
    std::vector<double> per_sample;
    for (std::size_t k = 0; k < ranks.size(); ++k)
      per_sample.push_back(seconds(k, batch.microbatch) / static_cast<double>(batch.microbatch));
    shares = proportional_shares(ranks, per_sample, batch.microbatch * gpus);
  }
  WorkOf slowest{0, 0};
  double longest = -1;
  for (std::size_t k = 0; k < ranks.size(); ++k) {
    if (ranks[k] == 0 || shares[k] == 0 || seconds(k, shares[k]) <= longest) continue;
    longest = seconds(k, shares[k]);
    slowest = {static_cast<int>(k), shares[k]};
  }
  return slowest;
}

const Work& StepEvaluator::pacing_work(const BatchPlan& batch, int gpus, Estimate estimate) {
  return works_->layers(scenario_, pace(batch, gpus), estimate);
}

const topology::GpuSpec& StepEvaluator::pacing_gpu(int gpus) {
  return system_.gpu(pace(plan_batch(scenario_, layout(gpus)), gpus).kind);
}

StepEvaluator::Played StepEvaluator::play_step(int gpus, Estimate estimate) {
  return play_step(layout(gpus), estimate);
}

StepEvaluator::Played StepEvaluator::play_step(const Layout& layout, Estimate estimate) {
  const BatchPlan batch = plan_batch(scenario_, layout);
  const StepInputs in{scenario_,       pacing_work(batch, layout.gpus, estimate),
                      system_.cluster, *collectives_,
                      layout,          batch.microbatches,
                      estimate,        constants_};
  Played played;
  played.step = strategy().build(in);
  played.line = play(scenario_.unfold ? unfold(played.step) : played.step.graph);
  return played;
}

Outcome StepEvaluator::outcome(const Layout& layout, Estimate estimate) {
  const BatchPlan batch = plan_batch(scenario_, layout);
  if (!scenario_.unfold) {
    const FoldedWork& work = works_->folded(scenario_, pace(batch, layout.gpus), estimate);
    if (const StepParts* parts =
            fast_.parts(scenario_, strategy(), work, layout, batch.microbatches, estimate))
      return read(*parts, batch, layout.gpus);
  }
  const Played played = play_step(layout, estimate);
  return read(parts_of(played.step, played.line), batch, layout.gpus);
}

Outcome StepEvaluator::read(const StepParts& parts, const BatchPlan& batch, int gpus) {
  const StageTimes& busiest = parts.busiest();
  Outcome outcome;
  outcome.samples = static_cast<double>(batch.global);
  outcome.compute = busiest.compute;
  outcome.optimizer = busiest.optimizer;
  outcome.communication = parts.collectives / static_cast<double>(parts.stages.size()) + busiest.waits;
  const Seconds rest = parts.makespan - outcome.compute - outcome.optimizer;
  const Seconds idle = rest > parts.makespan * 1e-12 ? rest : Seconds(0);  // less is rounding
  outcome.exposed = parts.stages.size() == 1 ? idle : std::min(idle, busiest.waits + busiest.gradient_wait);
  outcome.bubble = idle - outcome.exposed;
  outcome.step = parts.makespan;
  if (gpus > 1) {
    // The step waits for its slowest rank: for the GPU that computes slower than its equals, and for the host
    // thread that was late to launch, hook or synchronise.
    const Seconds busy = outcome.compute + outcome.optimizer;
    const Seconds deviation = busy * constants_.rank_deviation + constants_.host_deviation;
    outcome.straggler = deviation * slowest_of(gpus);
    outcome.step += outcome.straggler;
  }
  outcome.input = std::max(Seconds(0), input_time(batch, gpus, outcome.communication) - outcome.step);
  outcome.step += outcome.input;
  outcome.link = parts.link;
  outcome.waits = busiest.waits;
  return outcome;
}

/// Samples reach the GPUs beside the step before. On PCIe the collectives use the links of the copies, and
/// one step cannot be shorter than what crosses them.
Seconds StepEvaluator::input_time(const BatchPlan& batch, int gpus, Seconds communication) {
  const topology::Cluster& cluster = system_.cluster;
  const int on_node = std::min(gpus, cluster.gpus_per_node);
  if (!copy_rates_.count(on_node)) copy_rates_[on_node] = host_copy_rate(cluster, on_node);
  InputTimes times = input_times(scenario_, cluster, constants_, static_cast<double>(batch.global), gpus,
                                 copy_rates_[on_node]);
  using topology::NodeWiring;
  if (cluster.wiring == NodeWiring::pcie || cluster.wiring == NodeWiring::pcie_switch)
    times.copy += communication;
  return std::max({times.disk, times.decode, times.copy});
}

}  // namespace scalesim::sim
