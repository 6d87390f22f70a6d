// The fastest configurations to train one model on one cluster: all of them tried, or only those that a bound
// does not rule out.
#pragma once

#include <memory>

#include "core/data_catalogue.h"
#include "plan/distribute/tasks.h"
#include "plan/search/configuration_space.h"
#include "sim/scenario/constants.h"
#include "topology/cluster/cluster.h"

namespace scalesim::plan {

/// One configuration and what it brings.
struct RankedConfiguration {
  double step = 0;  ///< seconds
  std::size_t branch =
      0;  ///< with `share` and `order` its place in the space; of equal steps the first counts
  std::size_t share = 0, order = 0;
  double memory = 0;  ///< bytes of one GPU
  bool operator<(const RankedConfiguration& other) const;
};

/// What became of a part of the space. Counts are of configurations.
struct Searched {
  std::vector<RankedConfiguration> best;  ///< ascending, at most as many as asked for
  std::size_t configurations = 0;
  std::size_t too_large = 0;   ///< do not fit in memory
  std::size_t impossible = 0;  ///< cannot be laid out on the model
  std::size_t evaluated = 0;
  std::size_t ruled_out = 0;  ///< fit, but even their bound is slower than what was found
  double least_memory = 0;    ///< bytes, of all configurations looked at

  void keep(const RankedConfiguration& ranked, std::size_t most);
  void add(const Searched& other, std::size_t most);
};
std::string to_result(const Searched& searched);
Searched searched_from(const std::string& result);

/// One task for each branch of the space. All arguments must outlive it.
class ConfigurationSearch : public Tasks {
 public:
  ConfigurationSearch(const ConfigurationSpace& space, const topology::Cluster& cluster,
                      const DataCatalogue& data, const sim::StepConstants& constants, std::size_t keep);
  ~ConfigurationSearch() override;

  std::size_t count() const override { return space_.branches().size(); }
  /// Every configuration of the branch.
  std::string work(std::size_t task) const override;
  Searched answer(const Results& results) const;

  /// The same best configurations from the whole space, by branch and bound in this thread: no configuration
  /// is evaluated whose stages would be busy longer than the slowest configuration that is kept.
  Searched pruned() const;

  /// For one configuration; throws InputError when it cannot be laid out.
  sim::Scenario scenario(const RankedConfiguration& ranked) const;
  std::string text(const RankedConfiguration& ranked) const;

 private:
  class Evaluator;
  class Evaluators;
  const ConfigurationSpace& space_;
  std::size_t keep_;
  std::unique_ptr<Evaluators> evaluators_;
};

}  // namespace scalesim::plan
