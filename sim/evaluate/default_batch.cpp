// Halves the usual batch until nothing speaks against it.
#include "sim/evaluate/default_batch.h"

#include <algorithm>

#include "sim/evaluate/memory_policy.h"
#include "workloads/memory/memory.h"

namespace scalesim::sim {
namespace {

constexpr std::int64_t kUsualTokens = std::int64_t{4} << 20;

}  // namespace

std::int64_t usual_batch(const workloads::Model& model) {
  return model.tokens_per_sample > 0 ? kUsualSequences : kUsualImages;
}

std::int64_t batch_that_fits(const Scenario& scenario, const std::vector<System>& systems) {
  workloads::ComputeSettings compute = scenario.compute;
  compute.batch = usual_batch(scenario.model);
  const auto all_fit = [&] {
    const Bytes needed = workloads::memory_use(scenario.model, compute, {}).total();
    return std::all_of(systems.begin(), systems.end(), [&](const System& system) {
      return fits(needed, system.cluster.gpu.memory, kMemoryPolicy.suggested);
    });
  };
  while (compute.batch > 1 && !all_fit()) compute.batch /= 2;
  return compute.batch;
}

std::int64_t batch_of_usual_tokens(const workloads::Model& model, int gpus) {
  std::int64_t batch = usual_batch(model);
  while (batch > 1 && batch * model.tokens_per_sample * gpus > kUsualTokens) batch /= 2;
  return batch;
}

}  // namespace scalesim::sim
