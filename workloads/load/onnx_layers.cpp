// Turns ONNX operators into layers. What is not known here is kept as a layer that is costed by its bytes.
#ifdef SCALESIM_HAS_ONNX
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "workloads/load/onnx_values.h"

namespace scalesim::workloads {
namespace {

struct Graph {
  OnnxValues& values;
  std::map<std::string, int>& producers;
  Model& model;
};

using Handler = void (*)(const onnx::NodeProto&, Graph&, Layer&);

std::int64_t integer(const onnx::NodeProto& node, std::string_view name, std::int64_t fallback) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return attribute.i();
  }
  return fallback;
}

std::int64_t first_integer(const onnx::NodeProto& node, std::string_view name, std::int64_t fallback) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name && attribute.ints_size() > 0) return attribute.ints(0);
  }
  return fallback;
}

Dims dims_or_empty(const Graph& graph, const std::string& name) {
  return graph.values.dims(name).value_or(Dims{});
}

const Dims& need_dims(const Graph& graph, const onnx::NodeProto& node, const Dims& dims, std::size_t rank) {
  if (dims.size() < rank) {
    throw InputError({graph.values.path()},
                     fmt::format("the shape of a tensor at {} '{}' cannot be inferred: fix the "
                                 "graph's input shape and export again",
                                 node.op_type(), node.name()));
  }
  return dims;
}

/// The constant float inputs from `from` on are the layer's parameters.
void take_parameters(const onnx::NodeProto& node, const Graph& graph, Layer& layer, int from, int to = 100) {
  for (int i = from; i < node.input_size() && i < to; ++i) {
    const OnnxConstant* constant = graph.values.constant(node.input(i));
    if (constant && constant->floating && constant->elements() > 0) {
      layer.parameters.push_back({i == from ? "weight" : "bias", constant->elements()});
    }
  }
}

/// Where the weights of quantised operators are among their inputs.
int weight_index(const onnx::NodeProto& node) {
  return node.op_type() == "QLinearConv" || node.op_type() == "QLinearMatMul" ? 3 : 1;
}

/// [N, C, length] convolutions count their channels in the second dimension.
Shape feature_shape(const Dims& dims) {
  return dims.size() == 3 ? Shape{dims[1], 1, dims[2]} : sample_shape(dims);
}

void convolution(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const int index = weight_index(node);
  const Dims weight = need_dims(graph, node, dims_or_empty(graph, node.input(index)), 3);
  layer.op = Op::conv;
  layer.input = feature_shape(need_dims(graph, node, dims_or_empty(graph, node.input(0)), 3));
  layer.output = feature_shape(need_dims(graph, node, dims_or_empty(graph, node.output(0)), 3));
  layer.groups = std::max<std::int64_t>(1, integer(node, "group", 1));
  layer.kernel_h = weight.size() == 3 ? 1 : weight[2];
  layer.kernel_w = weight.size() == 3 ? weight[2] : product(weight, 3);
  layer.stride = std::max<std::int64_t>(1, first_integer(node, "strides", 1));
  layer.kind = layer.groups == 1 ? "" : layer.groups == layer.input.channels ? "depthwise" : "grouped";
  take_parameters(node, graph, layer, index, node.op_type() == "Conv" ? 3 : index + 1);
}

/// Every input position is multiplied with all taps of all outputs, then the taps are added where they fall.
void transposed_convolution(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const Dims weight = need_dims(graph, node, dims_or_empty(graph, node.input(1)), 3);
  layer.op = Op::linear;
  layer.kind = "transposed convolution";
  layer.input = feature_shape(need_dims(graph, node, dims_or_empty(graph, node.input(0)), 3));
  layer.output = feature_shape(need_dims(graph, node, dims_or_empty(graph, node.output(0)), 3));
  layer.batch = std::max<std::int64_t>(1, integer(node, "group", 1));
  layer.m = layer.input.height * layer.input.width;
  layer.k = layer.input.channels / layer.batch;
  layer.n = product(weight, 1);
  take_parameters(node, graph, layer, 1);
}

void dense(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const Dims a = need_dims(graph, node, dims_or_empty(graph, node.input(0)), 1);
  const int index = weight_index(node);
  const Dims b = need_dims(graph, node, dims_or_empty(graph, node.input(index)), 1);
  const bool transposed = node.op_type() == "Gemm" && integer(node, "transA", 0) != 0;
  layer.k = transposed ? a.front() : a.back();
  const std::int64_t columns = node.op_type() == "Gemm" && integer(node, "transB", 0) ? b.front() : b.back();
  const OnnxConstant* weight = graph.values.constant(node.input(index));
  if (weight && b.size() <= 2) {
    layer.op = Op::linear;
    layer.batch = 1;
    layer.m = a.size() > 2 ? product(a, 1) / layer.k : 1;
    layer.n = columns;
    take_parameters(node, graph, layer, index, node.op_type() == "Gemm" ? 3 : index + 1);
    layer.input = {layer.k, 1, layer.m};
    layer.output = {layer.n, 1, layer.m};
    return;
  }
  layer.op = Op::matmul;
  layer.m = a.size() > 1 ? a[a.size() - 2] : 1;
  layer.n = b.size() > 1 ? b.back() : 1;
  const std::int64_t products =
      a.size() > 2 ? product(a) / (layer.m * layer.k) / std::max<std::int64_t>(1, a[0]) : 1;
  layer.batch = std::max<std::int64_t>(1, products);
  layer.inputs = 1;
  layer.input = {layer.batch * (layer.m * layer.k + layer.k * layer.n), 1, 1};
}

/// Fused attention of ONNX Runtime: query, key and value beside each other, or a projection of the input
/// included.
void fused_attention(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const Dims in = need_dims(graph, node, dims_or_empty(graph, node.input(0)), 3);
  const std::int64_t heads =
      std::max<std::int64_t>(1, integer(node, "num_heads", integer(node, "q_num_heads", 1)));
  const std::int64_t length = in[1], hidden = in[2];
  layer.op = Op::attention;
  layer.batch = heads;
  layer.m = layer.n = length;
  layer.k = hidden / heads;
  layer.input = {hidden, 1, length};
  layer.inputs = 3;
  layer.output = {hidden, 1, length};
  if (const Dims weight = dims_or_empty(graph, node.input_size() > 1 ? node.input(1) : "");
      weight.size() == 2 && graph.values.constant(node.input(1))) {
    Layer projection;
    projection.name = layer.name + ".qkv";
    projection.op = Op::linear;
    projection.batch = 1;
    projection.m = length;
    projection.k = weight[0];
    projection.n = weight[1];
    projection.input = {weight[0], 1, length};
    projection.output = {weight[1], 1, length};
    projection.sources = layer.sources;
    take_parameters(node, graph, projection, 1, 3);
    graph.model.layers.push_back(projection);
    layer.input = projection.output;
    layer.inputs = 1;
    layer.sources = {static_cast<int>(graph.model.layers.size()) - 1};
  }
  graph.values.set_dims(node.output(0), in);
}

/// Gates of all steps: `gates` * hidden outputs from the input and the state, one step after the other.
void recurrence(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const Dims input = need_dims(graph, node, dims_or_empty(graph, node.input(0)), 3);
  const Dims weight = need_dims(graph, node, dims_or_empty(graph, node.input(1)), 3);
  const std::int64_t gates = node.op_type() == "LSTM" ? 4 : node.op_type() == "GRU" ? 3 : 1;
  const std::int64_t hidden = integer(node, "hidden_size", weight[1] / gates);
  layer.op = Op::scan;
  layer.batch = weight[0] * input[0];  // directions, steps
  layer.m = 1;
  layer.n = gates * hidden;
  layer.k = input[2] + hidden;
  layer.input = {input[2], 1, input[0]};
  layer.output = {weight[0] * hidden, 1, input[0]};
  take_parameters(node, graph, layer, 1, 4);
}

/// Running mean and variance are buffers, no parameters.
void normalisation(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const bool batch = node.op_type() == "BatchNormalization";
  layer.op = batch ? Op::batch_norm : Op::layer_norm;
  if (!batch && node.op_type() != "LayerNormalization") layer.kind = node.op_type();
  take_parameters(node, graph, layer, 1, 3);
}

void activation(const onnx::NodeProto& node, Graph&, Layer& layer) {
  layer.op = Op::activation;
  std::transform(node.op_type().begin(), node.op_type().end(), std::back_inserter(layer.kind = ""),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  layer.in_place = layer.kind == "relu";
}

/// Two tensors of the sample, or one and a constant; a constant of more than one value is learned.
void elementwise(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  layer.op = Op::add;
  const std::string& type = node.op_type();
  layer.kind = type == "Add" || type == "Sum" || type == "Sub" ? "sum" : "product";
  std::int64_t full = 0;
  for (const std::string& name : node.input()) {
    const OnnxConstant* constant = graph.values.constant(name);
    if (constant && constant->floating && constant->elements() > 1)
      layer.parameters.push_back({"weight", constant->elements()});
    if (!constant && sample_shape(dims_or_empty(graph, name)).elements() == layer.output.elements()) ++full;
  }
  layer.inputs = std::max<std::int64_t>(1, full);
  layer.input = layer.output;
}

void concatenation(const onnx::NodeProto&, Graph&, Layer& layer) {
  layer.op = Op::concat;
  layer.input = layer.output;
}

void pooling(const onnx::NodeProto& node, Graph&, Layer& layer) {
  layer.op = Op::pool;
  layer.kind = node.op_type() == "MaxPool" ? "max" : "average";
  layer.kernel_h = first_integer(node, "kernel_shape", 1);
  layer.kernel_w = layer.kernel_h;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "kernel_shape" && attribute.ints_size() > 1) layer.kernel_w = attribute.ints(1);
  }
  layer.stride = first_integer(node, "strides", 1);
}

void global_pooling(const onnx::NodeProto& node, Graph&, Layer& layer) {
  layer.op = Op::global_pool;
  layer.kind = node.op_type() == "GlobalMaxPool" ? "max" : "average";
}

void softmax(const onnx::NodeProto&, Graph&, Layer& layer) { layer.op = Op::softmax; }
void dropout(const onnx::NodeProto&, Graph&, Layer& layer) { layer.op = Op::dropout; }

void movement(const onnx::NodeProto& node, Graph&, Layer& layer) {
  layer.op = Op::shuffle;
  layer.kind = node.op_type();
}

void lookup(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  const OnnxConstant* table = graph.values.constant(node.input(0));
  layer.op = table && table->floating ? Op::embedding : Op::shuffle;
  layer.kind = node.op_type();
  if (layer.op == Op::embedding) take_parameters(node, graph, layer, 0, 1);
}

/// The product of all index ranges that occur.
void einsum(const onnx::NodeProto& node, Graph& graph, Layer& layer) {
  std::string equation;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "equation") equation = attribute.s();
  }
  std::map<char, std::int64_t> ranges;
  std::size_t at = 0;
  for (const std::string& name : node.input()) {
    const Dims dims = dims_or_empty(graph, name);
    for (std::size_t i = 0; i < dims.size() && at < equation.size(); ++at) {
      if (std::isalpha(static_cast<unsigned char>(equation[at]))) ranges[equation[at]] = dims[i++];
    }
    while (at < equation.size() && equation[at] != ',' && equation[at] != '-') ++at;
    ++at;
  }
  layer.op = Op::matmul;
  layer.kind = "einsum";
  layer.batch = 1;
  layer.m = layer.n = layer.k = 1;
  for (const auto& [index, range] : ranges) layer.k *= range;
  take_parameters(node, graph, layer, 0);
}

const std::map<std::string, Handler>& handlers() {
  static const std::map<std::string, Handler> table = [] {
    std::map<std::string, Handler> t;
    auto add = [&](Handler handler, std::initializer_list<const char*> names) {
      for (const char* name : names) t[name] = handler;
    };
    add(convolution, {"Conv", "QLinearConv", "ConvInteger", "FusedConv"});
    add(transposed_convolution, {"ConvTranspose"});
    add(dense, {"Gemm", "MatMul", "QLinearMatMul", "MatMulInteger", "FusedGemm", "FusedMatMul"});
    add(fused_attention, {"Attention", "MultiHeadAttention", "GroupQueryAttention"});
    add(recurrence, {"LSTM", "GRU", "RNN"});
    add(normalisation,
        {"BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization",
         "SimplifiedLayerNormalization", "SkipLayerNormalization", "RMSNormalization"});
    add(activation, {"Relu",     "LeakyRelu",   "PRelu",      "Elu",      "Selu",
                     "Sigmoid",  "HardSigmoid", "HardSwish",  "Tanh",     "Softplus",
                     "Gelu",     "FastGelu",    "BiasGelu",   "Erf",      "Clip",
                     "Mish",     "Exp",         "Log",        "Sqrt",     "Abs",
                     "Neg",      "Pow",         "Reciprocal", "Softsign", "ThresholdedRelu",
                     "QuickGelu"});
    add(elementwise, {"Add", "Sum", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Where"});
    add(concatenation, {"Concat"});
    add(pooling, {"MaxPool", "AveragePool", "LpPool"});
    add(global_pooling, {"GlobalAveragePool", "GlobalMaxPool", "ReduceMean"});
    add(softmax, {"Softmax", "LogSoftmax"});
    add(dropout, {"Dropout"});
    add(movement, {"Transpose", "Slice", "Split", "Pad", "Expand", "Tile", "Resize", "Upsample",
                   "DepthToSpace", "SpaceToDepth", "GatherElements", "GatherND", "ScatterND"});
    add(lookup, {"Gather"});
    add(einsum, {"Einsum"});
    return t;
  }();
  return table;
}

bool is_view(const std::string& type) {
  static const std::set<std::string> views = {"Reshape",  "Flatten", "Squeeze", "Unsqueeze",
                                              "Identity", "Cast",    "Shape",   "Size"};
  return views.count(type) > 0;
}

/// Integers beside the network's own tensors are sizes being computed, which no GPU time is spent on.
bool is_shape_arithmetic(const onnx::NodeProto& node, const OnnxValues& values) {
  return node.output_size() > 0 && values.is_integer(node.output(0)) &&
         (node.op_type() != "Gather" || !values.constant(node.input(0)));
}

void alias(const onnx::NodeProto& node, Graph& graph) {
  for (const std::string& output : node.output()) {
    const auto from = node.input_size() > 0 ? graph.producers.find(node.input(0)) : graph.producers.end();
    if (from != graph.producers.end()) graph.producers[output] = from->second;
  }
}

Layer start_layer(const onnx::NodeProto& node, Graph& graph) {
  Layer layer;
  layer.name = !node.name().empty() ? node.name() : node.output_size() > 0 ? node.output(0) : node.op_type();
  layer.kind = node.op_type();
  Dims first;
  for (const std::string& input : node.input()) {
    if (input.empty() || graph.values.constant(input)) continue;
    const auto found = graph.producers.find(input);
    layer.sources.push_back(found == graph.producers.end() ? -1 : found->second);
    if (first.empty()) first = dims_or_empty(graph, input);
  }
  layer.input = sample_shape(first);
  // An operator without a known shape is taken to keep its input's.
  const auto output = node.output_size() > 0 ? graph.values.dims(node.output(0)) : std::nullopt;
  if (!output && node.output_size() > 0) graph.values.set_dims(node.output(0), first);
  layer.output = sample_shape(output.value_or(first));
  return layer;
}

}  // namespace

void add_onnx_node(const onnx::NodeProto& node, OnnxValues& values, std::map<std::string, int>& producers,
                   Model& model) {
  Graph graph{values, producers, model};
  if (is_view(node.op_type()) || is_shape_arithmetic(node, values)) {
    if (node.op_type() != "Shape" && node.op_type() != "Size") alias(node, graph);
    if (!values.dims(node.output(0)) && values.dims(node.input(0)))
      values.set_dims(node.output(0), *values.dims(node.input(0)));
    return;
  }
  Layer layer = start_layer(node, graph);
  const auto found = handlers().find(node.op_type());
  if (found != handlers().end()) {
    found->second(node, graph, layer);
  } else {
    take_parameters(node, graph, layer, 0);
  }
  model.layers.push_back(std::move(layer));
  for (const std::string& output : node.output())
    producers[output] = static_cast<int>(model.layers.size()) - 1;
}

}  // namespace scalesim::workloads
#endif
