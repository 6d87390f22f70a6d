// ONNX files: parsed, put in order, and turned into layers node by node. Weights may be initializers,
// Constant nodes or ConstantOfShape nodes; of the branches of an If the costlier is counted, the body of a
// loop once.
#include "core/error.h"
#include "core/file.h"
#include "workloads/load/model_file.h"

#ifdef SCALESIM_HAS_ONNX
#include <fmt/core.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <queue>
#include <set>

#include "workloads/load/onnx_values.h"

namespace scalesim::workloads {
namespace {

constexpr std::uintmax_t kLargestFile = (std::uintmax_t{1} << 31) - 1;  ///< protobuf's limit

using Producers = std::map<std::string, int>;

/// The version of ONNX's own operators that the file was written for; the newest where it does not say.
int opset_of(const onnx::ModelProto& model) {
  for (const onnx::OperatorSetIdProto& set : model.opset_import()) {
    const bool own = set.domain().empty() || set.domain() == "ai.onnx";
    if (own && set.version() > 0 && set.version() < std::numeric_limits<int>::max())
      return static_cast<int>(set.version());
  }
  return std::numeric_limits<int>::max();
}

onnx::ModelProto parse(const std::string& path) {
  const google::protobuf::LogSilencer silent;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored) &&
      std::filesystem::file_size(path, ignored) > kLargestFile) {
    throw InputError(
        {path}, "is larger than the 2 GiB that an ONNX file can be: keep the weights in a file beside it");
  }
  onnx::ModelProto model;
  if (!model.ParseFromString(read_file(path)) || !model.has_graph() || model.graph().node_size() == 0) {
    throw InputError(
        {path}, "is no complete ONNX model (damaged, cut short or another format): export or copy it again");
  }
  check_nodes(model.graph(), opset_of(model), path);
  return model;
}

/// Node indices so that every node comes after those it reads from; names known before are in `known`.
std::vector<int> ordered(const onnx::GraphProto& graph, std::set<std::string> known,
                         const std::string& path) {
  std::map<std::string, int> maker;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& output : graph.node(i).output()) maker[output] = i;
  }
  const auto count = static_cast<std::size_t>(graph.node_size());
  std::vector<int> waits(count, 0);
  std::vector<std::vector<int>> readers(count);
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& input : graph.node(i).input()) {
      const auto found = maker.find(input);
      if (found != maker.end()) {
        readers[static_cast<std::size_t>(found->second)].push_back(i);
        ++waits[static_cast<std::size_t>(i)];
      } else if (!input.empty() && known.count(input) == 0) {
        throw InputError({path},
                         fmt::format("node '{}' ({}) reads '{}', which nothing makes: the file is incomplete",
                                     graph.node(i).name(), graph.node(i).op_type(), input));
      }
    }
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (waits[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int node = ready.top();
    ready.pop();
    order.push_back(node);
    for (int reader : readers[static_cast<std::size_t>(node)]) {
      if (--waits[static_cast<std::size_t>(reader)] == 0) ready.push(reader);
    }
  }
  if (order.size() != count) {
    const auto stuck = std::find_if(waits.begin(), waits.end(), [](int n) { return n > 0; }) - waits.begin();
    throw InputError({path}, fmt::format("the graph has a cycle through node '{}' ({})",
                                         graph.node(static_cast<int>(stuck)).name(),
                                         graph.node(static_cast<int>(stuck)).op_type()));
  }
  return order;
}

struct Reader {
  OnnxValues values;
  Producers producers;
  Model model;
  std::set<std::string> known;
};

void read_graph(const onnx::GraphProto& graph, Reader& reader);

std::vector<const onnx::GraphProto*> subgraphs(const onnx::NodeProto& node) {
  std::vector<const onnx::GraphProto*> graphs;
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) graphs.push_back(&attribute.g());
  }
  return graphs;
}

/// The branches that can run: one when the condition is known from shapes.
std::vector<const onnx::GraphProto*> possible(const onnx::NodeProto& node, const OnnxValues& values) {
  const auto all = subgraphs(node);
  const OnnxConstant* condition =
      node.op_type() == "If" && node.input_size() > 0 ? values.constant(node.input(0)) : nullptr;
  if (!condition || condition->values.size() != 1) return all;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == (condition->values[0] ? "then_branch" : "else_branch")) return {&attribute.g()};
  }
  return all;
}

/// Reads the branch with the most multiply-accumulates, then the most layers, and connects its outputs to the
/// node's. A branch that the input's size does not fit (made for another sample rate, say) is not the one
/// that runs.
void read_branch(const onnx::NodeProto& node, Reader& reader) {
  std::optional<Reader> best;
  const onnx::GraphProto* chosen = nullptr;
  std::optional<InputError> misfit;
  for (const onnx::GraphProto* branch : possible(node, reader.values)) {
    try {
      Reader trial = reader;
      trial.values.add_graph(*branch);
      read_graph(*branch, trial);
      const auto cost = [](const Reader& r) { return std::pair(r.model.macs(), r.model.layers.size()); };
      if (!best || cost(trial) > cost(*best)) best = std::move(trial), chosen = branch;
    } catch (const InputError& wrong) {
      misfit = wrong;
    }
  }
  if (!chosen && misfit) throw *misfit;
  if (!chosen) return;
  reader = std::move(*best);
  for (int i = 0; i < node.output_size() && i < chosen->output_size(); ++i) {
    const std::string& from = chosen->output(i).name();
    if (const auto made = reader.producers.find(from); made != reader.producers.end())
      reader.producers[node.output(i)] = made->second;
    if (const OnnxConstant* constant = reader.values.constant(from))
      reader.values.set_constant(node.output(i), OnnxConstant(*constant));
    if (const auto dims = reader.values.dims(from)) reader.values.set_dims(node.output(i), *dims);
  }
}

void read_graph(const onnx::GraphProto& graph, Reader& reader) {
  for (const auto& value : graph.input()) reader.known.insert(value.name());
  for (const auto& tensor : graph.initializer()) reader.known.insert(tensor.name());
  for (int index : ordered(graph, reader.known, reader.values.path())) {
    const onnx::NodeProto& node = graph.node(index);
    for (const std::string& output : node.output()) reader.known.insert(output);
    if (!subgraphs(node).empty()) {
      read_branch(node, reader);
    } else if (!fold_constant(node, reader.values)) {
      infer_missing(node, reader.values);
      add_onnx_node(node, reader.values, reader.producers, reader.model);
    }
  }
}

void check_outputs(const onnx::GraphProto& graph, const Reader& reader) {
  for (const auto& output : graph.output()) {
    if (reader.known.count(output.name()) == 0) {
      throw InputError({reader.values.path()},
                       fmt::format("output '{}' is made by no node: the file is cut short", output.name()));
    }
  }
  if (graph.output_size() == 0)
    throw InputError({reader.values.path()}, "the graph has no output: the file is cut short");
}

}  // namespace

Model read_onnx(const std::string& path, const ModelOptions& options) {
  onnx::ModelProto proto = parse(path);
  Reader reader{OnnxValues(proto, path, options), {}, {}, {}};
  reader.model.name = std::filesystem::path(path).stem().string();
  reader.model.source = path;
  reader.model.input = sample_shape(reader.values.input());
  reader.known.insert("");
  read_graph(proto.graph(), reader);
  check_outputs(proto.graph(), reader);
  if (reader.model.layers.empty()) throw InputError({path}, "the graph computes nothing from its input");
  return std::move(reader.model);
}

}  // namespace scalesim::workloads
#else
namespace scalesim::workloads {

Model read_onnx(const std::string& path, const ModelOptions&) {
  throw InputError({path},
                   "this scalesim was built without ONNX: build it where libonnx-dev is installed, or "
                   "describe the model in TOML");
}

}  // namespace scalesim::workloads
#endif
