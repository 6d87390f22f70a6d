// The fastest ways to train one model on one cluster: all of them tried, or only those that a bound does not
// rule out.
#pragma once

#include <memory>

#include "core/data_catalogue.h"
#include "plan/distribute/tasks.h"
#include "plan/search/way_space.h"
#include "sim/scenario/constants.h"
#include "topology/cluster/cluster.h"

namespace scalesim::plan {

/// One way and what it brings.
struct RankedWay {
  double step = 0;  ///< seconds
  std::size_t branch =
      0;  ///< with `share` and `order` its place in the space; of equal steps the first counts
  std::size_t share = 0, order = 0;
  double memory = 0;  ///< bytes of one GPU
  bool operator<(const RankedWay& other) const;
};

/// What became of a part of the space. Counts are of ways.
struct Searched {
  std::vector<RankedWay> best;  ///< ascending, at most as many as asked for
  std::size_t ways = 0;
  std::size_t too_large = 0;   ///< do not fit in memory
  std::size_t impossible = 0;  ///< cannot be laid out on the model
  std::size_t evaluated = 0;
  std::size_t ruled_out = 0;  ///< fit, but even their bound is slower than what was found
  double least_memory = 0;    ///< bytes, of all ways looked at

  void keep(const RankedWay& way, std::size_t most);
  void add(const Searched& other, std::size_t most);
};
std::string to_result(const Searched& searched);
Searched searched_from(const std::string& result);

/// One task for each branch of the space. All arguments must outlive it.
class WaySearch : public Tasks {
 public:
  WaySearch(const WaySpace& space, const topology::Cluster& cluster, const DataCatalogue& data,
            const sim::StepConstants& constants, std::size_t keep);
  ~WaySearch() override;

  std::size_t count() const override { return space_.branches().size(); }
  /// Every way of the branch.
  std::string work(std::size_t task) const override;
  Searched answer(const Results& results) const;

  /// The same best ways from the whole space, by branch and bound in this thread: no way is evaluated whose
  /// stages would be busy longer than the slowest way that is kept.
  Searched pruned() const;

  /// For one way; throws InputError when it cannot be laid out.
  sim::Scenario scenario(const RankedWay& way) const;
  std::string text(const RankedWay& way) const;

 private:
  class Evaluator;
  class Evaluators;
  const WaySpace& space_;
  std::size_t keep_;
  std::unique_ptr<Evaluators> evaluators_;
};

}  // namespace scalesim::plan
