// Convolutions as the implicit matrix products cuDNN runs, with the shapes of the two gradients; depthwise
// ones are bound by memory.
#include <algorithm>
#include <cmath>

#include "workloads/compute/time.h"

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

/// cuDNN's grouped kernels put neighbouring groups of 4, 8, 16 or 32 channels side by side into tiles of 32
/// channels; its filter gradient does so only for whole 32s of groups (RegNet against ResNeXt in timm's
/// tables).
constexpr double kPackedChannels = 32;
bool packs(const ConvolutionSize& s) {
  return s.groups > 1 && s.in_channels >= 4 && s.out_channels == s.in_channels &&
         std::fmod(kPackedChannels, s.in_channels) == 0;
}

/// The filter gradient packs whole 32s of groups; a group that fills a tile by itself needs no neighbours
/// (resnext26ts).
bool whole_tiles(const ConvolutionSize& s) {
  return s.in_channels == kPackedChannels || std::fmod(s.groups, 32) == 0;
}

/// Tensor cores read 8 channels at once in nhwc; cuDNN copies other tensors into padded ones and back.
double padding(double elements, double channels) {
  const double padded = std::ceil(channels / 8) * 8;
  return padded == channels ? 0 : elements * (1 + padded / channels);
}

/// The groups of a forward pass as one batch of products, packed ones as the dense blocks they run as. Other
/// groups reduce over 64 channels at a time in nhwc (RegNets of 24, 56 and 72 channels against 64 and 128).
GemmShape forward_product(const ConvolutionSize& s, bool packed, bool nhwc) {
  const double merged = packed ? std::min(s.groups, kPackedChannels / s.in_channels) : 1;
  const double step = nhwc && !packed && s.groups > 1 ? 64 : 1;
  const double reduced = std::ceil(s.in_channels / step) * step * s.taps;
  return {std::ceil(s.groups / merged), s.positions, s.out_channels * merged, reduced * merged};
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

KernelTime ComputeModel::convolution_kernel(const GemmShape& shape, const ConvolutionSize& s,
                                            double share) const {
  const double filter = s.out_channels * s.groups * s.depth;
  const double moved = moved_seconds(element_ * (s.in + s.out + filter));
  const double math = best_tile_seconds(shape, units(constants_.convolution_efficiency)) / share;
  const KernelTime product = kernel(math, moved);
  return {product.time + Seconds(constants_.layout_passes * moved + padding_seconds(s)), product.bound};
}

double ComputeModel::padding_seconds(const ConvolutionSize& s) const {
  if (arithmetic_ == Arithmetic::fp32) return 0;
  const double channels = s.in_channels * s.groups;
  const double thin = channels < 8 ? constants_.thin_passes * s.in / channels * kPackedChannels : 0;
  if (settings_.layout != Layout::nhwc) return moved_seconds(element_ * thin);
  const double padded = padding(s.in, channels) + padding(s.out, s.out_channels * s.groups);
  return moved_seconds(element_ * thin) + moved_seconds(element_ * padded);
}

double ComputeModel::odd_filter_seconds(const ConvolutionSize& s) const {
  // cuDNN's direct kernel: FP32 cores, one block per tile of the filter, so few groups leave most of the GPU
  // idle. The tile is what fits RegNet's sizes best.
  constexpr double kRows = 128, kColumns = 32;
  const double blocks = s.groups * std::ceil(s.out_channels / kRows) * std::ceil(s.depth / kColumns);
  const double busy = std::min(1.0, blocks / multiprocessors_);
  return 2 * s.out * s.depth / (vector_peak_ * constants_.odd_filter_rate * busy);
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
  const bool vector = arithmetic_ == Arithmetic::fp32;
  const bool winograd =
      vector && s.groups == 1 && layer.stride == 1 && layer.kernel_h == layer.kernel_w && layer.kernel_h == 3;
  const bool packed = !vector && packs(s);
  const double share =
      (s.groups > 1 ? constants_.grouped_efficiency : 1) * (winograd ? constants_.winograd_gain : 1);
  const Seconds transformed(winograd ? winograd_seconds(layer, s) : INFINITY);
  const bool nhwc = !vector && (settings_.layout == Layout::nhwc || settings_.compiled);
  const GemmShape product = forward_product(s, packed, nhwc);
  const KernelTime forward = convolution_kernel(product, s, share);
  LayerTime time{std::min(forward.time, transformed), Seconds(0), forward.bound};
  if (settings_.mode == Mode::inference) return time;
  const GemmShape filter{product.batch, product.n, product.k, product.m};
  time.backward =
      std::min(convolution_kernel(filter, s, share * constants_.filter_gradient).time, transformed);
  if (nhwc && s.groups > 1 && !(packed && whole_tiles(s)))
    time.backward = std::max(time.backward, Seconds(odd_filter_seconds(s)));
  if (context.first) return time;
  // Every input pixel gathers from taps / stride^2 output pixels: as many operations as forward.
  const double input_positions = s.in / (s.groups * s.in_channels);
  const double channels = product.k / s.taps;  // of a group, or of the groups packed together
  const double depth = product.n * s.taps * s.positions / input_positions;
  const GemmShape data{product.batch, input_positions, channels, depth};
  // Where the filter strides, kernels also multiply what the stride leaves out.
  const double rate = constants_.data_gradient / (layer.stride > 1 ? constants_.strided_data : 1);
  time.backward += std::min(convolution_kernel(data, s, share * rate).time, transformed);
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
  const double strided = s.in > s.out ? constants_.depthwise_stride : 1;
  return {pass, pass * constants_.depthwise_gradient * strided * (context.first ? 0.5 : 1.0), bound};
}

}  // namespace scalesim::workloads
