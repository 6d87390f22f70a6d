// Time of single kernels and of whole layers on one GPU: a roofline whose efficiency depends on the shape of
// the work. Strategies that cut layers (tensor parallelism) time the pieces with the same functions.
#pragma once

#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "topology/parts/gpu.h"
#include "workloads/compute/calibration.h"
#include "workloads/compute/layer_plan.h"
#include "workloads/compute/step.h"

namespace scalesim::workloads {

/// `batch` independent products of m x k by k x n.
struct GemmShape {
  double batch = 1, m = 0, n = 0, k = 0;
};

/// Kernel times of one layer, apart for the forward pass and the two gradients, for the whole batch.
struct KernelTime {
  Seconds time{};
  Bound bound = Bound::memory;
};

/// What a matrix product runs on: FLOP/s of the whole GPU at full tiles, multiprocessors, reduction length at
/// which half of that is reached, bytes/s of memory.
struct MatrixUnits {
  double rate, multiprocessors, depth_half, bandwidth;
  bool vector_cores = false;  ///< FP32 cores, which fill with smaller tiles
  double wave_fill = 0;       ///< ComputeConstants::wave_fill
  double small_tiles = 1;     ///< ComputeConstants::small_tiles
};
/// Arithmetic time of a product with the best of the usual tiles and reduction splits; whole waves of whole
/// tiles.
double best_tile_seconds(const GemmShape& shape, const MatrixUnits& units);

/// A convolution over the whole batch as an implicit matrix product, per group.
struct ConvolutionSize {
  double in, out;           ///< elements of the whole batch, all groups
  double positions, depth;  ///< output pixels of the batch; reduction length of one output value
  double in_channels, out_channels, taps, groups;  ///< channels per group
};

/// The compute model of one GPU under one software setting; construction reads the calibration once.
/// Immutable afterwards, so any number of threads may use one.
class ComputeModel {
 public:
  /// Throws InputError when the GPU cannot compute at the precision or the stack is unknown.
  ComputeModel(const topology::GpuSpec& gpu, const ComputeSettings& settings, const DataCatalogue& data);
  /// With given constants instead of those in the catalogue; calibration fits with this.
  ComputeModel(const topology::GpuSpec& gpu, const ComputeSettings& settings,
               const ComputeConstants& constants);

  /// One matrix product.
  KernelTime gemm(const GemmShape& shape) const;
  /// One element-wise pass that moves `bytes` through memory.
  Seconds memory_pass(Bytes bytes) const;
  /// One layer for a batch of settings().batch samples.
  LayerTime layer(const Layer& layer, const LayerContext& context = {}) const;
  /// The whole step; equal layers are timed once.
  StepTime step(const Model& model) const { return step(plan_layers(model, settings_)); }
  StepTime step(const LayerPlan& plan) const;
  /// Optimizer update of so many parameters.
  Seconds optimizer(double parameters) const;

  const ComputeConstants& constants() const { return constants_; }
  const ComputeSettings& settings() const { return settings_; }

 private:
  double rate(double efficiency, bool wide = false) const;
  double moved_seconds(double bytes) const;
  MatrixUnits units(double efficiency, bool wide = false) const;
  KernelTime product(const GemmShape& shape, bool wide) const;
  Seconds quantisation(double elements) const;
  double attention_seconds(double scores, double dimension, double filled, bool backward) const;
  KernelTime kernel(double arithmetic_seconds, double memory_seconds) const;
  KernelTime convolution_kernel(const GemmShape& shape, const ConvolutionSize& size, double share) const;
  double padding_seconds(const ConvolutionSize& size) const;
  double odd_filter_seconds(const ConvolutionSize& size) const;
  double winograd_seconds(const Layer& layer, const ConvolutionSize& size) const;
  LayerTime dense(const Layer& layer, const ConvolutionSize& size, const LayerContext& context) const;
  LayerTime convolution(const Layer& layer, const LayerContext& context) const;
  LayerTime depthwise(const ConvolutionSize& size, const LayerContext& context) const;
  LayerTime matrix(const Layer& layer, const LayerContext& context) const;
  LayerTime fused_attention(const Layer& layer) const;
  LayerTime unfused_attention(const Layer& layer) const;
  double fraction_of(const Layer& layer) const;
  double short_rows(const Layer& layer) const;
  LayerTime loss(const Layer& layer) const;
  LayerTime passes(const Layer& layer, const LayerContext& context) const;
  Seconds launch_time(const LayerTime& time) const;
  std::vector<Input> inputs() const;

  ComputeSettings settings_;
  ComputeConstants constants_;
  Arithmetic arithmetic_;
  double peak_;            ///< FLOP/s of the datasheet at the precision
  double wide_peak_;       ///< the same at 16 bits, for what FP8 leaves out
  double vector_peak_;     ///< FLOP/s of the FP32 cores
  double attention_peak_;  ///< FLOP/s of the tensor instructions that attention uses
  double sustained_;       ///< share of peak_ that the board holds
  double wide_sustained_;
  double bandwidth_;  ///< bytes/s of DRAM
  double l2_;         ///< bytes
  double multiprocessors_;
  double element_;  ///< bytes per element of activations
  std::string gpu_;
  topology::Claims claims_;  ///< what backs the figures of the GPU
};

}  // namespace scalesim::workloads
