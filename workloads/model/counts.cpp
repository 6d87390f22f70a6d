// Element counts of the three passes, and which tensors autograd keeps.
#include "workloads/model/counts.h"

#include <cmath>

namespace scalesim::workloads {
namespace {

std::int64_t read_elements(const Layer& layer) {
  if (layer.op == Op::embedding) return layer.output.elements() + layer.output.width;
  return layer.inputs * layer.input.elements();
}

/// Parameters read by one sample: an expert is read when any of the sample's rows goes to it.
std::int64_t read_parameters(const Layer& layer) {
  if (layer.op == Op::embedding) return 0;
  if (layer.active_fraction >= 1 || layer.m <= 0) return layer.parameter_count();
  const double touched =
      1 - std::pow(1 - 1.0 / static_cast<double>(layer.groups), static_cast<double>(layer.m));
  return static_cast<std::int64_t>(static_cast<double>(layer.parameter_count()) * touched);
}

bool is_product(const Layer& layer) { return layer.op == Op::matmul || layer.op == Op::attention; }

enum class Keeps { nothing, input, output, both_inputs, mask };

Keeps what_is_kept(const Layer& layer) {
  switch (layer.op) {
    case Op::conv:
    case Op::linear:
    case Op::batch_norm:
    case Op::layer_norm:
    case Op::scan:
      return Keeps::input;
    case Op::matmul:
    case Op::attention:
      return Keeps::both_inputs;
    case Op::pool:
      return Keeps::input;
    case Op::softmax:
      return Keeps::output;
    case Op::dropout:
      return Keeps::mask;
    case Op::activation: {
      const std::string_view kind = layer.kind;
      const bool by_output = layer.in_place || kind == "relu" || kind == "sigmoid" || kind == "tanh";
      return by_output ? Keeps::output : Keeps::input;
    }
    case Op::add:
      return layer.kind == "sum" ? Keeps::nothing : Keeps::both_inputs;
    default:
      return Keeps::nothing;
  }
}

/// Charges each tensor once. A tensor is known by the layer that first wrote its memory.
class Ledger {
 public:
  Ledger(const Model& model, const KeepSettings& settings)
      : model_(model),
        settings_(settings),
        kept_(model.layers.size() + 1, false),
        owner_(model.layers.size() + 1) {
    owner_[0] = 0;
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      const Layer& layer = model.layers[i];
      owner_[i + 1] = layer.in_place && !layer.sources.empty() ? owner_[slot(layer.sources[0])] : i + 1;
    }
  }

  double charge(std::size_t index) {
    const Layer& layer = model_.layers[index];
    switch (what_is_kept(layer)) {
      case Keeps::input:
        return keep_inputs(layer, 1) + extra(layer);
      case Keeps::both_inputs:
        return keep_inputs(layer, layer.sources.size()) + extra(layer) +
               (fused_attention(layer) ? keep(index + 1, layer.output) : 0);
      case Keeps::output:
        return keep(index + 1, layer.output);
      case Keeps::mask:
        return static_cast<double>(layer.output.elements());  // one byte each
      case Keeps::nothing:
        return 0;
    }
    return 0;
  }

 private:
  static std::size_t slot(int source) { return static_cast<std::size_t>(source + 1); }

  bool fused_attention(const Layer& layer) const {
    return layer.op == Op::attention && settings_.flash_attention;
  }

  double keep_inputs(const Layer& layer, std::size_t count) {
    double bytes = 0;
    for (std::size_t i = 0; i < count && i < layer.sources.size(); ++i) {
      const int source = layer.sources[i];
      bytes += keep(slot(source),
                    source < 0 ? model_.input : model_.layers[static_cast<std::size_t>(source)].output);
    }
    return bytes;
  }

  double keep(std::size_t tensor, const Shape& shape) {
    const std::size_t owner = owner_[tensor];
    if (kept_[owner]) return 0;
    kept_[owner] = true;
    return static_cast<double>(shape.elements()) * settings_.element_bytes;
  }

  /// What is neither input nor output: indices of maxima (8 bytes), scores, masks, row sums.
  double extra(const Layer& layer) const {
    if (layer.op == Op::pool && layer.kind == "max")
      return 8.0 * static_cast<double>(layer.output.elements());
    if (layer.op != Op::attention) return 0;
    const double rows = static_cast<double>(layer.batch * layer.m),
                 scores = rows * static_cast<double>(layer.n);
    if (settings_.flash_attention) return 4 * rows;
    const bool dropout = layer.kind.find("dropout") != std::string::npos;
    return scores * (settings_.element_bytes + (dropout ? 1 + settings_.element_bytes : 0));
  }

  const Model& model_;
  const KeepSettings& settings_;
  std::vector<bool> kept_;
  std::vector<std::size_t> owner_;
};

}  // namespace

Work work_of(const Layer& layer, Pass pass) {
  const std::int64_t in = read_elements(layer), out = layer.output.elements(),
                     weights = read_parameters(layer);
  switch (pass) {
    case Pass::forward:
      return {layer.macs(), in + weights, out};
    case Pass::input_gradient:
      if (layer.op == Op::embedding) return {};
      // Both operands of a product are activations: two products, and attention makes its scores once more.
      if (is_product(layer))
        return {layer.macs() * (layer.op == Op::attention ? 5 : 4) / 2, in + out + out, in};
      return {layer.macs(), out + weights, in};
    case Pass::weight_gradient:
      if (layer.parameters.empty()) return {};
      return {is_product(layer) ? 0 : layer.macs(), in + out, weights};
  }
  return {};
}

double mac_bytes(const Layer& layer, double element_bytes) {
  return static_cast<double>(work_of(layer, Pass::forward).elements()) * element_bytes;
}

double mac_bytes(const Model& model, double element_bytes) {
  double sum = 0;
  for (const Layer& layer : model.layers) sum += mac_bytes(layer, element_bytes);
  return sum;
}

std::int64_t activation_count(const Layer& layer) {
  switch (layer.op) {
    case Op::conv:
    case Op::linear:
      return layer.output.elements();
    case Op::matmul:
      return layer.batch * layer.m * layer.n;
    case Op::attention:
      return layer.batch * layer.m * (layer.n + layer.k);
    default:
      return 0;
  }
}

std::int64_t activation_count(const Model& model) {
  std::int64_t sum = 0;
  for (const Layer& layer : model.layers) sum += activation_count(layer);
  return sum;
}

std::vector<double> kept_for_backward(const Model& model, const KeepSettings& settings) {
  Ledger ledger(model, settings);
  std::vector<double> bytes;
  bytes.reserve(model.layers.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) bytes.push_back(ledger.charge(i));
  return bytes;
}

}  // namespace scalesim::workloads
