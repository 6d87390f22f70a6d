// A step followed action by action or gather by gather instead of played as a graph of tasks: the same rules,
// the same times to rounding, at a fraction of the cost. What repeats is followed until it is steady, then
// skipped.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "sim/engine/collective_table.h"
#include "sim/engine/step_parts.h"
#include "sim/engine/task_graph.h"
#include "sim/fast/linearised_schedule.h"
#include "sim/fast/unit_times.h"
#include "sim/step/pipeline.h"
#include "sim/step/rules.h"
#include "sim/work/folded_work.h"

namespace scalesim::sim {

/// One folded step: StepInputs with the work told by kinds of units.
struct RecurrenceInputs {
  const Scenario& scenario;
  const FoldedWork& work;
  const std::vector<UnitTimes>& units;
  const topology::GpuSpec& gpu;
  const Layout& layout;
  int microbatches = 1;
  Estimate estimate = Estimate::nominal;
  double bucket_overhead = 0;  ///< seconds
  CollectiveTable& table;

  double seconds(const CollectiveCost& known) const {
    return known.seconds[static_cast<std::size_t>(estimate)];
  }
  const CollectiveCost& ask(const Message& what) const {
    return table.at(table.curve(what.collective, what.group), what.bytes.value());
  }
};

/// Schedules made so far; forgets them when they grow past a bound.
class ScheduleCache {
 public:
  /// Throws InputError when the schedule cannot run the shape.
  /// `pipeline` must outlive the cache.
  const LinearisedSchedule& find(const Pipeline& pipeline, const PipelineShape& shape, bool training);

 private:
  std::map<std::tuple<const Pipeline*, int, int, int, bool>, LinearisedSchedule> schedules_;
  std::size_t actions_ = 0;
};

/// What build_pipeline_step builds, followed. Keeps its buffers between steps; not for two threads at once.
class PipelineRecurrence {
 public:
  PipelineRecurrence();
  ~PipelineRecurrence();
  /// The reference lives until the next call.
  const StepParts& evaluate(const RecurrenceInputs& in, const GradientRules& rules);

 private:
  class Interpreter;
  std::unique_ptr<Interpreter> interpreter_;
};

/// What build_sharded_step builds, followed.
class ShardedRecurrence {
 public:
  ShardedRecurrence();
  ~ShardedRecurrence();
  /// Throws InputError with pipeline parallelism. The reference lives until the next call.
  const StepParts& evaluate(const RecurrenceInputs& in, const ShardingRules& rules);

 private:
  class Interpreter;
  std::unique_ptr<Interpreter> interpreter_;
};

}  // namespace scalesim::sim
