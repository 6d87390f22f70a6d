// The key names what the work depends on: the one place to extend with a new choice that changes it.
#include "sim/evaluate/work_cache.h"

namespace scalesim::sim {
namespace {

constexpr double kStopwatchError = 0.02;  // of a user's own --step-time

std::size_t at(Estimate estimate) { return static_cast<std::size_t>(estimate); }

/// The work at one end of what is uncertain about compute. A faster computer shows more of its communication,
/// so the low speed-up goes with the fast end.
Work at_estimate(Work middle, const Scenario& scenario, Estimate estimate) {
  if (scenario.step_time) middle.relative_error = kStopwatchError;
  const double error = 1 + middle.relative_error;
  if (estimate == Estimate::optimistic) return scaled(std::move(middle), error);
  if (estimate == Estimate::pessimistic) return scaled(std::move(middle), 1 / error);
  return middle;
}

}  // namespace

WorkCache::Key WorkCache::key_of(const Scenario& scenario, const WorkOf& of) {
  const Parallelism& p = scenario.parallel;
  return {of.kind,
          of.microbatch,
          p.tensor,
          p.context,
          p.expert,
          p.sequence_parallel,
          scenario.compute.recompute,
          p.expert_capacity,
          p.context > 1 ? p.context_method : ""};
}

const workloads::ComputeConstants& WorkCache::constants(const Scenario& scenario, int kind) {
  const std::lock_guard lock(mutex_);
  const auto known = constants_.find(kind);
  if (known != constants_.end()) return known->second;
  return constants_.emplace(kind, workloads::find_constants(system_.gpu(kind), scenario.compute, data_))
      .first->second;
}

/// A measured step is one of the cluster's own GPU; others take what the model says they take beside it.
Work WorkCache::make(const Scenario& scenario, const WorkOf& of) {
  const auto& own = constants(scenario, of.kind);
  if (of.kind == 0 || !scenario.step_time)
    return make_work(scenario, system_.gpu(of.kind), of.microbatch, own);
  Scenario slower = scenario;
  *slower.step_time *= modelled_step(scenario, system_.gpu(of.kind), own) /
                       modelled_step(scenario, system_.gpu(0), constants(scenario, 0));
  return make_work(slower, system_.gpu(of.kind), of.microbatch, own);
}

const std::array<Work, 3>& WorkCache::all_layers(const Scenario& scenario, const WorkOf& of, const Key& key) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = layers_.find(key); known != layers_.end()) return known->second;
  }
  const Work middle = make(scenario, of);
  std::array<Work, 3> works;
  for (const Estimate estimate : {Estimate::optimistic, Estimate::nominal, Estimate::pessimistic})
    works[at(estimate)] = at_estimate(middle, scenario, estimate);
  const std::lock_guard lock(mutex_);
  return layers_.emplace(key, std::move(works)).first->second;
}

const Work& WorkCache::layers(const Scenario& scenario, const WorkOf& of, Estimate estimate) {
  return all_layers(scenario, of, key_of(scenario, of))[at(estimate)];
}

const FoldedWork& WorkCache::folded(const Scenario& scenario, const WorkOf& of, Estimate estimate) {
  const Key key = key_of(scenario, of);
  std::map<Key, FoldedWork>& works = folded_[at(estimate)];
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = works.find(key); known != works.end()) return known->second;
  }
  FoldedWork work = keep_ == Keep::layers ? fold(all_layers(scenario, of, key)[at(estimate)])
                                          : fold(at_estimate(make(scenario, of), scenario, estimate));
  const std::lock_guard lock(mutex_);
  return works.emplace(key, std::move(work)).first->second;
}

}  // namespace scalesim::sim
