// Checks a combination of parallel sizes and lays its groups over nodes.
#include "sim/scenario/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "core/error.h"

namespace scalesim::sim {
namespace {

std::string divisors(std::int64_t n) {
  std::string text;
  for (std::int64_t d = 1; d <= n && d <= 128; ++d)
    if (n % d == 0) text += (text.empty() ? "" : ", ") + std::to_string(d);
  return text;
}

void check_positive(const Parallelism& p) {
  for (const int size : {p.tensor, p.pipeline, p.context, p.expert, p.virtual_stages})
    if (size < 1) throw InputError(fmt::format("parallel size {}: must be at least 1", size));
}

void check_gpus(const Parallelism& p, int gpus) {
  const int product = p.tensor * p.pipeline * p.context;
  if (gpus % product == 0) return;
  const int below = gpus / product * product;
  throw InputError(fmt::format(
      "{} GPUs cannot be divided into groups of tp {} x pp {} x cp {} = {}: use {}{} GPUs", gpus, p.tensor,
      p.pipeline, p.context, product, below > 0 ? fmt::format("{} or ", below) : "", below + product));
}

void check_transformer(const Scenario& scenario) {
  const Parallelism& p = scenario.parallel;
  const auto& shape = scenario.model.transformer;
  if (!shape) {
    if (p.tensor > 1 || p.context > 1 || p.expert > 1)
      throw InputError(
          fmt::format("{} is not a transformer: tp, cp and ep cut attention and feed-forward "
                      "layers; use data or pipeline parallelism",
                      scenario.model.name));
    return;
  }
  if (shape->heads % p.tensor != 0)
    throw InputError(fmt::format("--tp {}: the {} attention heads of {} are divided by {}", p.tensor,
                                 shape->heads, scenario.model.name, divisors(shape->heads)));
  const int along_sequence = p.sequence_parallel ? p.tensor : 1;
  if (shape->sequence % (static_cast<std::int64_t>(p.context) * along_sequence) != 0)
    throw InputError(fmt::format(
        "--cp {}{}: the sequence of {} tokens cannot be cut into equal parts; divisors are {}", p.context,
        along_sequence > 1 ? fmt::format(" --tp {} --sequence-parallel", p.tensor) : "", shape->sequence,
        divisors(shape->sequence)));
  if (p.expert > 1 && (shape->experts < 2 || shape->experts % p.expert != 0))
    throw InputError(shape->experts < 2
                         ? fmt::format("--ep {}: {} has no experts", p.expert, scenario.model.name)
                         : fmt::format("--ep {}: the {} experts of {} are divided by {}", p.expert,
                                       shape->experts, scenario.model.name, divisors(shape->experts)));
  const std::int64_t stages = static_cast<std::int64_t>(p.pipeline) * p.virtual_stages;
  if (stages > shape->layers)
    throw InputError(fmt::format("--pp {} --vpp {}: {} stages are more than the {} layers of {}", p.pipeline,
                                 p.virtual_stages, stages, shape->layers, scenario.model.name));
}

/// Sets the strides by the order in `mapping`, innermost first ("tp-cp-dp-pp").
void lay_out(Layout& layout, const std::string& mapping) {
  struct Axis {
    std::string_view name;
    int size;
    int& stride;
    bool placed = false;
  };
  Axis axes[] = {{"tp", layout.tensor, layout.tensor_stride},
                 {"cp", layout.context, layout.context_stride},
                 {"dp", layout.data, layout.data_stride},
                 {"pp", layout.pipeline, layout.pipeline_stride}};
  int stride = 1, placed = 0;
  for (std::size_t from = 0; from <= mapping.size();) {
    const std::size_t to = std::min(mapping.find('-', from), mapping.size());
    const std::string_view word = std::string_view(mapping).substr(from, to - from);
    const auto axis =
        std::find_if(std::begin(axes), std::end(axes), [&](const Axis& a) { return a.name == word; });
    if (axis == std::end(axes) || axis->placed) {
      placed = 0;  // whatever stands before it
      break;
    }
    axis->placed = true;
    axis->stride = stride;
    stride *= axis->size;
    ++placed;
    from = to + 1;
  }
  if (placed != static_cast<int>(std::size(axes)))
    throw InputError(
        fmt::format("mapping '{}': give an order of tp, cp, dp and pp, neighbours first, such as "
                    "tp-cp-dp-pp",
                    mapping));
}

}  // namespace

Layout make_layout(const Scenario& scenario, int gpus, int gpus_per_node) {
  const Parallelism& p = scenario.parallel;
  check_positive(p);
  check_gpus(p, gpus);
  check_transformer(scenario);
  Layout layout;
  layout.tensor = p.tensor;
  layout.context = p.context;
  layout.pipeline = p.pipeline;
  layout.expert = p.expert;
  layout.data = gpus / (p.tensor * p.pipeline * p.context);
  if (layout.replicas() % p.expert != 0)
    throw InputError(
        fmt::format("--ep {}: {} data-parallel ranks cannot be divided into expert groups; their "
                    "divisors are {}",
                    p.expert, layout.replicas(), divisors(layout.replicas())));
  layout.gpus = gpus;
  layout.gpus_per_node = std::max(1, gpus_per_node);
  lay_out(layout, p.mapping);
  layout.shard = layout.replicas();
  return layout;
}

comm::Group spread(int size, int stride, int gpus_per_node, int gpus) {
  const int node = std::min(gpus_per_node, gpus);
  if (size <= 1) return {1, 1, node};
  const long reach = static_cast<long>(size) * stride;
  if (reach <= node) return {size, 1, std::max(1, node / size)};
  if (stride >= node) return {size, size, node};
  const int per_node = std::max(1, node / stride);
  return {size, (size + per_node - 1) / per_node, stride};
}

namespace {
comm::Group group_of(const Layout& l, int size, int stride) {
  return spread(size, stride, l.gpus_per_node, l.gpus);
}
/// Data and context ranks are neighbours in the usual order, and then form one evenly spread group.
int replica_stride(const Layout& l) {
  if (l.context == 1) return l.data_stride;
  return l.data == 1 ? l.context_stride : std::min(l.context_stride, l.data_stride);
}
}  // namespace

comm::Group tensor_group(const Layout& l) { return group_of(l, l.tensor, l.tensor_stride); }
comm::Group context_group(const Layout& l) { return group_of(l, l.context, l.context_stride); }
comm::Group gradient_group(const Layout& l) { return group_of(l, l.replicas(), replica_stride(l)); }
comm::Group expert_group(const Layout& l) { return group_of(l, l.expert, replica_stride(l)); }
comm::Group expert_gradient_group(const Layout& l) {
  return group_of(l, l.replicas() / l.expert, replica_stride(l) * l.expert);
}
comm::Group shard_group(const Layout& l) { return group_of(l, l.shard, replica_stride(l)); }
comm::Group replica_group(const Layout& l) {
  return group_of(l, l.replicas() / l.shard, replica_stride(l) * l.shard);
}
comm::Group neighbour_stages(const Layout& l) {
  comm::Group pair = group_of(l, 2, l.pipeline_stride);
  // Every rank of the node sends to its next stage at the same time.
  pair.groups_per_node = std::min(l.gpus_per_node, l.gpus) / (pair.nodes == 1 ? 2 : 1);
  pair.groups_per_node = std::max(1, pair.groups_per_node);
  return pair;
}

}  // namespace scalesim::sim
