// From a question to what `replay` plays and expects: one step per group of ranks.
#pragma once

#include <memory>

#include "comm/collective/model.h"
#include "comm/collective/replay_step.h"
#include "core/data_catalogue.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// A step for one number of ranks, what it is predicted to take, and how many samples it trains.
struct PlannedReplay {
  comm::ReplayStep step;
  Seconds predicted{};
  double samples = 0;
};

/// Predicts the step on `ranks` GPUs over `nodes` hosts joined by `collectives`. Computing is undisturbed by
/// communication, as waiting is; stragglers and input are left out. Throws InputError when the strategy needs
/// more than one stream of collectives, or stages.
PlannedReplay plan_replay(const Scenario& scenario, const topology::GpuSpec& gpu,
                          const std::shared_ptr<const comm::CollectiveModel>& collectives, int ranks,
                          int nodes, const DataCatalogue& data);

}  // namespace scalesim::sim
