// One simulated step: from a scenario, a system and a GPU count to the parts of the step's time and its
// memory. A curve asks it about one parallel configuration, a search about millions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "sim/engine/step_parts.h"
#include "sim/evaluate/batch_plan.h"
#include "sim/evaluate/work_cache.h"
#include "sim/fast/fast_step.h"
#include "sim/step/pipeline.h"
#include "sim/step/strategy.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {

/// What one simulated step shows. `step` is the sum of the other times but `communication`, which counts what
/// was hidden as well.
struct Outcome {
  Seconds step{}, compute{}, communication{}, exposed{}, bubble{}, input{}, optimizer{}, straggler{};
  double samples = 0;  ///< per step, all GPUs
  std::string link;    ///< what bounds the largest collective
  Seconds waits{};  ///< part of `communication` that sits inside the passes: tensor, context, expert groups
};

/// How the GPUs and the work are divided.
struct Configuration {
  int gpus = 1;
  std::string strategy = Scenario().strategy;
  Parallelism parallel;
  workloads::Recompute recompute = workloads::Recompute::none;
  bool overlap = true;
};

struct Evaluation {
  Outcome outcome;
  Bytes memory{};  ///< on one GPU
  bool fits = false;
};

/// Remembers what configurations have in common: work by division and micro-batch, memory by tensor ranks,
/// collectives by group and size. Configurations that differ least are best asked one after the other,
/// strategies innermost. Not for use by two threads at once; each thread has its own, and answers the same.
class StepEvaluator {
 public:
  /// `works`: shared with other evaluators of the same scenario and system; one of its own where none is
  /// given.
  StepEvaluator(Scenario scenario, const System& system, const DataCatalogue& data,
                const StepConstants& constants, std::shared_ptr<WorkCache> works = nullptr);
  StepEvaluator(const StepEvaluator&) = delete;
  StepEvaluator& operator=(const StepEvaluator&) = delete;

  /// What is asked about. Its configuration, its batch and the precision of its gradients may be changed
  /// between two questions.
  Scenario& scenario() { return scenario_; }
  const Scenario& scenario() const { return scenario_; }
  void configure(const Configuration& configuration);

  /// Throws InputError now rather than at the first step when the GPU cannot compute at the precision asked.
  void require_compute() { works_->require_compute(scenario_); }

  Layout layout(int gpus) const { return make_layout(scenario_, gpus, system_.cluster.gpus_per_node); }

  /// Followed by recurrences where the strategy allows it, else played: the same to rounding. Throws
  /// InputError for what cannot be divided.
  Outcome outcome(int gpus, Estimate estimate = Estimate::nominal) { return outcome(layout(gpus), estimate); }
  Outcome outcome(const Layout& layout, Estimate estimate = Estimate::nominal);
  /// On one GPU, as memory_needed has it. Much quicker than a step: worth asking first.
  Bytes memory(int gpus) { return memory(layout(gpus)); }
  Bytes memory(const Layout& layout);
  Evaluation evaluate(const Configuration& configuration, Estimate estimate = Estimate::nominal);

  /// The tasks of the step and when they ran.
  struct Played {
    Step step;
    Timeline line;
  };
  Played play_step(int gpus, Estimate estimate = Estimate::nominal);
  Played play_step(const Layout& layout, Estimate estimate = Estimate::nominal);
  /// What a step of these parts shows on `gpus` GPUs: with stragglers and the input pipeline.
  Outcome read(const StepParts& parts, const BatchPlan& batch, int gpus);

  /// Of the ranks that the others wait for: where GPUs differ, of the kind that takes longest.
  const Work& pacing_work(const BatchPlan& batch, int gpus, Estimate estimate);
  /// The GPU of that kind.
  const topology::GpuSpec& pacing_gpu(int gpus);
  /// On a GPU of the cluster's own kind.
  const FoldedWork& folded_work(std::int64_t microbatch, Estimate estimate = Estimate::nominal) {
    return works_->folded(scenario_, {0, microbatch}, estimate);
  }

  const Strategy& strategy();
  const Pipeline& pipeline() { return pipelines_.find(scenario_.parallel); }
  const StepConstants& constants() const { return constants_; }
  void set_constants(const StepConstants& constants) {
    constants_ = constants;
    fast_.set_constants(constants);
  }

 private:
  const workloads::MemoryModel& memory_model();
  /// What the ranks that take longest compute.
  WorkOf pace(const BatchPlan& batch, int gpus);
  double slowest_of(int ranks);
  Seconds input_time(const BatchPlan& batch, int gpus, Seconds communication);

  Scenario scenario_;
  const System& system_;
  StepConstants constants_;
  std::shared_ptr<const comm::CollectiveModel> collectives_;
  FastStep fast_;
  std::shared_ptr<WorkCache> works_;
  std::map<std::string, std::unique_ptr<Strategy>, std::less<>> strategies_;
  PipelineCache pipelines_;
  std::map<std::tuple<int, bool, workloads::Recompute>, workloads::MemoryModel> memories_;
  std::map<int, BytesPerSecond> copy_rates_;  ///< by GPUs in use on a node
  std::map<int, double> slowest_;             ///< deviations of the slowest of so many ranks
};

}  // namespace scalesim::sim
