// Builds the strategy's tasks, plays them and reads the parts off the busiest stage.
#include "sim/point_simulator.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "sim/message_model.h"
#include "sim/stragglers.h"
#include "sim/unfold.h"

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

const Work& PointSimulator::work(std::int64_t microbatch, Band band) {
  auto found = works_.find(microbatch);
  if (found == works_.end()) {
    found = works_
                .emplace(
                    microbatch,
                    with_uncertainty(make_work(scenario_, system_.cluster.gpu, microbatch, data_), scenario_))
                .first;
  }
  return found->second[static_cast<std::size_t>(band)];
}

PointSimulator::Played PointSimulator::play_step(int gpus, Band band) {
  const Layout layout = this->layout(gpus);
  const BatchPlan batch = plan_batch(scenario_, layout);
  const StepInputs in{scenario_,
                      work(batch.microbatch, band),
                      system_.cluster,
                      *collectives_,
                      layout,
                      batch.microbatches,
                      band,
                      constants_};
  Played played;
  played.step = strategy_->build(in);
  played.line = play(scenario_.unfold ? unfold(played.step) : played.step.graph);
  return played;
}

Outcome PointSimulator::outcome(int gpus, Band band) {
  const Layout layout = this->layout(gpus);
  const BatchPlan batch = plan_batch(scenario_, layout);
  if (!scenario_.unfold) {
    const FoldedWork& work = folded(this->work(batch.microbatch, band));
    if (const StepParts* parts = fast_.parts(scenario_, *strategy_, work, layout, batch.microbatches, band))
      return read(*parts, batch, gpus);
  }
  const Played played = play_step(gpus, band);
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
  outcome.input = std::max(Seconds(0), input_time(batch, gpus) - outcome.step);
  outcome.step += outcome.input;
  outcome.link = parts.link;
  return outcome;
}

/// Samples reach the GPUs beside the step before: at the rate the hosts decode and their PCIe carries.
Seconds PointSimulator::input_time(const BatchPlan& batch, int gpus) const {
  const double nodes = (gpus + system_.cluster.gpus_per_node - 1) / system_.cluster.gpus_per_node;
  Seconds time{};
  if (scenario_.host_samples_per_second)
    time = Seconds(static_cast<double>(batch.global) / nodes / *scenario_.host_samples_per_second);
  else if (scenario_.host_cores)
    time =
        Seconds(static_cast<double>(batch.global) / nodes / (*scenario_.host_cores * constants_.decode_rate));
  const topology::GpuSpec& gpu = system_.cluster.gpu;
  if (gpu.pcie_generation > 0 && scenario_.model.tokens_per_sample == 0) {
    const double bytes = static_cast<double>(scenario_.model.input.elements()) * 4;  // fp32 images
    const double samples = static_cast<double>(batch.global) / gpus;
    time = std::max(time,
                    Bytes(bytes * samples) / topology::pcie_bandwidth(gpu.pcie_generation, gpu.pcie_lanes));
  }
  return time;
}

}  // namespace scalesim::sim
