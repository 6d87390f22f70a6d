// Convolutions as the implicit matrix products cuDNN runs, with the shapes of the two gradients; depthwise
// ones are bound by memory.
#include <algorithm>
#include <cmath>

#include "workloads/time.h"

namespace scalesim::workloads {
namespace {

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

double ComputeModel::winograd_seconds(const Layer& layer, const ConvolutionSize& s) const {
  // Lavin & Gray (arXiv 1509.09308), F(4x4, 3x3), not fused: 4x4 outputs need a 6x6 input tile and 36
  // products in the transformed domain; tiles, products and filters go through memory once in and once out.
  const double samples = static_cast<double>(settings_.batch);
  const double tiles = samples * std::ceil(static_cast<double>(layer.output.height) / 4) *
                       std::ceil(static_cast<double>(layer.output.width) / 4);
  const double products =
      best_tile_seconds({36, tiles, s.out_channels, s.in_channels}, units(constants_.convolution_efficiency));
  const double transformed = 2 * 36 * tiles * (s.in_channels + s.out_channels);
  const double filters = (9 + 2 * 36) * s.in_channels * s.out_channels;
  return products + moved_seconds(element_ * (s.in + s.out + transformed + filters)) +
         3 * constants_.kernel_floor_s;
}

KernelTime ComputeModel::convolution_kernel(const GemmShape& shape, double moved_elements,
                                            double share) const {
  const double moved = moved_seconds(element_ * moved_elements);
  const double math = best_tile_seconds(shape, units(constants_.convolution_efficiency)) / share;
  const KernelTime product = kernel(math, moved);
  return {product.time + Seconds(constants_.layout_passes * moved), product.bound};
}

LayerTime ComputeModel::convolution(const Layer& layer, const LayerContext& context) const {
  const double samples = static_cast<double>(settings_.batch);
  const ConvolutionSize s = size_of(layer, samples);
  LayerTime time = s.groups > 1 && s.in_channels == 1 ? depthwise(s, context) : dense(layer, s, context);
  if (layer.parameters.size() > 1 &&
      !settings_.compiled) {  // a bias is added apart, its gradient summed apart
    time.forward += memory_pass(Bytes(2 * s.out * element_));
    if (settings_.mode == Mode::training) time.backward += memory_pass(Bytes(s.out * element_));
  }
  return time;
}

LayerTime ComputeModel::dense(const Layer& layer, const ConvolutionSize& s,
                              const LayerContext& context) const {
  const bool winograd = arithmetic_ == Arithmetic::fp32 && s.groups == 1 && layer.stride == 1 &&
                        layer.kernel_h == layer.kernel_w && layer.kernel_h == 3;
  // cuDNN's fast grouped kernels are for groups of 4, 8, 16 or 32 channels; others run group by group.
  const bool packed = s.in_channels == 4 || s.in_channels == 8 || s.in_channels == 16 || s.in_channels == 32;
  const double grouped = constants_.grouped_efficiency * (packed ? 1 : constants_.odd_grouped_efficiency);
  const double share = (s.groups > 1 ? grouped : 1) * (winograd ? constants_.winograd_gain : 1);
  const Seconds transformed(winograd ? winograd_seconds(layer, s) : INFINITY);
  const double moved = s.in + s.out;
  const KernelTime forward =
      convolution_kernel({s.groups, s.positions, s.out_channels, s.depth}, moved, share);
  LayerTime time{std::min(forward.time, transformed), Seconds(0), forward.bound};
  if (settings_.mode == Mode::inference) return time;
  const GemmShape filter{s.groups, s.out_channels, s.depth, s.positions};
  time.backward = std::min(convolution_kernel(filter, moved, share * constants_.filter_gradient).time,
                           transformed / constants_.filter_gradient);
  if (context.first) return time;
  // Every input pixel gathers from taps / stride^2 output pixels: as many operations as forward.
  const double input_positions = s.in / (s.groups * s.in_channels);
  const double depth = s.out_channels * s.taps * s.positions / input_positions;
  const GemmShape data{s.groups, input_positions, s.in_channels, depth};
  time.backward +=
      std::min(convolution_kernel(data, moved, share * constants_.data_gradient).time, transformed);
  return time;
}

LayerTime ComputeModel::depthwise(const ConvolutionSize& s, const LayerContext& context) const {
  // No tensor cores here: memory and vector arithmetic, which caches make add up rather than overlap.
  const double moved =
      moved_seconds(element_ * (s.in + s.out)) * constants_.memory_fraction / constants_.depthwise_fraction;
  const double math = 2 * s.out * s.taps / (vector_peak_ * constants_.depthwise_rate);
  const Seconds pass(moved + math + constants_.kernel_floor_s);
  const Bound bound = math > moved ? Bound::arithmetic : Bound::memory;
  if (settings_.mode == Mode::inference) return {pass, Seconds(0), bound};
  return {pass, pass * constants_.depthwise_gradient * (context.first ? 0.5 : 1.0), bound};
}

}  // namespace scalesim::workloads
