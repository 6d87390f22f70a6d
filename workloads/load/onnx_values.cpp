// Constants and shapes of an ONNX graph, checked before anything is computed from them.
#ifdef SCALESIM_HAS_ONNX
#include "workloads/load/onnx_values.h"

#include <fmt/core.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

/// Larger than any real dimension, and small enough that products of a few stay within 64 bits once checked.
constexpr std::int64_t kLargestDimension = std::int64_t{1} << 31;
constexpr std::int64_t kLargestTensor = std::int64_t{1} << 42;
constexpr std::int64_t kShapeLength = 64;

bool is_floating(int type) {
  using onnx::TensorProto;
  return type == TensorProto::FLOAT || type == TensorProto::FLOAT16 || type == TensorProto::DOUBLE ||
         type == TensorProto::BFLOAT16;
}

std::vector<std::int64_t> small_integers(const onnx::TensorProto& tensor) {
  std::vector<std::int64_t> values;
  if (tensor.data_type() == onnx::TensorProto::INT64) {
    if (tensor.int64_data_size() > 0) {
      values.assign(tensor.int64_data().begin(), tensor.int64_data().end());
    } else {
      values.resize(tensor.raw_data().size() / sizeof(std::int64_t));
      std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(std::int64_t));
    }
  } else if (tensor.data_type() == onnx::TensorProto::INT32) {
    values.assign(tensor.int32_data().begin(), tensor.int32_data().end());
  }
  return values;
}

/// Weights beside the file are not read, but a model that lost them is not the model that was meant.
void check_external(const onnx::TensorProto& tensor, const std::string& path) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() != "location") continue;
    const auto file = std::filesystem::path(path).parent_path() / entry.value();
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
      throw InputError({path},
                       fmt::format("tensor '{}' lies in '{}', which is not beside the model: copy it there",
                                   tensor.name(), entry.value()));
    }
  }
}

OnnxConstant read_constant(const onnx::TensorProto& tensor, const std::string& path) {
  check_external(tensor, path);
  OnnxConstant constant;
  std::int64_t elements = 1;
  for (std::int64_t dim : tensor.dims()) {
    if (dim < 0 || dim > kLargestDimension || (elements *= dim) > kLargestTensor) {
      throw InputError({path}, fmt::format("tensor '{}' has a dimension of {}, which no machine could hold",
                                           tensor.name(), dim));
    }
    constant.dims.push_back(dim);
  }
  constant.floating = is_floating(tensor.data_type());
  if (elements <= kShapeLength) constant.values = small_integers(tensor);
  return constant;
}

Dims constant_of_shape(const OnnxConstant& shape, const std::string& name, const std::string& path) {
  std::int64_t elements = 1;
  for (std::int64_t dim : shape.values) {
    if (dim < 0 || dim > kLargestDimension || (elements *= std::max<std::int64_t>(dim, 1)) > kLargestTensor) {
      throw InputError(
          {path}, fmt::format("tensor '{}' has a dimension of {}, which no machine could hold", name, dim));
    }
  }
  return shape.values;
}

}  // namespace

std::int64_t OnnxConstant::elements() const { return product(dims); }

std::int64_t product(const Dims& dims, std::size_t from) {
  std::int64_t result = 1;
  for (std::size_t i = from; i < dims.size(); ++i) result *= dims[i];
  return result;
}

Shape sample_shape(const Dims& dims) {
  switch (dims.size()) {
    case 0:
      return {1, 1, 1};
    case 1:
      return {dims[0], 1, 1};
    case 2:
      return {dims[1], 1, 1};
    case 3:
      return {dims[2], 1, dims[1]};
    default:
      return {dims[1], dims[2], product(dims, 3)};
  }
}

OnnxValues::OnnxValues(onnx::ModelProto& model, const std::string& path, const ModelOptions& options)
    : path_(path) {
  onnx::GraphProto& graph = *model.mutable_graph();
  add_initializers(graph);
  fix_inputs(graph, options);
  try {
    onnx::ShapeInferenceOptions how;
    how.enable_data_propagation = true;
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), how);
  } catch (const std::exception& wrong) {
    std::string reason = wrong.what();
    throw InputError({path}, fmt::format("the shapes of this graph contradict each other: {}",
                                         reason.substr(0, reason.find('\n'))));
  }
  add_graph(graph);
}

void OnnxValues::add_initializers(const onnx::GraphProto& graph) {
  for (const onnx::TensorProto& tensor : graph.initializer())
    set_constant(tensor.name(), read_constant(tensor, path_));
}

Dims OnnxValues::checked(const onnx::TensorShapeProto& shape, const std::string& name) const {
  Dims dims;
  std::int64_t elements = 1;
  for (const auto& dim : shape.dim()) {
    const std::int64_t value = dim.has_dim_value() ? dim.dim_value() : -1;
    if (value > kLargestDimension || (value > 0 && (elements *= value) > kLargestTensor)) {
      throw InputError({path_}, fmt::format("tensor '{}' has a dimension of {}, which no machine could hold",
                                            name, value));
    }
    dims.push_back(value);
  }
  return dims;
}

void OnnxValues::fix_inputs(onnx::GraphProto& graph, const ModelOptions& options) {
  for (auto& input : *graph.mutable_input()) {
    if (constant(input.name()) || !input.type().has_tensor_type()) continue;
    auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
    const int rank = shape.dim_size();
    checked(shape, input.name());
    for (int i = 0; i < rank; ++i) {
      auto& dim = *shape.mutable_dim(i);
      if (dim.has_dim_value() && dim.dim_value() > 0) {
        if (rank == 4 && i >= 2 && options.image) dim.set_dim_value(*options.image);
        continue;
      }
      // A state of [layers, batch, hidden] has its batch second.
      const bool batch = i == 0 || (rank == 3 && i == 1 && shape.dim(0).dim_value() > 1);
      const bool side = rank == 4 && i >= 2;
      dim.set_dim_value(batch       ? 1
                        : side      ? options.image.value_or(224)
                        : rank == 4 ? 3
                                    : options.sequence.value_or(rank == 2 ? 512 : 128));
    }
    if (input_.empty()) input_ = checked(shape, input.name());
  }
  if (input_.empty())
    throw InputError({path_}, "the graph has no input with a shape: nothing can be counted");
}

void OnnxValues::add_graph(const onnx::GraphProto& graph) {
  add_initializers(graph);
  auto add = [&](const onnx::ValueInfoProto& value) {
    if (!value.type().has_tensor_type()) return;
    const auto& type = value.type().tensor_type();
    if (!is_floating(type.elem_type()) && type.elem_type() != 0) integers_[value.name()] = true;
    if (!type.has_shape()) return;
    Dims dims = checked(type.shape(), value.name());
    if (std::all_of(dims.begin(), dims.end(), [](std::int64_t dim) { return dim >= 0; }))
      dims_[value.name()] = std::move(dims);
  };
  for (const auto& value : graph.input()) add(value);
  for (const auto& value : graph.value_info()) add(value);
  for (const auto& value : graph.output()) add(value);
}

std::optional<Dims> OnnxValues::dims(const std::string& name) const {
  if (const OnnxConstant* found = constant(name)) return found->dims;
  const auto found = dims_.find(name);
  return found == dims_.end() ? std::nullopt : std::optional<Dims>(found->second);
}

const OnnxConstant* OnnxValues::constant(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : &found->second;
}

bool fold_constant(const onnx::NodeProto& node, OnnxValues& values) {
  if (node.output_size() == 0) return false;
  const std::string& output = node.output(0);
  if (node.op_type() == "Constant") {
    OnnxConstant made;
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() == "value") made = read_constant(attribute.t(), values.path());
      if (attribute.name() == "value_ints")
        made.values.assign(attribute.ints().begin(), attribute.ints().end());
      if (attribute.name() == "value_int") made.values = {attribute.i()};
      if (attribute.name() == "value_float" || attribute.name() == "value_floats") made.floating = true;
    }
    values.set_constant(output, made);
    return true;
  }
  if (node.input_size() == 0) return false;
  if (fold_shape(node, values)) return true;
  for (const std::string& input : node.input()) {
    if (!input.empty() && !values.constant(input)) return false;
  }
  OnnxConstant made;
  if (node.op_type() == "ConstantOfShape") {
    made = {constant_of_shape(*values.constant(node.input(0)), output, values.path()), true, {}};
    for (const auto& attribute : node.attribute()) {
      if (attribute.name() != "value") continue;
      made.floating = is_floating(attribute.t().data_type());
      const auto filling = small_integers(attribute.t());
      if (!filling.empty() && made.elements() <= kShapeLength) {
        made.values.assign(static_cast<std::size_t>(made.elements()), filling[0]);
      }
    }
  } else {
    made = fold_values(node, values);
  }
  values.set_constant(output, made);
  return true;
}

}  // namespace scalesim::workloads
#endif
