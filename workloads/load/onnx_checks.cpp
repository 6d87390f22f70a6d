// Values in nodes that no operator can have. libonnx takes them as they are: it divides by a stride of zero
// and reads inputs that are not there.
#ifdef SCALESIM_HAS_ONNX
#include <fmt/core.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <string_view>

#include "core/error.h"
#include "workloads/load/onnx_values.h"

namespace scalesim::workloads {
namespace {

/// Larger than any real kernel, stride or number of groups.
constexpr std::int64_t kLargest = std::int64_t{1} << 24;

struct Range {
  std::string_view name;
  std::int64_t least;
};
constexpr Range kRanges[] = {{"strides", 1}, {"dilations", 1},  {"kernel_shape", 1}, {"pads", -kLargest},
                             {"group", 1},   {"num_groups", 1}, {"hidden_size", 1}};

std::string place(const onnx::NodeProto& node) {
  return fmt::format("node '{}' ({})", node.name(), node.op_type());
}

void check_range(const onnx::NodeProto& node, const onnx::AttributeProto& attribute, std::int64_t value,
                 const std::string& path) {
  const auto range = std::find_if(std::begin(kRanges), std::end(kRanges),
                                  [&](const Range& r) { return r.name == attribute.name(); });
  if (range == std::end(kRanges) || (value >= range->least && value <= kLargest)) return;
  throw InputError({path}, fmt::format("{} has {} in '{}', but it must lie between {} and {}", place(node),
                                       value, attribute.name(), range->least, kLargest));
}

/// Operators of other domains have no schema here, and are listed by their bytes. What an operator reads
/// changed with the version of the operator set: the axes of Unsqueeze were an attribute before 13.
void check_inputs(const onnx::NodeProto& node, int opset, const std::string& path) {
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(node.op_type(), opset, node.domain());
  if (!schema || node.input_size() >= schema->min_input()) return;
  throw InputError({path}, fmt::format("{} reads {} tensors, but needs {}: the file is incomplete",
                                       place(node), node.input_size(), schema->min_input()));
}

}  // namespace

void check_nodes(const onnx::GraphProto& graph, int opset, const std::string& path) {
  for (const onnx::NodeProto& node : graph.node()) {
    check_inputs(node, opset, path);
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      for (const std::int64_t value : attribute.ints()) check_range(node, attribute, value, path);
      if (attribute.has_i()) check_range(node, attribute, attribute.i(), path);
      if (attribute.has_g()) check_nodes(attribute.g(), opset, path);
    }
  }
}

}  // namespace scalesim::workloads
#endif
