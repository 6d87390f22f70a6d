// The step's parts in closed form where the strategy allows it: no task is made. Remembers what collectives
// cost between steps.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/fast/recurrence.h"
#include "sim/step/strategy.h"

namespace scalesim::sim {

/// For one cluster and network; scenarios may differ from call to call. Not for use by two threads at once.
class FastStep {
 public:
  FastStep(const topology::Cluster& cluster, const comm::CollectiveModel& collectives,
           const StepConstants& constants)
      : cluster_(cluster), constants_(constants), table_(collectives, cluster.gpu, constants) {}

  /// Null when the strategy follows rules of its own. The parts live until the next call. Throws InputError
  /// as Strategy::build does.
  const StepParts* parts(const Scenario& scenario, const Strategy& strategy, const FoldedWork& work,
                         const Layout& layout, int microbatches, Estimate estimate);

  void set_constants(const StepConstants& constants) {
    constants_ = constants;
    table_.set_constants(constants);
    timed_ = nullptr;
  }

 private:
  const topology::Cluster& cluster_;
  StepConstants constants_;
  CollectiveTable table_;
  PipelineRecurrence pipeline_;
  ShardedRecurrence sharded_;
  // Of the last step: waits change with the groups, not with the strategy.
  const FoldedWork* timed_ = nullptr;
  UnitGroups groups_;
  std::vector<UnitTimes> units_;
};

}  // namespace scalesim::sim
