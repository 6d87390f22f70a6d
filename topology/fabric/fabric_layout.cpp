// What all fabrics have in common.
#include "topology/fabric/fabric_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace scalesim::topology {
namespace {

std::vector<std::unique_ptr<FabricLayout>> listed_fabrics() {
  std::vector<std::unique_ptr<FabricLayout>> fabrics = make_fabrics();
  std::stable_sort(fabrics.begin(), fabrics.end(),
                   [](const auto& a, const auto& b) { return a->list_order() < b->list_order(); });
  return fabrics;
}

/// "switch, rail or torus".
std::string either_of(const std::vector<std::string>& words) {
  if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
  return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

}  // namespace

FabricShape fabric_shape(const Cluster& cluster) {
  FabricShape shape;
  shape.nodes = cluster.nodes;
  shape.ports_per_node = cluster.nics_per_node;
  shape.port_rate = cluster.nic_rate;
  shape.oversubscription = cluster.fabric.oversubscription;
  return shape;
}

int FabricLayout::switches_between(const FabricShape& shape, int from, int to) const {
  const std::vector<FabricRoute> ways = routes(shape, from, to);
  return ways.empty() ? 0 : static_cast<int>(ways.front().size()) - 1;
}

double FabricLayout::leaving(const FabricShape& shape) const {
  const double leaf_ports = shape.radix / 2;
  return share_leaving(shape, std::max(1.0, std::floor(leaf_ports / shape.ports_per_node)));
}

double share_leaving(const FabricShape& shape, double nodes_per_leaf) {
  return shape.nodes <= nodes_per_leaf ? 0 : (shape.nodes - nodes_per_leaf) / (shape.nodes - 1);
}

double mean_switches(const FabricLayout& layout, const FabricShape& shape) {
  if (shape.nodes < 2) return 1;
  if (layout.is_direct()) return std::max(1, layout.switches_between(shape, 0, shape.endpoint(1, 0)));
  constexpr int most = 16;
  const int asked = std::min(most, shape.nodes - 1);
  double sum = 0;
  for (int i = 1; i <= asked; ++i) {
    const int other = static_cast<int>(static_cast<long>(i) * (shape.nodes - 1) / asked);
    sum += std::max(1, layout.switches_between(shape, 0, shape.endpoint(other, 0)));
  }
  return sum / asked;
}

std::unique_ptr<FabricLayout> make_fabric(std::string_view name) {
  for (std::unique_ptr<FabricLayout>& layout : make_fabrics())
    if (layout->name() == name) return std::move(layout);
  throw InternalError("no layout for fabric " + std::string(name));
}

std::string parse_fabric(std::string_view text) {
  for (const std::unique_ptr<FabricLayout>& layout : make_fabrics())
    if (layout->name() == text || layout->option() == text) return std::string(layout->name());
  throw unknown_name("fabric", text, fabric_options(), either_of(fabric_options()));
}

std::vector<std::string> fabric_names() {
  std::vector<std::string> names;
  for (const std::unique_ptr<FabricLayout>& layout : listed_fabrics()) names.emplace_back(layout->name());
  return names;
}

std::vector<std::string> fabric_options() {
  std::vector<std::string> options;
  for (const std::unique_ptr<FabricLayout>& layout : listed_fabrics()) options.emplace_back(layout->option());
  return options;
}

}  // namespace scalesim::topology
