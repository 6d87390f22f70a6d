// Builds the strategy's tasks, plays them and reads the parts off the busiest stage.
#include "sim/evaluate/point_simulator.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "sim/engine/message_model.h"
#include "sim/engine/unfold.h"
#include "sim/evaluate/mixed.h"
#include "sim/step/input_pipeline.h"
#include "sim/step/stragglers.h"

namespace scalesim::sim {
namespace {

constexpr double kStopwatchError = 0.02;  // of a user's own --step-time

}  // namespace

BatchPlan plan_batch(const Scenario& scenario, const Layout& layout) {
  BatchPlan plan;
  plan.global = scenario.global_batch ? *scenario.global_batch : scenario.compute.batch * layout.gpus;
  if (plan.global % layout.data != 0)
    throw InputError(fmt::format("batch of {} cannot be divided over {} replicas: give a multiple of {}",
                                 plan.global, layout.data, layout.data));
  const std::int64_t replica = plan.global / layout.data;
  plan.microbatch = scenario.parallel.microbatch;
  if (plan.microbatch == 0) plan.microbatch = layout.pipeline > 1 ? 1 : replica / scenario.accumulation;
  if (plan.microbatch == 0 || replica % plan.microbatch != 0)
    throw InputError(fmt::format("the {} samples of a replica cannot be divided into micro-batches of {}",
                                 replica, std::max<std::int64_t>(1, plan.microbatch)));
  plan.microbatches = static_cast<int>(replica / plan.microbatch);
  return plan;
}

std::array<Work, 3> with_uncertainty(Work middle, const Scenario& scenario) {
  if (scenario.step_time) middle.relative_error = kStopwatchError;
  const double error = 1 + middle.relative_error;
  // A faster computer shows more of its communication, so the low speed-up goes with the fast end.
  return {scaled(middle, error), middle, scaled(middle, 1 / error)};
}

PointSimulator::PointSimulator(const Scenario& scenario, const System& system, const DataCatalogue& data,
                               const StepConstants& constants)
    : scenario_(scenario),
      system_(system),
      data_(data),
      constants_(constants),
      strategy_(find_strategy(scenario.strategy)),
      collectives_(scenario.depth == Depth::message ? message_model(system.collectives) : system.collectives),
      fast_(system.cluster, *collectives_, constants) {}

const FoldedWork& PointSimulator::folded(const Work& work) {
  const auto found = folded_.find(&work);
  return found != folded_.end() ? found->second : folded_.emplace(&work, fold(work)).first->second;
}

double PointSimulator::slowest_of(int ranks) {
  const auto [entry, added] = slowest_.try_emplace(ranks, 0);
  if (added) entry->second = expected_maximum_of_normals(ranks);
  return entry->second;
}

const topology::GpuSpec& PointSimulator::gpu_of(int kind) const {
  return kind == 0 ? system_.cluster.gpu : system_.others[static_cast<std::size_t>(kind) - 1].gpu;
}

/// A measured step is one of the cluster's own GPU; others take what the model says they take beside it.
Work PointSimulator::make_kind_work(int kind, std::int64_t microbatch) const {
  if (kind == 0 || !scenario_.step_time) return make_work(scenario_, gpu_of(kind), microbatch, data_);
  Scenario scenario = scenario_;
  *scenario.step_time *=
      modelled_step(scenario, gpu_of(kind), data_) / modelled_step(scenario, gpu_of(0), data_);
  return make_work(scenario, gpu_of(kind), microbatch, data_);
}

const Work& PointSimulator::work_on(int kind, std::int64_t microbatch, Estimate estimate) {
  auto found = works_.find({kind, microbatch});
  if (found == works_.end()) {
    found = works_
                .emplace(std::pair(kind, microbatch),
                         with_uncertainty(make_kind_work(kind, microbatch), scenario_))
                .first;
  }
  return found->second[static_cast<std::size_t>(estimate)];
}

std::pair<int, std::int64_t> PointSimulator::pace(const BatchPlan& batch, int gpus) {
  if (system_.others.empty()) return {0, batch.microbatch};
  const Parallelism& p = scenario_.parallel;
  if (scenario_.balance == Balance::proportional && p.tensor * p.pipeline * p.context * p.expert > 1)
    throw InputError(
        "--balance proportional divides samples over data-parallel ranks: leave out --tp, --pp, --cp and "
        "--ep");
  const std::vector<int> ranks = ranks_by_kind(system_, gpus);
  const auto seconds = [&](std::size_t kind, std::int64_t samples) {
    const Work& work = work_on(static_cast<int>(kind), samples, Estimate::nominal);
    return (work.forward + work.backward).value();
  };
  std::vector<std::int64_t> shares(ranks.size(), batch.microbatch);
  if (scenario_.balance == Balance::proportional) {
    std::vector<double> per_sample;
    for (std::size_t k = 0; k < ranks.size(); ++k)
      per_sample.push_back(seconds(k, batch.microbatch) / static_cast<double>(batch.microbatch));
    shares = proportional_shares(ranks, per_sample, batch.microbatch * gpus);
  }
  std::pair<int, std::int64_t> slowest{0, 0};
  double longest = -1;
  for (std::size_t k = 0; k < ranks.size(); ++k) {
    if (ranks[k] == 0 || shares[k] == 0 || seconds(k, shares[k]) <= longest) continue;
    longest = seconds(k, shares[k]);
    slowest = {static_cast<int>(k), shares[k]};
  }
  return slowest;
}

const Work& PointSimulator::pacing_work(const BatchPlan& batch, int gpus, Estimate estimate) {
  const auto [kind, samples] = pace(batch, gpus);
  return work_on(kind, samples, estimate);
}

const topology::GpuSpec& PointSimulator::pacing_gpu(int gpus) {
  return gpu_of(pace(plan_batch(scenario_, layout(gpus)), gpus).first);
}

PointSimulator::Played PointSimulator::play_step(int gpus, Estimate estimate) {
  const Layout layout = this->layout(gpus);
  const BatchPlan batch = plan_batch(scenario_, layout);
  const StepInputs in{scenario_,       pacing_work(batch, gpus, estimate),
                      system_.cluster, *collectives_,
                      layout,          batch.microbatches,
                      estimate,        constants_};
  Played played;
  played.step = strategy_->build(in);
  played.line = play(scenario_.unfold ? unfold(played.step) : played.step.graph);
  return played;
}

Outcome PointSimulator::outcome(int gpus, Estimate estimate) {
  const Layout layout = this->layout(gpus);
  const BatchPlan batch = plan_batch(scenario_, layout);
  if (!scenario_.unfold) {
    const FoldedWork& work = folded(pacing_work(batch, gpus, estimate));
    if (const StepParts* parts =
            fast_.parts(scenario_, *strategy_, work, layout, batch.microbatches, estimate))
      return read(*parts, batch, gpus);
  }
  const Played played = play_step(gpus, estimate);
  return read(parts_of(played.step, played.line), batch, gpus);
}

Outcome PointSimulator::read(const StepParts& parts, const BatchPlan& batch, int gpus) {
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
Seconds PointSimulator::input_time(const BatchPlan& batch, int gpus, Seconds communication) {
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
