// Memory of one GPU, by purpose. MemoryModel is memory_use() asked many times: what depends on the layers is
// added up once for each way to divide them among tensor ranks; the rest is a handful of products.
#pragma once

#include <cstdint>
#include <string>

#include "workloads/compute/settings.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {

/// Bytes on one GPU, by purpose. Shards: `zero_stage` 0-3 over `data_parallel`, model divided by
/// `model_parallel`.
struct MemoryUse {
  Bytes weights{}, gradients{}, optimizer{}, activations{}, buffers{};
  Bytes total() const { return weights + gradients + optimizer + activations + buffers; }
  std::string largest() const;  ///< name of the largest part
};
struct Sharding {
  int zero_stage = 0;
  int data_parallel = 1;
  int tensor_parallel = 1;
  int pipeline_parallel = 1;
  int microbatches_in_flight = 1;
  bool sequence_parallel = false;  ///< tensor parallelism also divides what lies between its layers
};
/// Weights in the precision, gradients in fp32, optimizer state and master weights in fp32; activations as
/// workloads/model/counts.h keeps them; buffers are copies for communication, the backward pass's working
/// set, the CUDA context and fragmentation.
MemoryUse memory_use(const Model& model, const ComputeSettings& settings, const Sharding& sharding);

/// Immutable, so any number of threads may use one.
class MemoryModel {
 public:
  /// `settings.batch` is not used.
  MemoryModel(const Model& model, const ComputeSettings& settings, int tensor_parallel,
              bool sequence_parallel);

  /// As memory_use() with micro-batches of `batch` samples; the tensor ranks are those of the construction.
  MemoryUse use(const Sharding& sharding, std::int64_t batch) const;

  /// The layers before, in and after the repeated blocks.
  struct Span {
    double front = 0, blocks = 0, back = 0;
    double largest_block = 0;
    int count = 0;  ///< blocks
    /// The pipeline stage with most of it: an even share of the blocks, and the embedding or the head.
    double heaviest_stage(int stages) const;
    double share(int stages) const;
  };

 private:
  double parameters_per_gpu(const Sharding& sharding) const;
  double recomputed_activations(const Sharding& sharding) const;
  double training_activations(const Sharding& sharding, double batch) const;
  double inference_activations(const Sharding& sharding, double batch) const;
  double communication_buffers(const MemoryUse& use, const Sharding& sharding) const;

  ComputeSettings settings_;
  int tensor_parallel_;
  bool sequence_parallel_, transformer_;
  double all_parameters_;
  Span parameters_;                       ///< whole, not yet divided
  Span kept_;                             ///< bytes kept for the backward pass, one sample
  double block_inputs_ = 0, widest_ = 0;  ///< elements, one sample
  double alive_ = 0, cache_ = 0;          ///< inference: elements, one sample
};

}  // namespace scalesim::workloads
