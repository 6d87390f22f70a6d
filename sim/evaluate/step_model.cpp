// Applies a configuration to the scenario and follows its step.
#include "sim/evaluate/step_model.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {

StepModel::StepModel(const Scenario& scenario, const System& system, const DataCatalogue& data,
                     const StepConstants& constants)
    : scenario_(scenario),
      system_(system),
      data_(data),
      constants_(constants),
      compute_(workloads::find_constants(system.cluster.gpu, scenario.compute, data)),
      reader_(scenario_, system, data, constants),
      fast_(system.cluster, *system.collectives, constants) {}

StepModel::~StepModel() = default;

void StepModel::take(const Configuration& configuration) {
  scenario_.parallel = configuration.parallel;
  scenario_.strategy = configuration.strategy;
  scenario_.compute.recompute = configuration.recompute;
  scenario_.overlap = configuration.overlap;
}

const Strategy& StepModel::strategy(const std::string& name) {
  const auto found = strategies_.find(name);
  return found != strategies_.end() ? *found->second
                                    : *strategies_.emplace(name, find_strategy(name)).first->second;
}

const FoldedWork& StepModel::work(std::int64_t microbatch, Estimate estimate) {
  const Parallelism& p = scenario_.parallel;
  const WorkKey key{microbatch,          p.tensor,
                    p.context,           p.expert,
                    p.sequence_parallel, scenario_.compute.recompute,
                    p.expert_capacity,   p.context_method};
  auto found = works_.find(key);
  if (found == works_.end()) {
    const std::array<Work, 3> bands =
        with_uncertainty(make_work(scenario_, system_.cluster.gpu, microbatch, compute_), scenario_);
    found =
        works_.emplace(key, std::array<FoldedWork, 3>{fold(bands[0]), fold(bands[1]), fold(bands[2])}).first;
  }
  return found->second[static_cast<std::size_t>(estimate)];
}

const workloads::MemoryModel& StepModel::memory_model() {
  const Parallelism& p = scenario_.parallel;
  const std::tuple key(p.tensor, p.sequence_parallel, scenario_.compute.recompute);
  const auto found = memories_.find(key);
  if (found != memories_.end()) return found->second;
  return memories_.try_emplace(key, scenario_.model, scenario_.compute, p.tensor, p.sequence_parallel)
      .first->second;
}

Outcome StepModel::step(const Configuration& configuration, Estimate estimate) {
  take(configuration);
  const Layout layout = make_layout(scenario_, configuration.gpus, system_.cluster.gpus_per_node);
  const BatchPlan batch = plan_batch(scenario_, layout);
  const StepParts* parts =
      fast_.parts(scenario_, strategy(configuration.strategy), work(batch.microbatch, estimate), layout,
                  batch.microbatches, estimate);
  if (parts) return reader_.read(*parts, batch, configuration.gpus);
  return PointSimulator(scenario_, system_, data_, constants_).outcome(configuration.gpus, estimate);
}

Bytes StepModel::memory(const Configuration& configuration) {
  take(configuration);
  const Layout layout = make_layout(scenario_, configuration.gpus, system_.cluster.gpus_per_node);
  const BatchPlan batch = plan_batch(scenario_, layout);
  return memory_model()
      .use(sharding_of(scenario_, layout, batch, strategy(configuration.strategy).zero_stage(),
                       pipelines_.find(scenario_.parallel)),
           batch.microbatch)
      .total();
}

Evaluation StepModel::evaluate(const Configuration& configuration, Estimate estimate) {
  Evaluation evaluation;
  evaluation.memory = memory(configuration);
  evaluation.fits = fits(evaluation.memory, system_.cluster.gpu.memory);
  evaluation.outcome = step(configuration, estimate);
  return evaluation;
}

}  // namespace scalesim::sim
