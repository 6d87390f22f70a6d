// One simulated step: from a scenario, a system and a GPU count to the parts of the step's time.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>

#include "sim/engine/step_parts.h"
#include "sim/fast/fast_step.h"
#include "sim/step/strategy.h"

namespace scalesim::sim {

/// What one simulated step shows. `step` is the sum of the other times but `communication`, which counts what
/// was hidden as well.
struct Outcome {
  Seconds step{}, compute{}, communication{}, exposed{}, bubble{}, input{}, optimizer{}, straggler{};
  double samples = 0;  ///< per step, all GPUs
  std::string link;    ///< what bounds the largest collective
  Seconds waits{};  ///< part of `communication` that sits inside the passes: tensor, context, expert groups
};

/// Samples of one step over all GPUs: the global batch, or the batch per GPU times the GPUs.
/// Throws InputError when it cannot be divided over replicas and micro-batches.
struct BatchPlan {
  std::int64_t global = 0, microbatch = 0;
  int microbatches = 1;
};
BatchPlan plan_batch(const Scenario& scenario, const Layout& layout);

/// The work at both ends of what is uncertain about compute, indexed by Estimate.
std::array<Work, 3> with_uncertainty(Work middle, const Scenario& scenario);

/// Answers for one scenario on one system; caches compute times by micro-batch. Not for use by two threads at
/// once.
class PointSimulator {
 public:
  PointSimulator(const Scenario& scenario, const System& system, const DataCatalogue& data,
                 const StepConstants& constants);

  /// Followed by recurrences where the strategy allows it, else played: the same to rounding.
  Outcome outcome(int gpus, Estimate estimate = Estimate::nominal);
  /// The tasks of the step and when they ran.
  struct Played {
    Step step;
    Timeline line;
  };
  Played play_step(int gpus, Estimate estimate = Estimate::nominal);

  Layout layout(int gpus) const { return make_layout(scenario_, gpus, system_.cluster.gpus_per_node); }
  /// On a GPU of the cluster's own kind.
  const Work& work(std::int64_t microbatch, Estimate estimate) { return work_on(0, microbatch, estimate); }
  /// Of the ranks that the others wait for: where GPUs differ, of the kind that takes longest.
  const Work& pacing_work(const BatchPlan& batch, int gpus, Estimate estimate);
  /// The GPU of that kind.
  const topology::GpuSpec& pacing_gpu(int gpus);
  const Strategy& strategy() const { return *strategy_; }
  const StepConstants& constants() const { return constants_; }
  void set_constants(const StepConstants& constants) {
    constants_ = constants;
    fast_.set_constants(constants);
  }
  /// What a step of these parts shows on `gpus` GPUs: with stragglers and the input pipeline.
  Outcome read(const StepParts& parts, const BatchPlan& batch, int gpus);

 private:
  const FoldedWork& folded(const Work& work);
  double slowest_of(int ranks);
  Seconds input_time(const BatchPlan& batch, int gpus, Seconds communication);
  /// Work of kind `kind` (sim/mixed.h).
  const Work& work_on(int kind, std::int64_t microbatch, Estimate estimate);
  const topology::GpuSpec& gpu_of(int kind) const;
  Work make_kind_work(int kind, std::int64_t microbatch) const;
  /// Kind and samples per micro-step of the ranks that take longest.
  std::pair<int, std::int64_t> pace(const BatchPlan& batch, int gpus);

  const Scenario& scenario_;
  const System& system_;
  const DataCatalogue& data_;
  StepConstants constants_;
  std::unique_ptr<Strategy> strategy_;
  std::shared_ptr<const comm::CollectiveModel> collectives_;
  std::map<std::pair<int, std::int64_t>, std::array<Work, 3>> works_;
  std::map<int, BytesPerSecond> copy_rates_;  ///< by GPUs in use on a node
  std::map<const Work*, FoldedWork> folded_;
  std::map<int, double> slowest_;  ///< deviations of the slowest of so many ranks
  FastStep fast_;
};

}  // namespace scalesim::sim
