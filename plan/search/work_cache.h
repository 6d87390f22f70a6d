// The work of a rank for every way to divide one model, made once each and shared by all threads of a search.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "core/data_catalogue.h"
#include "sim/scenario/scenario.h"
#include "sim/work/folded_work.h"
#include "workloads/compute/calibration.h"

namespace scalesim::plan {

class WorkCache {
 public:
  WorkCache(const sim::Scenario& base, const topology::GpuSpec& gpu, const DataCatalogue& data)
      : gpu_(gpu), compute_(workloads::find_constants(gpu, base.compute, data)) {}
  /// `scenario` differs from the base in its parallelism and recomputation only. The reference lives as long
  /// as the cache.
  const sim::FoldedWork& find(const sim::Scenario& scenario);

 private:
  /// Everything the work depends on.
  using Key = std::tuple<int, int, int, bool, workloads::Recompute, std::int64_t, std::string>;

  const topology::GpuSpec& gpu_;
  workloads::ComputeConstants compute_;
  std::mutex mutex_;
  std::map<Key, sim::FoldedWork> works_;
};

}  // namespace scalesim::plan
