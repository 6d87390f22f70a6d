// Shapes that libonnx leaves open because they hang on computed sizes, above all inside the branches of an
// If: small integer tensors are computed, and the shapes that follow from them.
#ifdef SCALESIM_HAS_ONNX
#include <algorithm>
#include <numeric>

#include "workloads/load/onnx_values.h"

namespace scalesim::workloads {
namespace {

using Values = std::vector<std::int64_t>;

Values integers(const onnx::NodeProto& node, std::string_view name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() != name) continue;
    if (attribute.ints_size() > 0) return Values(attribute.ints().begin(), attribute.ints().end());
    return {attribute.i()};
  }
  return {};
}

/// A list that older operator sets give as attribute and newer ones as input.
Values list(const onnx::NodeProto& node, const OnnxValues& values, std::string_view attribute, int input) {
  if (Values found = integers(node, attribute); !found.empty()) return found;
  const OnnxConstant* constant = input < node.input_size() ? values.constant(node.input(input)) : nullptr;
  return constant ? constant->values : Values{};
}

std::int64_t wrap(std::int64_t axis, std::size_t rank) {
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

Dims unsqueezed(const Dims& in, Values axes) {
  Dims out = in;
  const std::size_t rank = in.size() + axes.size();
  for (auto& axis : axes) axis = wrap(axis, rank);
  std::sort(axes.begin(), axes.end());
  for (std::int64_t axis : axes) {
    if (axis >= 0 && axis <= static_cast<std::int64_t>(out.size())) out.insert(out.begin() + axis, 1);
  }
  return out;
}

Dims squeezed(const Dims& in, const Values& axes) {
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool listed = std::any_of(
        axes.begin(), axes.end(), [&](auto a) { return wrap(a, in.size()) == static_cast<std::int64_t>(i); });
    if (!(axes.empty() ? in[i] == 1 : listed)) out.push_back(in[i]);
  }
  return out;
}

struct Range {
  std::int64_t start = 0, step = 1, count = 0;
};

/// The range a slice takes of each axis.
std::vector<Range> slice_ranges(const onnx::NodeProto& node, const OnnxValues& values, const Dims& in) {
  std::vector<Range> ranges;
  for (std::int64_t dim : in) ranges.push_back({0, 1, dim});
  const Values starts = list(node, values, "starts", 1), ends = list(node, values, "ends", 2);
  Values axes = list(node, values, "axes", 3), steps = list(node, values, "steps", 4);
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (std::size_t i = 0; i < axes.size() && i < starts.size() && i < ends.size(); ++i) {
    const std::int64_t axis = wrap(axes[i], in.size());
    if (axis < 0 || axis >= static_cast<std::int64_t>(in.size())) continue;
    const std::int64_t size = in[static_cast<std::size_t>(axis)],
                       step = i < steps.size() && steps[i] != 0 ? steps[i] : 1;
    auto clamp = [&](std::int64_t at) {
      at = at < 0 ? std::max(at, -size - 1) + size : at;
      return step > 0 ? std::clamp<std::int64_t>(at, 0, size) : std::clamp<std::int64_t>(at, -1, size - 1);
    };
    const std::int64_t from = clamp(starts[i]), to = ends[i] < -size ? (step > 0 ? 0 : -1) : clamp(ends[i]);
    const std::int64_t span = step > 0 ? to - from : from - to;
    ranges[static_cast<std::size_t>(axis)] = {
        from, step, std::max<std::int64_t>(0, (span + std::abs(step) - 1) / std::abs(step))};
  }
  return ranges;
}

Dims counts(const std::vector<Range>& ranges) {
  Dims dims;
  for (const Range& range : ranges) dims.push_back(range.count);
  return dims;
}

/// Elements of `in` at start + step * index along every axis, then axes permuted.
Values gather_elements(const Values& in, const Dims& dims, const std::vector<Range>& ranges,
                       const Values& order) {
  Values out;
  Dims index(dims.size(), 0);
  const Dims shape = counts(ranges);
  for (std::int64_t left = product(shape); left > 0; --left) {
    std::int64_t at = 0;
    for (std::size_t i = 0; i < dims.size(); ++i)
      at = at * dims[i] + ranges[i].start + ranges[i].step * index[i];
    out.push_back(in[static_cast<std::size_t>(at)]);
    for (std::size_t i = dims.size(); i-- > 0;) {
      const auto axis = static_cast<std::size_t>(order[i]);
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}

Values straight(std::size_t rank) {
  Values order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Dims reshaped(const Dims& in, Values wanted) {
  std::int64_t known = 1;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0 && i < in.size()) wanted[i] = in[i];
    if (wanted[i] > 0) known *= wanted[i];
  }
  for (auto& dim : wanted) {
    if (dim < 0) dim = known > 0 ? product(in) / known : 0;
  }
  return wanted;
}

Dims permuted(const Dims& in, const Values& order) {
  Dims out;
  for (std::int64_t axis : order) {
    if (axis >= 0 && axis < static_cast<std::int64_t>(in.size()))
      out.push_back(in[static_cast<std::size_t>(axis)]);
  }
  return out;
}

Values order_of(const onnx::NodeProto& node, std::size_t rank) {
  Values order = integers(node, "perm");
  if (order.size() != rank) {
    order = straight(rank);
    std::reverse(order.begin(), order.end());
  }
  return order;
}

std::optional<Dims> padded(const onnx::NodeProto& node, const OnnxValues& values, Dims dims) {
  const Values pads = list(node, values, "pads", 1);
  if (pads.size() != 2 * dims.size()) return std::nullopt;
  for (std::size_t i = 0; i < dims.size(); ++i) dims[i] += pads[i] + pads[i + dims.size()];
  return dims;
}

std::optional<Dims> convolved(const onnx::NodeProto& node, const OnnxValues& values, const Dims& in) {
  const auto weight = node.input_size() > 1 ? values.dims(node.input(1)) : std::nullopt;
  if (!weight || weight->size() != in.size() || in.size() < 3) return std::nullopt;
  const Values strides = integers(node, "strides"), pads = integers(node, "pads"),
               dilations = integers(node, "dilations");
  auto at = [](const Values& list, std::size_t i, std::int64_t fallback) {
    return i < list.size() ? list[i] : fallback;
  };
  const std::size_t axes = in.size() - 2;
  Dims out = {in[0], (*weight)[0]};
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t span = at(dilations, i, 1) * ((*weight)[i + 2] - 1) + 1;
    const std::int64_t room = in[i + 2] + at(pads, i, 0) + at(pads, i + axes, 0) - span;
    out.push_back(room < 0 ? 0 : room / std::max<std::int64_t>(1, at(strides, i, 1)) + 1);
  }
  return out;
}

std::optional<Dims> gathered(const onnx::NodeProto& node, const OnnxValues& values, const Dims& in) {
  const auto indices = node.input_size() > 1 ? values.dims(node.input(1)) : std::nullopt;
  if (!indices || in.empty()) return std::nullopt;
  const Values attribute = integers(node, "axis");
  const auto axis = static_cast<std::size_t>(wrap(attribute.empty() ? 0 : attribute[0], in.size()));
  Dims out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(std::min(axis, in.size())));
  out.insert(out.end(), indices->begin(), indices->end());
  if (axis < in.size()) out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end());
  return out;
}

std::optional<Dims> output_dims(const onnx::NodeProto& node, const OnnxValues& values, const Dims& in) {
  const std::string& type = node.op_type();
  if (type == "Pad") return padded(node, values, in);
  if (type == "Conv") return convolved(node, values, in);
  if (type == "Gather") return gathered(node, values, in);
  if (type == "Unsqueeze") return unsqueezed(in, list(node, values, "axes", 1));
  if (type == "Squeeze") return squeezed(in, list(node, values, "axes", 1));
  if (type == "Slice") return counts(slice_ranges(node, values, in));
  if (type == "Transpose") return permuted(in, order_of(node, in.size()));
  if (type == "Reshape") {
    const Values wanted = list(node, values, "shape", 1);
    return wanted.empty() ? std::nullopt : std::optional(reshaped(in, wanted));
  }
  return std::nullopt;
}

Values concatenated(const onnx::NodeProto& node, const OnnxValues& values) {
  Values all;
  for (const std::string& input : node.input()) {
    const OnnxConstant* part = values.constant(input);
    all.insert(all.end(), part->values.begin(), part->values.end());
  }
  return all;
}

Values taken(const OnnxConstant& from, const OnnxConstant& indices) {
  Values out;
  for (std::int64_t index : indices.values) {
    const std::int64_t at = wrap(index, from.values.size());
    if (from.dims.size() <= 1 && at >= 0 && at < static_cast<std::int64_t>(from.values.size()))
      out.push_back(from.values[static_cast<std::size_t>(at)]);
  }
  return out;
}

/// Sequence of outputs, then last output (and cell) of each direction.
void infer_recurrence(const onnx::NodeProto& node, OnnxValues& values, const Dims& in) {
  const auto weight = values.dims(node.input(1));
  const Values hidden = integers(node, "hidden_size");
  if (!weight || weight->size() != 3 || hidden.empty() || in.size() != 3) return;
  values.set_dims(node.output(0), {in[0], (*weight)[0], in[1], hidden[0]});
  for (int i = 1; i < node.output_size(); ++i)
    values.set_dims(node.output(i), {(*weight)[0], in[1], hidden[0]});
}

std::optional<Dims> concatenated_dims(const onnx::NodeProto& node, const OnnxValues& values, Dims dims) {
  const Values attribute = integers(node, "axis");
  const auto axis = static_cast<std::size_t>(wrap(attribute.empty() ? 0 : attribute[0], dims.size()));
  for (int i = 1; i < node.input_size(); ++i) {
    const auto more = values.dims(node.input(i));
    if (!more || more->size() != dims.size() || axis >= dims.size()) return std::nullopt;
    dims[axis] += (*more)[axis];
  }
  return dims;
}

}  // namespace

void infer_missing(const onnx::NodeProto& node, OnnxValues& values) {
  if (node.output_size() == 0 || node.input_size() == 0) return;
  const auto in = values.dims(node.input(0));
  if (!in) return;
  const std::string& type = node.op_type();
  if (type == "LSTM" || type == "GRU" || type == "RNN") return infer_recurrence(node, values, *in);
  if (values.dims(node.output(0))) return;
  const auto dims = type == "Concat" ? concatenated_dims(node, values, *in) : output_dims(node, values, *in);
  if (dims) values.set_dims(node.output(0), *dims);
}

OnnxConstant fold_values(const onnx::NodeProto& node, const OnnxValues& values) {
  const std::string& type = node.op_type();
  const OnnxConstant& first = *values.constant(node.input(0));
  OnnxConstant made = first;
  if (const auto known = values.dims(node.output(0))) {
    made.dims = *known;
  } else if (const auto computed = output_dims(node, values, first.dims)) {
    made.dims = *computed;
  }
  const bool whole =
      static_cast<std::int64_t>(first.values.size()) == first.elements() && !first.values.empty();
  if (!whole || first.floating) {
    made.values.clear();
    if (type == "Concat") made.dims = concatenated_dims(node, values, first.dims).value_or(made.dims);
    return made;
  }
  if (type == "Concat") {
    made.values = concatenated(node, values);
    made.dims = {static_cast<std::int64_t>(made.values.size())};
  } else if (type == "Gather") {
    made.values = taken(first, *values.constant(node.input(1)));
    made.dims = values.constant(node.input(1))->dims;
  } else if (type == "Slice") {
    made.values = gather_elements(first.values, first.dims, slice_ranges(node, values, first.dims),
                                  straight(first.dims.size()));
  } else if (type == "Transpose") {
    std::vector<Range> all;
    for (std::int64_t dim : first.dims) all.push_back({0, 1, dim});
    made.values = gather_elements(first.values, first.dims, all, order_of(node, first.dims.size()));
  } else if (type == "Equal" && node.input_size() == 2) {
    made.values = {first.values == values.constant(node.input(1))->values};
  } else if (type == "Not") {
    made.values = {first.values[0] == 0};
  } else if (type == "Size") {
    made.values = {first.elements()};
  } else if (type == "Shape") {
    made.values = first.dims;
  } else if (type != "Identity" && type != "Cast" && type != "Unsqueeze" && type != "Squeeze" &&
             type != "Reshape") {
    made.values.clear();
  }
  return made;
}

bool fold_shape(const onnx::NodeProto& node, OnnxValues& values) {
  if (node.op_type() != "Shape" && node.op_type() != "Size") return false;
  const auto dims = values.dims(node.input(0));
  if (!dims) return false;
  const bool shape = node.op_type() == "Shape";
  values.set_constant(node.output(0), {shape ? Dims{static_cast<std::int64_t>(dims->size())} : Dims{}, false,
                                       shape ? *dims : Dims{product(*dims)}});
  return true;
}

}  // namespace scalesim::workloads
#endif
