// Divides shapes; nothing here knows a time.
#include "sim/work/shard_model.h"

#include <algorithm>
#include <string_view>

namespace scalesim::sim {
namespace {

using workloads::Layer;
using workloads::Model;
using workloads::Op;

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) {
    return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
  });
}

bool is_column(const Layer& layer) {
  return layer.op == Op::linear && ends_with_any(layer.name, {"q_proj", "k_proj", "v_proj", "qkv_proj",
                                                              "up_proj", "gate_proj", "lm_head"});
}

bool is_row(const Layer& layer) {
  return layer.op == Op::linear && ends_with_any(layer.name, {"o_proj", "down_proj"});
}

void divide_input(Layer& layer, std::int64_t by) { layer.input.channels /= by; }
void divide_output(Layer& layer, std::int64_t by) { layer.output.channels /= by; }

void divide_parameters(Layer& layer, std::int64_t by, bool only_matrices) {
  for (workloads::Parameter& parameter : layer.parameters)
    if (!only_matrices || parameter.name != "bias") parameter.elements = (parameter.elements + by - 1) / by;
}

void cut_tensor(Layer& layer, Cut cut, std::int64_t by) {
  if (cut == Cut::whole) {
    if (layer.op == Op::embedding) divide_parameters(layer, by, false);  // rows of the table over ranks
    return;
  }
  if (cut != Cut::column) divide_input(layer, by);
  if (cut != Cut::row) divide_output(layer, by);
  divide_parameters(layer, by, cut == Cut::row);
  if (cut == Cut::column) layer.n = std::max<std::int64_t>(1, layer.n / by);
  if (cut == Cut::row) layer.k /= by;
  if (cut == Cut::inside && (layer.op == Op::attention || layer.op == Op::matmul)) layer.batch /= by;
}

/// Queries are divided; keys and values of the whole sequence still pass by (ring) or heads are divided
/// instead (all-to-all): the arithmetic is the same.
void cut_context(Layer& layer, std::int64_t by) {
  layer.input.width = std::max<std::int64_t>(1, layer.input.width / by);
  layer.output.width = std::max<std::int64_t>(1, layer.output.width / by);
  if (layer.op == Op::linear || layer.op == Op::attention || layer.op == Op::matmul)
    layer.m = std::max<std::int64_t>(1, layer.m / by);
}

void cut_sequence(Layer& layer, Cut cut, std::int64_t by) {
  const bool positions = layer.op == Op::layer_norm || layer.op == Op::dropout || layer.op == Op::add;
  if (cut != Cut::whole || !positions) return;
  layer.input.width = std::max<std::int64_t>(1, layer.input.width / by);
  layer.output.width = std::max<std::int64_t>(1, layer.output.width / by);
}

void cut_experts(Layer& layer, std::int64_t by, double capacity) {
  if (layer.kind != "experts") return;
  layer.groups = std::max<std::int64_t>(1, layer.groups / by);
  layer.parameters.resize(std::max<std::size_t>(1, layer.parameters.size() / static_cast<std::size_t>(by)));
  layer.m = static_cast<std::int64_t>(static_cast<double>(layer.m) * capacity);
  layer.active_fraction = std::min(1.0, layer.active_fraction * static_cast<double>(by));
}

}  // namespace

std::vector<Cut> tensor_cuts(const Model& model) {
  std::vector<Cut> cuts(model.layers.size(), Cut::whole);
  if (!model.transformer) return cuts;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    const auto divided = [&](int source) {
      return source >= 0 && (cuts[static_cast<std::size_t>(source)] == Cut::column ||
                             cuts[static_cast<std::size_t>(source)] == Cut::inside);
    };
    if (is_column(layer)) {
      cuts[i] = Cut::column;
    } else if (is_row(layer)) {
      cuts[i] = Cut::row;
    } else if (std::any_of(layer.sources.begin(), layer.sources.end(), divided)) {
      cuts[i] = Cut::inside;
    }
  }
  return cuts;
}

Model shard_model(const Model& model, const Parallelism& parallel) {
  if (!model.transformer) return model;
  Model shard = model;
  const std::vector<Cut> cuts = tensor_cuts(model);
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
