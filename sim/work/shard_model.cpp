// Divides shapes; nothing here knows a time.
#include "sim/work/shard_model.h"

#include <algorithm>

#include "workloads/model/tensor_cut.h"

namespace scalesim::sim {
namespace {

using workloads::Layer;
using workloads::Model;
using workloads::Op;
using workloads::TensorCut;

void divide_input(Layer& layer, std::int64_t by) { layer.input.channels /= by; }
void divide_output(Layer& layer, std::int64_t by) { layer.output.channels /= by; }

void divide_parameters(Layer& layer, std::int64_t by, bool only_matrices) {
  for (workloads::Parameter& parameter : layer.parameters)
    if (!only_matrices || parameter.name != "bias") parameter.elements = (parameter.elements + by - 1) / by;
}

void cut_tensor(Layer& layer, TensorCut cut, std::int64_t by) {
  if (cut == TensorCut::replicated) {
    if (layer.op == Op::embedding) divide_parameters(layer, by, false);  // rows of the table over ranks
    return;
  }
  if (cut != TensorCut::column) divide_input(layer, by);
  if (cut != TensorCut::row) divide_output(layer, by);
  divide_parameters(layer, by, cut == TensorCut::row);
  if (cut == TensorCut::column) layer.n = std::max<std::int64_t>(1, layer.n / by);
  if (cut == TensorCut::row) layer.k /= by;
  if (cut == TensorCut::inherited && (layer.op == Op::attention || layer.op == Op::matmul)) layer.batch /= by;
}

/// Queries are divided; keys and values of the whole sequence still pass by (ring) or heads are divided
/// instead (all-to-all): the arithmetic is the same.
void cut_context(Layer& layer, std::int64_t by) {
  layer.input.width = std::max<std::int64_t>(1, layer.input.width / by);
  layer.output.width = std::max<std::int64_t>(1, layer.output.width / by);
  if (layer.op == Op::linear || layer.op == Op::attention || layer.op == Op::matmul)
    layer.m = std::max<std::int64_t>(1, layer.m / by);
}

void cut_sequence(Layer& layer, TensorCut cut, std::int64_t by) {
  const bool positions = layer.op == Op::layer_norm || layer.op == Op::dropout || layer.op == Op::add;
  if (cut != TensorCut::replicated || !positions) return;
  layer.input.width = std::max<std::int64_t>(1, layer.input.width / by);
  layer.output.width = std::max<std::int64_t>(1, layer.output.width / by);
}

void cut_experts(Layer& layer, std::int64_t by, double capacity) {
  if (!layer.experts) return;
  layer.groups = std::max<std::int64_t>(1, layer.groups / by);
  layer.parameters.resize(std::max<std::size_t>(1, layer.parameters.size() / static_cast<std::size_t>(by)));
  layer.m = static_cast<std::int64_t>(static_cast<double>(layer.m) * capacity);
  layer.active_fraction = std::min(1.0, layer.active_fraction * static_cast<double>(by));
}

}  // namespace

Model shard_model(const Model& model, const Parallelism& parallel) {
  if (!model.transformer) return model;
  Model shard = model;
  const std::vector<TensorCut> cuts = tensor_cuts(model);
  for (std::size_t i = 0; i < shard.layers.size(); ++i) {
    Layer& layer = shard.layers[i];
    if (parallel.context > 1) cut_context(layer, parallel.context);
    if (parallel.tensor > 1) cut_tensor(layer, cuts[i], parallel.tensor);
    if (parallel.tensor > 1 && parallel.sequence_parallel) cut_sequence(layer, cuts[i], parallel.tensor);
    cut_experts(layer, parallel.expert, parallel.expert_capacity);
  }
  return shard;
}

}  // namespace scalesim::sim
