// Nodes whose GPUs differ: how many of each kind take part, and what each computes.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Ranks by kind among the first `gpus` GPUs: kind 0 is the cluster's own, kind k System::others[k - 1].
/// Nodes fill up one after the other.
std::vector<int> ranks_by_kind(const System& system, int gpus);

/// Samples of one rank of each kind that finish together as nearly as whole samples allow, when a rank of
/// kind k needs `per_sample[k]` seconds a sample and all ranks together compute `samples`. Largest remainders
/// get the samples left over, so a kind's share is that of its ranks with most. Kinds without ranks get 0.
std::vector<std::int64_t> proportional_shares(const std::vector<int>& ranks,
                                              const std::vector<double>& per_sample, std::int64_t samples);

}  // namespace scalesim::sim
