// Convolutions as the implicit matrix products cuDNN runs, with the shapes of the two gradients; depthwise
// ones are bound by memory.
#include <algorithm>
#include <cmath>

#include "workloads/time.h"

namespace scalesim::workloads {
namespace {

struct ConvolutionSize {
  double in, out;           ///< elements of the whole batch
  double positions, depth;  ///< output pixels of the batch; reduction length of one output value
  double in_channels, out_channels, taps, groups;  ///< channels per group
};

ConvolutionSize size_of(const Layer& layer, double samples) {
  ConvolutionSize s{};
  s.groups = static_cast<double>(layer.groups);
  s.in = samples * static_cast<double>(layer.input.elements());
  s.out = samples * static_cast<double>(layer.output.elements());
  s.positions = samples * static_cast<double>(layer.output.height * layer.output.width);
  s.taps = static_cast<double>(layer.kernel_h * layer.kernel_w);
  s.in_channels = static_cast<double>(layer.input.channels) / s.groups;
  s.out_channels = static_cast<double>(layer.output.channels) / s.groups;
  s.depth = s.in_channels * s.taps;
  return s;
}

}  // namespace

KernelTime ComputeModel::convolution_kernel(const GemmShape& shape, double moved_elements,
                                            double share) const {
  const MatrixUnits units{peak_ * constants_.convolution_efficiency * share, multiprocessors_,
                          constants_.depth_half, bandwidth_ * constants_.memory_fraction};
  const KernelTime product =
      kernel(best_tile_seconds(shape, units), element_ * moved_elements / units.bandwidth);
  const double relayout = constants_.layout_passes * element_ * moved_elements / units.bandwidth;
  return {product.time + Seconds(relayout), product.bound};
}

LayerTime ComputeModel::convolution(const Layer& layer, const LayerContext& context) const {
  const ConvolutionSize s = size_of(layer, static_cast<double>(settings_.batch));
  if (s.groups > 1 && s.in_channels == 1) return depthwise(layer, context);
  const double share = s.groups > 1 ? constants_.grouped_efficiency : 1;
  const double moved = s.in + s.out;
  const KernelTime forward =
      convolution_kernel({s.groups, s.positions, s.out_channels, s.depth}, moved, share);
  LayerTime time{forward.time, Seconds(0), forward.bound};
  if (settings_.mode == Mode::inference) return time;
  const double gradient = share * constants_.gradient_efficiency;
  time.backward = convolution_kernel({s.groups, s.out_channels, s.depth, s.positions}, moved, gradient).time;
  if (!context.first) {
    // Every input pixel gathers from taps / stride^2 output pixels: as many operations as forward.
    const double input_positions = s.in / (s.groups * s.in_channels);
    const double depth = s.out_channels * s.taps * s.positions / input_positions;
    time.backward +=
        convolution_kernel({s.groups, input_positions, s.in_channels, depth}, moved, gradient).time;
  }
  return time;
}

LayerTime ComputeModel::depthwise(const Layer& layer, const LayerContext& context) const {
  const ConvolutionSize s = size_of(layer, static_cast<double>(settings_.batch));
  const double moved = element_ * (s.in + s.out) / (bandwidth_ * constants_.depthwise_fraction);
  const Seconds pass = kernel(0, moved).time;
  if (settings_.mode == Mode::inference) return {pass, Seconds(0), Bound::memory};
  return {pass, pass * (context.first ? 1.0 : 2.0), Bound::memory};
}

}  // namespace scalesim::workloads
