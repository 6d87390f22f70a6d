// Memory of one GPU: what ZeRO (arXiv 1910.02054) and tensor and pipeline parallelism (arXiv 2205.05198)
// leave on it.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/error.h"
#include "workloads/memory/memory.h"
#include "workloads/model/counts.h"
#include "workloads/model/tensor_cut.h"

namespace scalesim::workloads {
namespace {

/// CUDA context and kernels, and the workspaces of cuDNN and cuBLAS. From memory: 0.3 to 0.8 GB.
constexpr double kContextBytes = 500e6;
/// What PyTorch's caching allocator cannot use between tensors of unlike sizes. From memory: 2 to 10 %.
constexpr double kFragmentation = 0.05;

double element_bytes(topology::Precision precision) {
  return precision == topology::Precision::fp32 || precision == topology::Precision::tf32 ? 4 : 2;
}

/// Bytes of optimizer state per parameter: fp32 moments, and an fp32 master copy when the weights are
/// shorter.
double optimizer_bytes(Optimizer optimizer, double weight_bytes) {
  const double moments = optimizer == Optimizer::adam ? 8 : optimizer == Optimizer::momentum ? 4 : 0;
  return moments + (weight_bytes < 4 ? 4 : 0);
}

using Span = MemoryModel::Span;

template <class Value>
Span spread(const Model& model, Value value) {
  Span span;
  double block = 0;
  int current = -1;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const int index = model.layers[i].block;
    const double bytes = value(i);
    if (index < 0) {
      (span.count == 0 ? span.front : span.back) += bytes;
      continue;
    }
    if (index != current) block = 0, current = index, ++span.count;
    block += bytes;
    span.blocks += bytes;
    span.largest_block = std::max(span.largest_block, block);
  }
  return span;
}

Span parameter_span(const Model& model) {
  Span span =
      spread(model, [&](std::size_t i) { return static_cast<double>(model.layers[i].parameter_count()); });
  const bool tied = model.transformer && model.transformer->tied_embeddings && model.transformer->causal;
  if (tied) span.back += static_cast<double>(model.transformer->vocabulary * model.transformer->hidden);
  return span;
}

/// A layer's kept bytes are those of the tensors it reads (or of its own output), so it divides as they do.
bool keeps_divided(const Model& model, std::size_t index, const std::vector<TensorCut>& cuts) {
  const Layer& layer = model.layers[index];
  if (layer.op == Op::attention || layer.op == Op::softmax || layer.op == Op::activation)
    return divides_output(cuts[index]);
  return std::any_of(layer.sources.begin(), layer.sources.end(), [&](int source) {
    return source >= 0 && divides_output(cuts[static_cast<std::size_t>(source)]);
  });
}

std::vector<double> kept(const Model& model, const ComputeSettings& settings, int tensor_parallel,
                         bool sequence_parallel) {
  const bool scores = !settings.flash_attention && settings.recompute != Recompute::selective;
  auto bytes = kept_for_backward(model, {element_bytes(settings.precision), !scores});
  if (tensor_parallel > 1 && model.transformer) {
    const std::vector<TensorCut> cuts = tensor_cuts(model);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (sequence_parallel || keeps_divided(model, i, cuts)) bytes[i] /= tensor_parallel;
    }
  }
  return bytes;
}

/// Elements that enter the blocks, one sample.
double block_inputs(const Model& model) {
  double inputs = 0;
  int current = -1;
  for (const Layer& layer : model.layers) {
    if (layer.block >= 0 && layer.block != current) inputs += static_cast<double>(layer.input.elements());
    current = layer.block;
  }
  return inputs;
}

/// Inference frees what it no longer needs: the largest input and output that live at once.
double largest_alive(const Model& model) {
  double largest = 0;
  for (const Layer& layer : model.layers) {
    largest = std::max(largest,
                       static_cast<double>(layer.inputs * layer.input.elements() + layer.output.elements()));
  }
  return largest;
}

/// A decoder's keys and values, elements of one sample.
double cached_keys(const Model& model) {
  if (!model.transformer || !model.transformer->causal || model.tokens_per_sample == 0) return 0;
  const TransformerShape& s = *model.transformer;
  return 2.0 * static_cast<double>(s.layers * s.kv_heads * s.head_dim * s.sequence);
}

/// Output of the widest layer, where the gradients of activations pass through.
double widest_output(const Model& model, int tensor_parallel) {
  double largest = 0;
  for (const Layer& layer : model.layers) {
    const double divisor = layer.op == Op::linear || layer.op == Op::softmax ? tensor_parallel : 1;
    largest = std::max(largest, static_cast<double>(layer.output.elements()) / divisor);
  }
  return largest;
}

}  // namespace

std::string MemoryUse::largest() const {
  const std::array<std::pair<double, const char*>, 5> parts = {{{weights.value(), "weights"},
                                                                {gradients.value(), "gradients"},
                                                                {optimizer.value(), "optimizer"},
                                                                {activations.value(), "activations"},
                                                                {buffers.value(), "buffers"}}};
  return std::max_element(parts.begin(), parts.end(), [](auto& a, auto& b) { return a.first < b.first; })
      ->second;
}

double MemoryModel::Span::share(int stages) const {
  return static_cast<double>((count + stages - 1) / stages) / count;
}

double MemoryModel::Span::heaviest_stage(int stages) const {
  if (stages <= 1 || count == 0) return front + blocks + back;
  return blocks * share(stages) + std::max(front, back);
}

MemoryModel::MemoryModel(const Model& model, const ComputeSettings& settings, int tensor_parallel,
                         bool sequence_parallel)
    : settings_(settings),
      tensor_parallel_(tensor_parallel),
      sequence_parallel_(sequence_parallel),
      transformer_(model.transformer.has_value()),
      all_parameters_(static_cast<double>(model.parameter_count())),
      parameters_(parameter_span(model)) {
  SCALESIM_CHECK(tensor_parallel >= 1);
  if (settings.mode == Mode::inference) {
    alive_ = largest_alive(model);
    cache_ = cached_keys(model);
    return;
  }
  const std::vector<double> bytes = kept(model, settings, tensor_parallel, sequence_parallel);
  kept_ = spread(model, [&](std::size_t i) { return bytes[i]; });
  block_inputs_ = block_inputs(model);
  widest_ = widest_output(model, tensor_parallel);
}

/// With tied embeddings the first and the last stage hold the table each; one GPU that has both holds it
/// once.
double MemoryModel::parameters_per_gpu(const Sharding& sharding) const {
  const double stage = sharding.pipeline_parallel > 1 ? parameters_.heaviest_stage(sharding.pipeline_parallel)
                                                      : all_parameters_;
  return std::min(stage, all_parameters_) / tensor_parallel_;
}

/// Full recompute keeps each block's input and, while a block runs backward, all of that one block.
double MemoryModel::recomputed_activations(const Sharding& sharding) const {
  const bool split = transformer_ && sequence_parallel_;
  const double inputs = block_inputs_ * (element_bytes(settings_.precision) / (split ? tensor_parallel_ : 1));
  return (kept_.front + inputs * kept_.share(sharding.pipeline_parallel)) * sharding.microbatches_in_flight +
         kept_.largest_block + (sharding.pipeline_parallel == 1 ? kept_.back : 0);
}

double MemoryModel::training_activations(const Sharding& sharding, double batch) const {
  if (settings_.recompute == Recompute::full && kept_.count > 0)
    return batch * recomputed_activations(sharding);
  if (sharding.pipeline_parallel == 1)
    return batch * (kept_.front + kept_.blocks + kept_.back) * sharding.microbatches_in_flight;
  // The first stage holds most micro-batches; the last has the head but only one of them.
  const double blocks = kept_.blocks * kept_.share(sharding.pipeline_parallel);
  return batch * std::max((kept_.front + blocks) * sharding.microbatches_in_flight, blocks + kept_.back);
}

double MemoryModel::inference_activations(const Sharding& sharding, double batch) const {
  const double shards = static_cast<double>(tensor_parallel_) * sharding.pipeline_parallel;
  return (alive_ / tensor_parallel_ + cache_ / shards) * batch * element_bytes(settings_.precision);
}

/// Copies made to communicate: DDP's buckets mirror the gradients; ZeRO-3 gathers a block while it prefetches
/// the next.
double MemoryModel::communication_buffers(const MemoryUse& use, const Sharding& sharding) const {
  if (sharding.data_parallel <= 1) return 0;
  if (sharding.zero_stage == 0) return use.gradients.value();
  if (sharding.zero_stage < 3) return 0;
  const Span& span = parameters_;
  const double unit = span.count > 0 ? std::max({span.largest_block, span.front, span.back}) : span.front;
  return 2 * unit * element_bytes(settings_.precision) / tensor_parallel_;
}

MemoryUse MemoryModel::use(const Sharding& sharding, std::int64_t batch_size) const {
  SCALESIM_CHECK(sharding.data_parallel >= 1 && sharding.pipeline_parallel >= 1 &&
                 sharding.microbatches_in_flight >= 1);
  const auto batch = static_cast<double>(batch_size);
  const double weight_bytes = element_bytes(settings_.precision);
  const double parameters = parameters_per_gpu(sharding);
  auto shard = [&](int stage) { return sharding.zero_stage >= stage ? sharding.data_parallel : 1; };
  MemoryUse use;
  use.weights = Bytes(parameters * weight_bytes / shard(3));
  if (settings_.mode == Mode::inference) {
    use.activations = Bytes(inference_activations(sharding, batch));
    use.buffers = Bytes(kContextBytes + kFragmentation * use.activations.value());
    return use;
  }
  use.gradients = Bytes(parameters * 4 / shard(2));
  use.optimizer = Bytes(parameters * optimizer_bytes(settings_.optimizer, weight_bytes) / shard(1));
  use.activations = Bytes(training_activations(sharding, batch));
  use.buffers = Bytes(communication_buffers(use, sharding) + kContextBytes +
                      2 * widest_ * batch * weight_bytes + kFragmentation * use.activations.value());
  return use;
}

MemoryUse memory_use(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  return MemoryModel(model, settings, sharding.tensor_parallel, sharding.sequence_parallel)
      .use(sharding, settings.batch);
}

}  // namespace scalesim::workloads
