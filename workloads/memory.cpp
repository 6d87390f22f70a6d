// Bytes of one GPU during a step, by purpose.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "workloads/step.h"

namespace scalesim::workloads {
namespace {

/// Which tensors autograd keeps until backward. A tensor is the output of a layer; kInput is the model's own
/// input.
constexpr int kInput = -1;

bool keeps_input(const Layer& layer) {
  switch (layer.op) {
    case Op::conv:
    case Op::linear:
    case Op::matmul:
    case Op::attention:
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::scan:
      return true;
    case Op::activation:
      return !layer.in_place && layer.kind != "relu";  // smooth ones need their argument
    case Op::pool:
      return layer.kind.find("max") != std::string::npos;
    default:
      return false;
  }
}

bool keeps_output(const Layer& layer) {
  return layer.op == Op::softmax || layer.op == Op::attention ||
         (layer.op == Op::activation && !keeps_input(layer)) || layer.op == Op::dropout;
}

/// Elements per sample kept for backward, each tensor once however many layers need it.
double kept_elements(const Model& model) {
  std::set<int> kept;
  const auto add_sources = [&](int index, const Layer& layer) {
    if (layer.sources.empty()) kept.insert(index - 1);
    for (const int source : layer.sources) kept.insert(source);
  };
  for (int i = 0; i < static_cast<int>(model.layers.size()); ++i) {
    const Layer& layer = model.layers[static_cast<std::size_t>(i)];
    if (keeps_input(layer)) add_sources(i, layer);
    if (keeps_output(layer)) kept.insert(i);
  }
  double elements = 0;
  for (const int tensor : kept)
    elements += static_cast<double>(tensor == kInput
                                        ? model.input.elements()
                                        : model.layers[static_cast<std::size_t>(tensor)].output.elements());
  return elements;
}

/// Full recomputation keeps one tensor per block and lives through one block at a time (Chen et al. 2016);
/// selective drops what attention keeps between its products (Korthikanti et al. 2022, section 5).
double kept_with_recompute(const Model& model, Recompute recompute) {
  const double all = kept_elements(model);
  if (recompute == Recompute::none) return all;
  if (recompute == Recompute::selective) {
    double attention = 0;
    for (const Layer& layer : model.layers)
      if (layer.op == Op::softmax || layer.op == Op::matmul)
        attention += static_cast<double>(layer.output.elements());
    return std::max(0.0, all - attention);
  }
  std::set<int> blocks;
  double borders = 0;
  for (const Layer& layer : model.layers)
    if (layer.block >= 0 && blocks.insert(layer.block).second)
      borders += static_cast<double>(layer.input.elements());
  const double one_block = blocks.empty() ? all : all / static_cast<double>(blocks.size());
  return std::min(all, borders + one_block);
}

double optimizer_bytes(Optimizer optimizer) {
  switch (optimizer) {
    case Optimizer::sgd:
      return 0;
    case Optimizer::momentum:
      return 4;
    case Optimizer::adam:
      return 8;
  }
  return 0;
}

/// CUDA context, library workspaces and the allocator's rounding (about 1 GB and a twentieth; measured range
/// of the PyTorch memory summaries we know of, from memory).
constexpr double kContextBytes = 1e9;
constexpr double kFragmentation = 0.05;

}  // namespace

MemoryUse memory_use(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  const bool training = settings.mode == Mode::training;
  const bool half = bytes_per_element(settings.precision) < Bytes(4);
  const double parameters =
      static_cast<double>(model.parameter_count()) / (sharding.tensor_parallel * sharding.pipeline_parallel);
  const auto shared_from = [&](int stage) {
    return sharding.zero_stage >= stage ? sharding.data_parallel : 1;
  };
  MemoryUse use;
  // Mixed precision keeps fp32 parameters and casts them to 2 bytes for each step.
  use.weights =
      Bytes(parameters * (training ? 4 + (half ? 2 : 0) : bytes_per_element(settings.precision).value()) /
            shared_from(3));
  if (training) {
    use.gradients = Bytes(parameters * 4 / shared_from(2));
    use.optimizer = Bytes(parameters * optimizer_bytes(settings.optimizer) / shared_from(1));
  }
  const double batch = static_cast<double>(settings.batch);
  double elements = 0;
  if (training) {
    elements = kept_with_recompute(model, settings.recompute) /
               (sharding.tensor_parallel * sharding.pipeline_parallel) * sharding.microbatches_in_flight;
  } else {
    for (const Layer& layer : model.layers)
      elements = std::max(elements, static_cast<double>(layer.input.elements() + layer.output.elements()));
  }
  use.activations = bytes_per_element(settings.precision) * (elements * batch);
  use.buffers =
      Bytes(kContextBytes) + (use.weights + use.gradients + use.optimizer + use.activations) * kFragmentation;
  return use;
}

std::string MemoryUse::largest() const {
  const std::array<std::pair<const char*, Bytes>, 5> parts = {{{"weights", weights},
                                                               {"gradients", gradients},
                                                               {"optimizer state", optimizer},
                                                               {"activations", activations},
                                                               {"buffers", buffers}}};
  return std::max_element(parts.begin(), parts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

}  // namespace scalesim::workloads
