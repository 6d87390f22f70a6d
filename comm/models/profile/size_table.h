// A collective's time by size as a table: eight points per power of two, linear between them, never falling.
// Built once per group, asked in nanoseconds, from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "comm/collective/model.h"

namespace scalesim::comm {

class SizeTable {
 public:
  /// `time(bytes)` in seconds at every grid point from 1 B to 16 TiB; a dip is filled with what came before
  /// it, for a larger message never needs less time (one may always pad).
  explicit SizeTable(const std::function<double(double bytes)>& time);

  /// Seconds; 0 for no bytes. Beyond the last point the last slope goes on.
  double at(double bytes) const;
  /// The largest grid point not above `bytes`; 1 at least.
  static double grid_point(double bytes);

 private:
  std::vector<double> seconds_;
};

/// Tables by question, made on first use. Safe from any thread; a table made twice at once is equal both
/// times.
class SizeTableCache {
 public:
  /// `time(bytes)` in seconds is asked only when the table does not exist yet.
  const SizeTable& get(Collective collective, const Group& group,
                       const std::function<double(double bytes)>& time) const;

 private:
  mutable std::shared_mutex mutex_;
  mutable std::map<std::pair<Collective, Group>, std::unique_ptr<const SizeTable>> tables_;
};

}  // namespace scalesim::comm
