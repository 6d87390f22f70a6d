// What is known about the tensors of an ONNX graph: shapes after inference, and which are constants. Only
// files of readers/ include this, and only in a build that has ONNX.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workloads/model/model.h"

namespace scalesim::workloads {

using Dims = std::vector<std::int64_t>;

/// A tensor whose value does not depend on the input. Small integer ones keep their values: they are often
/// shapes.
struct OnnxConstant {
  Dims dims;
  bool floating = false;
  std::vector<std::int64_t> values;
  std::int64_t elements() const;
};

class OnnxValues {
 public:
  /// Dimensions left open become a batch of 1, `image` for the sides of an image and `sequence` for lengths.
  /// Throws InputError for dimensions that cannot be, with the name of the tensor.
  OnnxValues(onnx::ModelProto& model, const std::string& path, const ModelOptions& options);

  /// Adds what a graph (the model's or a branch's) declares and inferred.
  void add_graph(const onnx::GraphProto& graph);

  std::optional<Dims> dims(const std::string& name) const;
  const OnnxConstant* constant(const std::string& name) const;
  bool is_integer(const std::string& name) const { return integers_.count(name) > 0; }
  void set_dims(const std::string& name, Dims dims) { dims_[name] = std::move(dims); }
  void set_constant(const std::string& name, OnnxConstant constant) {
    constants_[name] = std::move(constant);
  }
  /// Shape of the first graph input that is no constant.
  const Dims& input() const { return input_; }
  const std::string& path() const { return path_; }

 private:
  void fix_inputs(onnx::GraphProto& graph, const ModelOptions& options);
  void add_initializers(const onnx::GraphProto& graph);
  Dims checked(const onnx::TensorShapeProto& shape, const std::string& name) const;

  std::string path_;
  std::map<std::string, Dims> dims_;
  std::map<std::string, OnnxConstant> constants_;
  std::map<std::string, bool> integers_;
  Dims input_;
};

/// Throws InputError for a node with too few inputs or a stride, kernel, padding or number of groups that
/// cannot be; also in branches.
void check_nodes(const onnx::GraphProto& graph, int opset, const std::string& path);

/// The shape of one sample: the first dimension is the batch. [N,C,H,W], [N,length,channels] or [N,channels].
Shape sample_shape(const Dims& dims);
std::int64_t product(const Dims& dims, std::size_t from = 0);

/// Runs a node whose inputs are all constants, as far as shapes and small integers go. True when it was one.
bool fold_constant(const onnx::NodeProto& node, OnnxValues& values);

/// Fills in the first output's shape where libonnx left it open and it can be computed.
void infer_missing(const onnx::NodeProto& node, OnnxValues& values);
/// Shape and Size of a known shape become constants.
bool fold_shape(const onnx::NodeProto& node, OnnxValues& values);
/// The result of an operator on constants: its shape, and its values when they are few integers.
OnnxConstant fold_values(const onnx::NodeProto& node, const OnnxValues& values);

/// The layers of one node (none for views and shape arithmetic) are appended to `model`; `producers` maps
/// tensor names to layer indices and follows.
void add_onnx_node(const onnx::NodeProto& node, OnnxValues& values, std::map<std::string, int>& producers,
                   Model& model);

}  // namespace scalesim::workloads
