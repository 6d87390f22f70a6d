// Shape arithmetic of the usual layers. Sizes that vanish are the user's image being too small.
#include "workloads/build/builder.h"

#include <fmt/core.h>

#include <cctype>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

std::int64_t window_size(std::int64_t size, int kernel, int stride, int padding, int dilation = 1) {
  std::int64_t span = size + 2 * padding - static_cast<std::int64_t>(dilation) * (kernel - 1) - 1;
  return span < 0 ? 0 : span / stride + 1;
}

/// PyTorch's ceil_mode: rounds up, but no window starts beyond the padded input.
std::int64_t pooled_size(std::int64_t size, const Window& w) {
  if (!w.ceil) return window_size(size, w.kernel, w.stride, w.padding);
  std::int64_t span = size + 2 * w.padding - w.kernel;
  std::int64_t out = (span + w.stride - 1) / w.stride + 1;
  return (out - 1) * w.stride >= size + w.padding ? out - 1 : out;
}

/// "bn2" followed by relu is called "relu2".
std::string_view trailing_digits(std::string_view name) {
  std::size_t at = name.size();
  while (at > 0 && std::isdigit(static_cast<unsigned char>(name[at - 1]))) --at;
  return at > 0 && name[at - 1] != '.' ? name.substr(at) : std::string_view{};
}

}  // namespace

Builder::Scope::Scope(Builder& builder, std::string_view name, bool is_block)
    : builder_(builder), length_(builder.prefix_.size()), block_(builder.block_) {
  builder_.prefix_.append(name).push_back('.');
  if (is_block) builder_.block_ = builder_.blocks_++;
}

Builder::Scope::~Scope() {
  builder_.prefix_.resize(length_);
  builder_.block_ = block_;
}

Builder::Builder(std::string_view name, Shape input, std::string_view source) {
  model_.name = name;
  model_.input = input;
  model_.source = source;
}

Shape Builder::shape_of(Node node) const {
  return node < 0 ? model_.input : model_.layers[static_cast<std::size_t>(node)].output;
}

std::string Builder::numbered(std::string_view name, int index) const {
  return std::string(name).append(name.empty() ? "" : ".").append(std::to_string(index));
}

std::string Builder::path(std::string_view name) const { return std::string(prefix_).append(name); }

Builder& Builder::push(Layer layer) {
  if (layer.sources.empty()) {
    layer.sources.push_back(cursor_);
    if (layer.input.channels == 0) layer.input = shape();
  }
  if (layer.input.channels == 0) layer.input = shape_of(layer.sources.front());
  view_.reset();
  if (layer.output.elements() <= 0) {
    throw InputError(fmt::format("an input of {}x{} is too small for {}: nothing is left after layer '{}'",
                                 model_.input.height, model_.input.width, model_.name, path(layer.name)));
  }
  if (layer.op == Op::linear) {
    layer.batch = 1;
    layer.m = layer.output.height * layer.output.width;
    layer.n = layer.output.channels;
    layer.k = layer.input.channels;
  }
  layer.name.insert(0, prefix_);
  layer.block = block_;
  model_.layers.push_back(std::move(layer));
  cursor_ = static_cast<Node>(model_.layers.size()) - 1;
  return *this;
}

Layer& Builder::add_layer(std::string_view name, Op op, std::string_view kind, const Shape& output) {
  Layer layer;
  layer.name = name;
  layer.op = op;
  layer.kind = kind;
  layer.output = output;
  push(std::move(layer));
  return model_.layers.back();
}

Builder& Builder::parameter(std::string_view name, std::int64_t elements) {
  model_.layers[static_cast<std::size_t>(cursor_)].parameters.push_back({std::string(name), elements});
  return *this;
}

Builder& Builder::cut(TensorCut cut) {
  model_.layers[static_cast<std::size_t>(cursor_)].cut = cut;
  return *this;
}

Builder& Builder::conv(std::string_view name, std::int64_t channels, const Conv& c) {
  const Shape in = shape();
  const int kernel_w = c.kernel_w ? c.kernel_w : c.kernel;
  auto padding = [&](int kernel) { return c.padding >= 0 ? c.padding : c.dilation * (kernel - 1) / 2; };
  SCALESIM_CHECK(in.channels % c.groups == 0 && channels % c.groups == 0);
  const bool is_depthwise = c.groups > 1 && c.groups == in.channels;
  Layer& layer =
      add_layer(name, Op::conv,
                is_depthwise   ? "depthwise"
                : c.groups > 1 ? "grouped"
                               : "",
                {channels, window_size(in.height, c.kernel, c.stride, padding(c.kernel), c.dilation),
                 window_size(in.width, kernel_w, c.stride, padding(kernel_w), c.dilation)});
  layer.kernel_h = c.kernel;
  layer.kernel_w = kernel_w;
  layer.stride = c.stride;
  layer.groups = c.groups;
  parameter("weight", channels * (in.channels / c.groups) * c.kernel * kernel_w);
  return c.bias ? parameter("bias", channels) : *this;
}

Builder& Builder::depthwise(std::string_view name, int kernel, int stride, bool bias) {
  const std::int64_t channels = shape().channels;
  return conv(name, channels, {.kernel = kernel, .stride = stride, .groups = channels, .bias = bias});
}

Builder& Builder::norm(std::string_view name) {
  const std::int64_t channels = shape().channels;
  add_layer(name, Op::batch_norm, "", shape());
  return parameter("weight", channels).parameter("bias", channels);
}

Builder& Builder::layer_norm(std::string_view name, bool bias) {
  const std::int64_t channels = shape().channels;
  add_layer(name, Op::layer_norm, bias ? "" : "rms", shape());
  parameter("weight", channels);
  return bias ? parameter("bias", channels) : *this;
}

Builder& Builder::group_norm(std::string_view name) {
  const std::int64_t channels = shape().channels;
  add_layer(name, Op::layer_norm, "group", shape());
  return parameter("weight", channels).parameter("bias", channels);
}

Builder& Builder::act(std::string_view kind, bool in_place) {
  std::string name(kind);
  const std::string_view digits =
      cursor_ >= 0 ? trailing_digits(model_.layers[static_cast<std::size_t>(cursor_)].name) : "";
  if (!digits.empty()) name.append(name.back() == '6' ? "_" : "").append(digits);
  const bool can_overwrite = kind == "relu" || kind == "relu6" || kind == "leaky_relu";
  add_layer(name, Op::activation, kind, shape()).in_place = in_place && can_overwrite;
  return *this;
}

Builder& Builder::linear(std::string_view name, std::int64_t channels, bool bias) {
  const Shape in = shape();
  add_layer(name, Op::linear, "", {channels, in.height, in.width});
  parameter("weight", in.channels * channels);
  return bias ? parameter("bias", channels) : *this;
}

Builder& Builder::view(const Shape& shape) {
  SCALESIM_CHECK(shape.elements() == this->shape().elements());
  view_ = shape;
  return *this;
}

Builder& Builder::shuffle(std::string_view name, std::string_view kind, const Shape& output) {
  add_layer(name, Op::shuffle, kind, output);
  return *this;
}

Builder& Builder::pool(std::string_view name, std::string_view kind, const Window& w) {
  const Shape in = shape();
  Layer& layer =
      add_layer(name, Op::pool, kind, {in.channels, pooled_size(in.height, w), pooled_size(in.width, w)});
  layer.kernel_h = layer.kernel_w = w.kernel;
  layer.stride = w.stride;
  return *this;
}

Builder& Builder::max_pool(std::string_view name, const Window& w) { return pool(name, "max", w); }
Builder& Builder::average_pool(std::string_view name, const Window& w) { return pool(name, "average", w); }

Builder& Builder::global_pool(std::string_view name, std::int64_t size) {
  add_layer(name, Op::global_pool, "average", {shape().channels, size, size});
  return *this;
}

Builder& Builder::add(std::initializer_list<Node> nodes, std::string_view name) {
  return combine(nodes, name, "sum");
}

Builder& Builder::multiply(std::initializer_list<Node> nodes, std::string_view name) {
  return combine(nodes, name, "product");
}

Builder& Builder::combine(std::initializer_list<Node> nodes, std::string_view name, std::string_view kind) {
  Layer layer;
  layer.name = name;
  layer.op = Op::add;
  layer.kind = kind;
  layer.sources = nodes;
  layer.inputs = static_cast<std::int64_t>(nodes.size());
  layer.output = shape_of(layer.sources.front());
  for (Node node : nodes) SCALESIM_CHECK(shape_of(node) == layer.output);
  return push(std::move(layer));
}

Builder& Builder::scale(Node node, Node gate, std::string_view name) {
  SCALESIM_CHECK(shape_of(node).channels == shape_of(gate).channels);
  Layer layer;
  layer.name = name;
  layer.op = Op::add;
  layer.kind = "scale";
  layer.sources = {node, gate};
  layer.output = shape_of(node);
  return push(std::move(layer));
}

Builder& Builder::concat(const std::vector<Node>& nodes, std::string_view name) {
  Layer layer;
  layer.name = name;
  layer.op = Op::concat;
  layer.sources = nodes;
  layer.output = shape_of(nodes.front());
  layer.output.channels = 0;
  for (Node node : nodes) {
    SCALESIM_CHECK(shape_of(node).height == layer.output.height &&
                   shape_of(node).width == layer.output.width);
    layer.output.channels += shape_of(node).channels;
  }
  layer.input = layer.output;
  return push(std::move(layer));
}

Builder& Builder::dropout(std::string_view name) {
  add_layer(name, Op::dropout, "", shape());
  return *this;
}

Builder& Builder::softmax(std::string_view name, std::string_view kind) {
  add_layer(name, Op::softmax, kind, shape());
  return *this;
}

Model Builder::take() { return std::move(model_); }

}  // namespace scalesim::workloads
