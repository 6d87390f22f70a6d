// Works are made outside the lock: two threads may make the same one, and the first is kept.
#include "plan/search/work_cache.h"

#include "sim/work/work.h"

namespace scalesim::plan {

const sim::FoldedWork& WorkCache::find(const sim::Scenario& scenario) {
  const sim::Parallelism& p = scenario.parallel;
  const Key key{p.tensor,
                p.context,
                p.expert,
                p.sequence_parallel,
                scenario.compute.recompute,
                p.microbatch,
                p.context > 1 ? p.context_method : ""};
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = works_.find(key); found != works_.end()) return found->second;
  }
  sim::FoldedWork work = sim::fold(sim::make_work(scenario, gpu_, p.microbatch, compute_));
  const std::lock_guard lock(mutex_);
  return works_.emplace(key, std::move(work)).first->second;
}

}  // namespace scalesim::plan
