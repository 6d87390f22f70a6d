// Memory-bound layers: how many times each kind reads and writes its tensors, forward and backward.
#include <algorithm>

#include "workloads/time.h"

namespace scalesim::workloads {
namespace {

/// Elements moved per sample and number of kernels.
struct Traffic {
  double forward = 0, backward = 0;
};

double count(const Shape& shape) { return static_cast<double>(shape.elements()); }

/// Passes over the output. Batch normalisation reads once for the statistics, then reads and writes; backward
/// it reads x and dy for the two sums and again for dx. Max pooling keeps 8-byte indices in PyTorch.
Traffic unfused(const Layer& layer, Mode mode) {
  const double in = count(layer.input), out = count(layer.output), inputs = static_cast<double>(layer.inputs);
  switch (layer.op) {
    case Op::batch_norm:
      return {mode == Mode::training ? 3 * out : 2 * out, 5 * out};
    case Op::layer_norm:
      return {2 * out, 5 * out};
    case Op::activation:
      return {2 * out, 3 * out};
    case Op::add:
      return {(inputs + 1) * out, out};
    case Op::concat:
      return {2 * out, 3 * out};
    case Op::pool:
      return {in + out, in + 2 * out};
    case Op::global_pool:
      return {in, in};
    case Op::softmax:
      return {2 * out, 3 * out};
    case Op::dropout:
      return mode == Mode::training ? Traffic{2.5 * out, 2.5 * out} : Traffic{};
    case Op::embedding:
      return {2 * out, 2 * out};
    case Op::shuffle:
      return {2 * out, 2 * out};
    default:
      return {inputs * in + out, inputs * in + out};
  }
}

/// Compiled code joins an element-wise layer to the pass of the layer it reads from: only further inputs are
/// read.
Traffic fused(const Layer& layer, Mode mode) {
  const double out = count(layer.output), inputs = static_cast<double>(layer.inputs);
  if (layer.op == Op::batch_norm && mode == Mode::training) return {out, 2 * out};
  return {(inputs - 1) * out, layer.op == Op::activation ? out : 0};
}

}  // namespace

LayerTime ComputeModel::passes(const Layer& layer, const LayerContext& context) const {
  const Traffic traffic = context.fused ? fused(layer, settings_.mode) : unfused(layer, settings_.mode);
  const double samples = static_cast<double>(settings_.batch);
  LayerTime time;
  if (traffic.forward > 0) time.forward = memory_pass(Bytes(traffic.forward * samples * element_));
  if (settings_.mode == Mode::training && traffic.backward > 0) {
    time.backward = memory_pass(Bytes(traffic.backward * samples * element_));
  }
  return time;
}

}  // namespace scalesim::workloads
