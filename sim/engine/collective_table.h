// What collectives cost and what they do to the compute beside them, answered from memory after the first
// time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "comm/collective/model.h"
#include "sim/scenario/constants.h"
#include "sim/scenario/estimate.h"
#include "topology/cluster/cluster.h"

namespace scalesim::sim {

/// One collective of one size among one group.
struct CollectiveCost {
  double bytes = -1;
  std::array<double, 3> seconds{};  ///< indexed by Estimate
  double compute_rate = 1;          ///< progress of compute beside it
  double communication_rate = 1;    ///< its own progress beside compute
  int link = 0;                     ///< see CollectiveTable::link
};

/// Answers of one (collective, group) by size.
class CollectiveCurve {
 public:
  CollectiveCurve(comm::Collective collective, const comm::Group& group)
      : collective_(collective), group_(group), slots_(16) {}
  comm::Collective collective() const { return collective_; }
  const comm::Group& group() const { return group_; }

 private:
  friend class CollectiveTable;
  comm::Collective collective_;
  comm::Group group_;
  std::vector<CollectiveCost> slots_;  ///< open addressing, a power of two of them
  std::size_t used_ = 0;
};

/// Not for use by two threads at once.
class CollectiveTable {
 public:
  CollectiveTable(const comm::CollectiveModel& model, const topology::GpuSpec& gpu,
                  const StepConstants& constants)
      : model_(model), gpu_(gpu), constants_(constants) {}

  void set_constants(const StepConstants& constants) {
    constants_ = constants;
    curves_.clear();
  }
  CollectiveCurve& curve(comm::Collective collective, const comm::Group& group);
  /// No time for one rank or no bytes. The reference lives until the next call with this curve.
  const CollectiveCost& at(CollectiveCurve& curve, double bytes);
  const std::string& link(int number) const { return links_[static_cast<std::size_t>(number)]; }

 private:
  CollectiveCost ask(const CollectiveCurve& curve, double bytes);
  void grow(CollectiveCurve& curve);
  int number_of(const std::string& link);

  const comm::CollectiveModel& model_;
  const topology::GpuSpec& gpu_;
  StepConstants constants_;
  std::map<std::pair<comm::Collective, comm::Group>, CollectiveCurve> curves_;
  std::deque<std::string> links_ = {""};
};

}  // namespace scalesim::sim
