// Folding equal layers of a model into one.
#include "workloads/compute/layer_plan.h"

#include <array>
#include <unordered_map>

namespace scalesim::workloads {
namespace {

/// Everything about a layer and its surroundings that its time depends on.
using Key = std::array<std::int64_t, 22>;

Key key_of(const Layer& l, const LayerContext& c) {
  const std::int64_t kind = l.kind.empty() ? 0 : (l.kind.front() << 8) + static_cast<int>(l.kind.size());
  return {static_cast<std::int64_t>(l.op),
          kind,
          l.input.channels,
          l.input.height,
          l.input.width,
          l.output.channels,
          l.output.height,
          l.output.width,
          l.kernel_h,
          l.kernel_w,
          l.stride,
          l.groups,
          l.inputs,
          l.batch,
          l.m,
          l.n,
          l.k,
          c.first,
          c.fused,
          c.consumers,
          c.recomputed,
          c.wide};
}

struct Hash {
  std::size_t operator()(const Key& key) const {
    std::size_t hash = 1469598103934665603u;  // FNV-1a over whole words
    for (const std::int64_t word : key) hash = (hash ^ static_cast<std::size_t>(word)) * 1099511628211u;
    return hash;
  }
};

bool element_wise(const Layer& layer) {
  return layer.op == Op::batch_norm || layer.op == Op::activation || layer.op == Op::add ||
         layer.op == Op::dropout;
}

/// The layer whose output `index` reads first; -1 for the model's input. Layers without sources are a chain.
int source_of(const Model& model, std::size_t index) {
  const std::vector<int>& sources = model.layers[index].sources;
  return sources.empty() ? static_cast<int>(index) - 1 : sources.front();
}

std::vector<int> count_consumers(const Model& model) {
  std::vector<int> consumers(model.layers.size(), 0);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const std::vector<int>& sources = model.layers[i].sources;
    if (sources.empty() && i > 0) ++consumers[i - 1];
    for (const int source : sources) {
      if (source >= 0) ++consumers.at(static_cast<std::size_t>(source));
    }
  }
  return consumers;
}

bool recomputed(const Layer& layer, const Model& model, Recompute recompute) {
  if (recompute == Recompute::full) return layer.block >= 0 || !model.transformer;
  const bool core_attention = layer.op == Op::attention || layer.op == Op::softmax || layer.op == Op::matmul;
  return recompute == Recompute::selective && core_attention;
}

LayerContext context_of(const Model& model, std::size_t index, const std::vector<int>& consumers,
                        const ComputeSettings& settings) {
  const int source = source_of(model, index);
  LayerContext context;
  context.first = source < 0;
  context.consumers = consumers[index];
  context.recomputed = recomputed(model.layers[index], model, settings.recompute);
  // FP8 is for the dense layers of the blocks; the head and attention stay wider (Transformer Engine).
  context.wide =
      settings.precision == topology::Precision::fp8 &&
      (model.layers[index].op != Op::linear || (model.transformer && model.layers[index].block < 0));
  context.fused = settings.compiled && source >= 0 && element_wise(model.layers[index]) &&
                  element_wise(model.layers[static_cast<std::size_t>(source)]) &&
                  consumers[static_cast<std::size_t>(source)] == 1;
  return context;
}

}  // namespace

LayerPlan plan_layers(const Model& model, const ComputeSettings& settings) {
  LayerPlan plan;
  plan.index.reserve(model.layers.size());
  const std::vector<int> consumers = count_consumers(model);
  std::unordered_map<Key, int, Hash> known;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    const LayerContext context = context_of(model, i, consumers, settings);
    const auto [entry, added] =
        known.try_emplace(key_of(layer, context), static_cast<int>(plan.distinct.size()));
    if (added) {
      plan.distinct.push_back({layer, context, 0});
    }
    plan.distinct[static_cast<std::size_t>(entry->second)].count += 1;
    plan.index.push_back(entry->second);
    plan.parameters += static_cast<double>(layer.parameter_count());
  }
  return plan;
}

}  // namespace scalesim::workloads
