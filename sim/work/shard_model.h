// The part of a transformer that one rank computes: layers divided over tensor, context and expert ranks.
#pragma once

#include "sim/scenario/scenario.h"
#include "workloads/model/model.h"

namespace scalesim::sim {

/// How a layer takes part in tensor parallelism (Megatron-LM, arXiv 1909.08053).
enum class Cut {
  whole,   ///< every tensor rank computes all of it
  column,  ///< output channels are divided; its input is whole
  row,     ///< input channels are divided; its output is a sum over ranks
  inside,  ///< between a column and a row cut: all channels are divided
};

/// One entry per layer. Column: query, key, value, up, gate and head projections; row: output and down
/// projections; inside: what reads divided tensors. All `whole` when the model is not a transformer.
std::vector<Cut> tensor_cuts(const workloads::Model& model);

/// The same layers with the shapes and parameters of one rank. Sequence parallelism also divides the
/// positions of whole element-wise layers (arXiv 2205.05198); experts are spread over expert ranks, each
/// still seeing as many rows, times the capacity.
workloads::Model shard_model(const workloads::Model& model, const Parallelism& parallel);

}  // namespace scalesim::sim
