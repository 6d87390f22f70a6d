// plan(): which cluster to buy. From a model, limits and prices to ranked offers. A pure function: equal
// requests give equal answers on any number of threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/cost/price_book.h"
#include "plan/distribute/tasks.h"
#include "plan/values/offer.h"
#include "plan/values/request.h"

namespace scalesim::plan {

/// A request as tasks, one for each cluster that its limits and prices leave, so that threads and ranks can
/// share them. Both arguments must outlive it.
class ClusterSearch : public Tasks {
 public:
  /// Throws InputError for names that are not known, or a target time without --samples.
  ClusterSearch(const PlanRequest& request, const PriceBook& book);
  ~ClusterSearch() override;
  std::size_t count() const override;
  std::string work(std::size_t task) const override;
  /// From the results of all tasks.
  Plan answer(const Results& results) const;

 private:
  class Planner;
  std::unique_ptr<Planner> planner_;
};

/// The search done by request.threads threads of this process.
Plan plan(const PlanRequest& request, const PriceBook& book);

/// "8x rtx4090", "8x rtx4090 pcie": what became of such clusters, a sentence each. Throws InputError for text
/// of another form.
std::vector<std::string> why_not(const Plan& plan, const std::string& cluster, const DataCatalogue& data);

}  // namespace scalesim::plan
