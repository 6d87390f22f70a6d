// Memory-bound layers: how many times each kind reads and writes its tensors, forward and backward.
#include <algorithm>

#include "workloads/compute/time.h"
#include "workloads/compute/traffic.h"

namespace scalesim::workloads {
namespace {

double count(const Shape& shape) { return static_cast<double>(shape.elements()); }

/// Normalisation over groups of channels and all positions: too long to stay on the chip, so the statistics
/// are a pass of their own.
bool is_group_norm(const Layer& layer) { return layer.op == Op::layer_norm && layer.kind == "group"; }

// Autocast runs a group norm of a training step in FP32 (it is on PyTorch's list of operators that autocast
// to float32): what it moves beyond passes of 2-byte elements, in passes of 2 bytes. Forward: the three
// passes of the norm again and the cast of what the next product reads (2 + 1); backward: the five passes
// again and a cast (3).
constexpr double kWideForward = 3 + 3, kWideBackward = 5 + 3;

/// True for a product with a gate or a second tensor: its gradient needs both factors, a sum's needs none.
bool is_product(const Layer& layer) { return layer.kind == "scale" || layer.kind == "product"; }

/// Elements of the gradient of a product: each factor's gradient reads two tensors and writes one; a gate's
/// is also summed over its channel.
double product_gradient(const Layer& layer) {
  const double out = count(layer.output);
  return layer.kind == "scale" ? 6 * out : 3 * static_cast<double>(layer.inputs) * out;
}

}  // namespace

// Batch normalisation reads once for the statistics, then reads and writes; backward it reads x and dy for
// the two sums and again for dx. Max pooling writes and reads back an 8-byte index (four elements of 2 bytes)
// and clears the gradient it scatters into. The gradient of a sum is passed on as it is.
Traffic traffic_of(const Layer& layer, Mode mode, double index_elements) {
  const double in = count(layer.input), out = count(layer.output), inputs = static_cast<double>(layer.inputs);
  switch (layer.op) {
    case Op::batch_norm:
      return {mode == Mode::training ? 3 * out : 2 * out, 5 * out};
    case Op::layer_norm:
      return {is_group_norm(layer) ? 3 * out : 2 * out, 5 * out};
    case Op::activation:
      return {2 * out, 3 * out};
    case Op::add:
      return {is_product(layer) && layer.kind == "scale" ? 2 * out : (inputs + 1) * out,
              is_product(layer) ? product_gradient(layer) : 0};
    case Op::concat:
      return {2 * out, 2 * out};
    case Op::pool:
      if (layer.kind.find("max") == std::string::npos) return {in + out, in + out};
      return {in + (1 + index_elements) * out, 2 * in + (1 + index_elements) * out};
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

namespace {

/// Compiled code joins an element-wise layer to the pass of the layer it reads from: only further inputs are
/// read.
Traffic fused(const Layer& layer, Mode mode) {
  const double out = count(layer.output);
  const double inputs = layer.kind == "scale" ? 1 : static_cast<double>(layer.inputs);  // a gate is small
  if (layer.op == Op::batch_norm && mode == Mode::training) return {out, 2 * out};
  return {(inputs - 1) * out, layer.op == Op::activation ? out : 0};
}

}  // namespace

double ComputeModel::fraction_of(const Layer& layer) const {
  const Op op = layer.op;
  if (op == Op::global_pool || layer.kind == "scale") return constants_.broadcast_fraction;
  // Compiled and hand-fused row kernels keep a row on the chip: one read and one write, like any other pass.
  if ((op == Op::softmax || op == Op::layer_norm) && !is_group_norm(layer))
    return settings_.compiled ? std::max(constants_.row_fraction, constants_.memory_fraction)
                              : constants_.row_fraction;
  if (op == Op::batch_norm && settings_.mode == Mode::training) return constants_.batch_norm_fraction;
  return constants_.memory_fraction;
}

/// A row kernel starts a block for each row, which short rows do not repay: added share of its time.
double ComputeModel::short_rows(const Layer& layer) const {
  const bool rows = layer.op == Op::softmax || (layer.op == Op::layer_norm && !is_group_norm(layer));
  if (!rows || settings_.compiled) return 0;
  const bool over_width = layer.op == Op::softmax && layer.output.width > 1;
  const auto length = static_cast<double>(over_width ? layer.output.width : layer.output.channels);
  return constants_.row_half_bytes / (length * element_);
}

LayerTime ComputeModel::loss(const Layer& layer) const {
  // In fp32: logits are widened (2 bytes read, 4 written), their log-softmax reads and writes 4; backward a
  // zeroed gradient is written, the softmax gradient reads two tensors and writes one, and the result is
  // narrowed. 14 of 36 bytes are forward.
  constexpr double kForward = 14.0 / 36;
  const double bytes = constants_.loss_bytes * static_cast<double>(settings_.batch) * count(layer.output);
  LayerTime time{memory_pass(Bytes(kForward * bytes)), Seconds(0), Bound::memory};
  if (settings_.mode == Mode::training) time.backward = memory_pass(Bytes((1 - kForward) * bytes));
  return time;
}

LayerTime ComputeModel::passes(const Layer& layer, const LayerContext& context) const {
  if (layer.kind == "cross entropy" && element_ < 4 && !settings_.compiled) return loss(layer);
  const Traffic traffic =
      context.fused ? fused(layer, settings_.mode) : traffic_of(layer, settings_.mode, 8 / element_);
  const double slower = constants_.memory_fraction / fraction_of(layer) * (1 + short_rows(layer));
  const double bytes = static_cast<double>(settings_.batch) * element_ * slower;
  // Over an image, a layer norm wants its channels side by side and a group norm its positions: in the other
  // layout eager code copies the image there and back (ConvNeXt, ResNetV2).
  const Layout wanted = is_group_norm(layer) ? Layout::nchw : Layout::nhwc;
  const bool transposed = layer.op == Op::layer_norm && layer.output.height > 1 &&
                          settings_.layout != wanted && !settings_.compiled;
  const bool wide =
      is_group_norm(layer) && element_ < 4 && settings_.mode == Mode::training && !settings_.compiled;
  const double pass = static_cast<double>(settings_.batch) * element_ * count(layer.output);
  LayerTime time;
  if (transposed) {
    const double copies = (wide ? 8 : 4) * pass;
    time = {memory_pass(Bytes(copies)),
            settings_.mode == Mode::training ? memory_pass(Bytes(copies)) : Seconds(0), Bound::memory};
  }
  if (wide) {
    time.forward += memory_pass(Bytes(kWideForward * pass));
    time.backward += memory_pass(Bytes(kWideBackward * pass));
  }
  if (traffic.forward > 0) time.forward += memory_pass(Bytes(traffic.forward * bytes));
  if (settings_.mode == Mode::training && traffic.backward > 0)
    time.backward += memory_pass(Bytes(traffic.backward * bytes));
  return time;
}

}  // namespace scalesim::workloads
