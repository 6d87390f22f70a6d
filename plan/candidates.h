// Every cluster that the offers' files let us build, before anything is said about its speed.
#pragma once

#include <string>
#include <vector>

#include "plan/cost/price_book.h"
#include "plan/values/request.h"
#include "topology/cluster/cluster.h"

namespace scalesim::plan {

struct Candidate {
  topology::Cluster cluster;
  std::string nic, fabric;  ///< as asked for; empty for one node
};

/// Systems x GPUs x GPUs per node x nodes x network cards x fabrics up to request.max_gpus, in the order of
/// the files, each once. Throws InputError for a system, GPU, card or fabric that is not known.
std::vector<Candidate> candidates(const PlanRequest& request, const PriceBook& book);

}  // namespace scalesim::plan
