// Memory of one GPU: what ZeRO (arXiv 1910.02054) and tensor and pipeline parallelism (arXiv 2205.05198)
// leave on it.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/error.h"
#include "workloads/counts.h"
#include "workloads/step.h"

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

/// The layers before, in and after the repeated blocks.
struct Span {
  double front = 0, blocks = 0, back = 0;
  double largest_block = 0;
  int count = 0;  ///< blocks
  /// The pipeline stage with most of it: an even share of the blocks, and the embedding or the head.
  double heaviest_stage(int stages) const {
    if (stages <= 1 || count == 0) return front + blocks + back;
    return blocks * share(stages) + std::max(front, back);
  }
  double share(int stages) const { return static_cast<double>((count + stages - 1) / stages) / count; }
};

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

/// With tied embeddings the first and the last stage hold the table each; one GPU that has both holds it
/// once.
double parameters_per_gpu(const Model& model, const Sharding& sharding) {
  const double all = static_cast<double>(model.parameter_count());
  const double stage =
      sharding.pipeline_parallel > 1 ? parameter_span(model).heaviest_stage(sharding.pipeline_parallel) : all;
  return std::min(stage, all) / sharding.tensor_parallel;
}

/// Which outputs tensor parallelism divides: from a column-parallel layer up to the row-parallel one that
/// sums again.
std::vector<bool> divided_outputs(const Model& model) {
  auto is_row_parallel = [](const std::string& name) {
    for (std::string_view end : {"o_proj", "down_proj", "router", "pooler"}) {
      if (name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0)
        return true;
    }
    return false;
  };
  std::vector<bool> divided(model.layers.size(), false);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    if (layer.op == Op::linear) {
      divided[i] = !is_row_parallel(layer.name);
    } else if (layer.op == Op::attention) {
      divided[i] = true;
    } else if (layer.op != Op::layer_norm) {
      for (int source : layer.sources)
        divided[i] = divided[i] || (source >= 0 && divided[static_cast<std::size_t>(source)]);
    }
  }
  return divided;
}

/// A layer's kept bytes are those of the tensors it reads (or of its own output), so it divides as they do.
bool keeps_divided(const Model& model, std::size_t index, const std::vector<bool>& divided) {
  const Layer& layer = model.layers[index];
  if (layer.op == Op::attention || layer.op == Op::softmax || layer.op == Op::activation)
    return divided[index];
  for (int source : layer.sources) {
    if (source >= 0 && divided[static_cast<std::size_t>(source)]) return true;
  }
  return false;
}

std::vector<double> kept(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  const bool scores = !settings.flash_attention && settings.recompute != Recompute::selective;
  auto bytes = kept_for_backward(model, {element_bytes(settings.precision), !scores});
  if (sharding.tensor_parallel > 1 && model.transformer) {
    const std::vector<bool> divided = divided_outputs(model);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (sharding.sequence_parallel || keeps_divided(model, i, divided))
        bytes[i] /= sharding.tensor_parallel;
    }
  }
  return bytes;
}

/// Full recompute keeps each block's input and, while a block runs backward, all of that one block.
double recomputed_activations(const Model& model, const Span& span, double bytes_per_element,
                              const Sharding& sharding) {
  double inputs = 0;
  int current = -1;
  for (const Layer& layer : model.layers) {
    if (layer.block >= 0 && layer.block != current) inputs += static_cast<double>(layer.input.elements());
    current = layer.block;
  }
  const bool split = model.transformer && sharding.sequence_parallel;
  inputs *= bytes_per_element / (split ? sharding.tensor_parallel : 1);
  return (span.front + inputs * span.share(sharding.pipeline_parallel)) * sharding.microbatches_in_flight +
         span.largest_block + (sharding.pipeline_parallel == 1 ? span.back : 0);
}

double training_activations(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  const std::vector<double> bytes = kept(model, settings, sharding);
  const Span span = spread(model, [&](std::size_t i) { return bytes[i]; });
  const auto batch = static_cast<double>(settings.batch);
  if (settings.recompute == Recompute::full && span.count > 0) {
    return batch * recomputed_activations(model, span, element_bytes(settings.precision), sharding);
  }
  if (sharding.pipeline_parallel == 1)
    return batch * (span.front + span.blocks + span.back) * sharding.microbatches_in_flight;
  // The first stage holds most micro-batches; the last has the head but only one of them.
  const double blocks = span.blocks * span.share(sharding.pipeline_parallel);
  return batch * std::max((span.front + blocks) * sharding.microbatches_in_flight, blocks + span.back);
}

/// Inference frees what it no longer needs: the largest input and output that live at once, and a decoder's
/// keys and values.
double inference_activations(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  double largest = 0;
  for (const Layer& layer : model.layers) {
    largest = std::max(largest,
                       static_cast<double>(layer.inputs * layer.input.elements() + layer.output.elements()));
  }
  double cache = 0;
  if (model.transformer && model.transformer->causal && model.tokens_per_sample > 0) {
    const TransformerShape& s = *model.transformer;
    cache = 2.0 * static_cast<double>(s.layers * s.kv_heads * s.head_dim * s.sequence);
  }
  const double shards = static_cast<double>(sharding.tensor_parallel) * sharding.pipeline_parallel;
  return (largest / sharding.tensor_parallel + cache / shards) * static_cast<double>(settings.batch) *
         element_bytes(settings.precision);
}

/// Gradients of activations while they pass through the widest layer.
double backward_working_set(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  double largest = 0;
  for (const Layer& layer : model.layers) {
    const double divisor = layer.op == Op::linear || layer.op == Op::softmax ? sharding.tensor_parallel : 1;
    largest = std::max(largest, static_cast<double>(layer.output.elements()) / divisor);
  }
  return 2 * largest * static_cast<double>(settings.batch) * element_bytes(settings.precision);
}

/// Copies made to communicate: DDP's buckets mirror the gradients; ZeRO-3 gathers a block while it prefetches
/// the next.
double communication_buffers(const Model& model, const MemoryUse& use, double weight_bytes,
                             const Sharding& sharding) {
  if (sharding.data_parallel <= 1) return 0;
  if (sharding.zero_stage == 0) return use.gradients.value();
  if (sharding.zero_stage < 3) return 0;
  const Span span = parameter_span(model);
  const double unit = span.count > 0 ? std::max({span.largest_block, span.front, span.back}) : span.front;
  return 2 * unit * weight_bytes / sharding.tensor_parallel;
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

MemoryUse memory_use(const Model& model, const ComputeSettings& settings, const Sharding& sharding) {
  SCALESIM_CHECK(sharding.data_parallel >= 1 && sharding.tensor_parallel >= 1 &&
                 sharding.pipeline_parallel >= 1 && sharding.microbatches_in_flight >= 1);
  const double weight_bytes = element_bytes(settings.precision);
  const double parameters = parameters_per_gpu(model, sharding);
  auto shard = [&](int stage) { return sharding.zero_stage >= stage ? sharding.data_parallel : 1; };
  MemoryUse use;
  use.weights = Bytes(parameters * weight_bytes / shard(3));
  if (settings.mode == Mode::inference) {
    use.activations = Bytes(inference_activations(model, settings, sharding));
    use.buffers = Bytes(kContextBytes + kFragmentation * use.activations.value());
    return use;
  }
  use.gradients = Bytes(parameters * 4 / shard(2));
  use.optimizer = Bytes(parameters * optimizer_bytes(settings.optimizer, weight_bytes) / shard(1));
  use.activations = Bytes(training_activations(model, settings, sharding));
  use.buffers =
      Bytes(communication_buffers(model, use, weight_bytes, sharding) + kContextBytes +
            backward_working_set(model, settings, sharding) + kFragmentation * use.activations.value());
  return use;
}

}  // namespace scalesim::workloads
