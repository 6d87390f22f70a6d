// Time and memory of one training step (or inference) on one GPU, layer by layer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/provenance.h"
#include "topology/gpu.h"
#include "workloads/model.h"

namespace scalesim::workloads {

enum class Layout { nchw, nhwc };
enum class Mode { training, inference };
enum class Optimizer { sgd, momentum, adam };
enum class Recompute { none, selective, full };
enum class Bound { arithmetic, memory, launch };
std::string_view to_text(Layout);
std::string_view to_text(Mode);
std::string_view to_text(Optimizer);
std::string_view to_text(Recompute);
std::string_view to_text(Bound);
Layout parse_layout(std::string_view text);
Mode parse_mode(std::string_view text);
Optimizer parse_optimizer(std::string_view text);
Recompute parse_recompute(std::string_view text);

struct ComputeSettings {
  topology::Precision precision = topology::Precision::fp16;
  Layout layout = Layout::nhwc;
  bool compiled = false;
  Mode mode = Mode::training;
  Optimizer optimizer = Optimizer::momentum;
  Recompute recompute = Recompute::none;
  bool flash_attention = true;  ///< attention in one kernel that never writes the scores to memory
  std::int64_t batch = 32;      ///< samples per GPU and micro-step
  std::string stack;  ///< software stack whose calibration is used; empty: the default of the precision
};

/// Times of one layer for the whole batch; kernels only, the host's launch limit is in StepTime.
struct LayerTime {
  Seconds forward{};
  Seconds backward{};  ///< input and weight gradients together; 0 for inference
  Bound bound = Bound::memory;
};

struct StepTime {
  std::vector<LayerTime> layers;  ///< one per Model::layers
  Seconds forward{};
  Seconds backward{};
  Seconds optimizer{};
  Seconds launch{};             ///< host time to launch it all; the step takes at least this
  double relative_error = 0.1;  ///< what calibration left over, 1 sigma
  std::vector<Input> inputs;
  Seconds total() const;  ///< max(forward + backward + optimizer, launch)
};

/// Roofline with size-dependent efficiency, constants from data/calibration. Throws InputError when the GPU
/// cannot compute at the precision.
StepTime time_step(const Model& model, const topology::GpuSpec& gpu, const ComputeSettings& settings,
                   const DataCatalogue& data);

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
/// workloads/counts.h keeps them; buffers are copies for communication, the backward pass's working set, the
/// CUDA context and fragmentation.
MemoryUse memory_use(const Model& model, const ComputeSettings& settings, const Sharding& sharding);

}  // namespace scalesim::workloads
