// One scenario on one cluster, asked for its step in every way the GPUs can divide the work: what a search
// calls millions of times.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "sim/evaluate/point_simulator.h"
#include "sim/step/strategy.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {

/// A way to divide the GPUs and the work.
struct Configuration {
  int gpus = 1;
  std::string strategy = "ddp";
  Parallelism parallel;
  workloads::Recompute recompute = workloads::Recompute::none;
  bool overlap = true;
};

struct Evaluation {
  Outcome outcome;
  Bytes memory{};  ///< on one GPU
  bool fits = false;
};

/// Remembers what configurations have in common: compute times by division and micro-batch, memory by tensor
/// ranks, collectives by group and size. Configurations that differ least are best asked one after the other,
/// strategies innermost. Not for use by two threads at once; each thread has its own, and answers the same.
class StepModel {
 public:
  /// The scenario's own strategy, division, recomputation and overlap are not used. `data` is read here only.
  StepModel(const Scenario& scenario, const System& system, const DataCatalogue& data,
            const StepConstants& constants);
  ~StepModel();
  StepModel(const StepModel&) = delete;
  StepModel& operator=(const StepModel&) = delete;

  /// The step as PointSimulator::outcome has it. Throws InputError for what cannot be divided.
  Outcome step(const Configuration& configuration, Estimate estimate = Estimate::nominal);
  /// As memory_needed has it. Much quicker than a step: worth asking first.
  Bytes memory(const Configuration& configuration);
  Evaluation evaluate(const Configuration& configuration, Estimate estimate = Estimate::nominal);

 private:
  /// Everything compute times depend on.
  using WorkKey = std::tuple<std::int64_t, int, int, int, bool, workloads::Recompute, double, std::string>;

  void take(const Configuration& configuration);
  const Strategy& strategy(const std::string& name);
  const FoldedWork& work(std::int64_t microbatch, Estimate estimate);
  const workloads::MemoryModel& memory_model();

  Scenario scenario_;  ///< with the configuration asked last
  const System& system_;
  const DataCatalogue& data_;
  StepConstants constants_;
  workloads::ComputeConstants compute_;
  PointSimulator reader_;
  FastStep fast_;
  std::map<std::string, std::unique_ptr<Strategy>, std::less<>> strategies_;
  PipelineCache pipelines_;
  std::map<WorkKey, std::array<FoldedWork, 3>> works_;
  std::map<std::tuple<int, bool, workloads::Recompute>, workloads::MemoryModel> memories_;
};

}  // namespace scalesim::sim
