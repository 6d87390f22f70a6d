// The part of a transformer that one rank computes: layers divided over tensor, context and expert ranks.
#pragma once

#include "sim/scenario/scenario.h"
#include "workloads/model/model.h"

namespace scalesim::sim {

/// The same layers with the shapes and parameters of one rank. Sequence parallelism also divides the
/// positions of whole element-wise layers (arXiv 2205.05198); experts are spread over expert ranks, each
/// still seeing as many rows, times the capacity.
workloads::Model shard_model(const workloads::Model& model, const Parallelism& parallel);

}  // namespace scalesim::sim
