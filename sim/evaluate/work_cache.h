// What ranks compute, made once for every configuration that shares it. Threads may share one cache.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "core/data_catalogue.h"
#include "sim/scenario/estimate.h"
#include "sim/scenario/scenario.h"
#include "sim/work/folded_work.h"
#include "sim/work/work.h"
#include "workloads/compute/calibration.h"

namespace scalesim::sim {

/// Which GPU of a system computes how many samples: kinds as System::gpu has them.
struct WorkOf {
  int kind = 0;
  std::int64_t microbatch = 1;
};

class WorkCache {
 public:
  /// A search over many configurations remembers folded work alone: layers of all of them would not fit.
  enum class Keep { layers, folded_work };

  /// Scenarios asked about must have one model, and differ in their configuration and batch only. `system`
  /// and `data` must outlive the cache.
  WorkCache(const System& system, const DataCatalogue& data, Keep keep)
      : system_(system), data_(data), keep_(keep) {}

  /// Throws InputError for a GPU that cannot compute at the scenario's precision, as the questions below do.
  void require_compute(const Scenario& scenario) { constants(scenario, 0); }

  /// References live as long as the cache.
  const Work& layers(const Scenario& scenario, const WorkOf& of, Estimate estimate);
  const FoldedWork& folded(const Scenario& scenario, const WorkOf& of, Estimate estimate);

 private:
  /// Everything that work depends on and configurations differ in.
  using Key = std::tuple<int, std::int64_t, int, int, int, bool, workloads::Recompute, double, std::string>;
  static Key key_of(const Scenario& scenario, const WorkOf& of);

  const workloads::ComputeConstants& constants(const Scenario& scenario, int kind);
  Work make(const Scenario& scenario, const WorkOf& of);
  const std::array<Work, 3>& all_layers(const Scenario& scenario, const WorkOf& of, const Key& key);

  const System& system_;
  const DataCatalogue& data_;
  Keep keep_;
  std::mutex mutex_;  ///< of the maps; works are made outside it, and of two equal ones the first is kept
  std::map<int, workloads::ComputeConstants> constants_;  ///< by kind of GPU
  std::map<Key, std::array<Work, 3>> layers_;
  std::array<std::map<Key, FoldedWork>, 3> folded_;  ///< by Estimate
};

}  // namespace scalesim::sim
