// Sizes and routes of leaf-spine networks.
#include "topology/fabric/clos.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace scalesim::topology {
namespace {

int divide_up(int a, int b) { return (a + b - 1) / b; }

}  // namespace

int leaf_ports_down(const FabricShape& shape) {
  const int up = std::max(1, static_cast<int>(shape.radix / (1 + shape.oversubscription)));
  return shape.radix - up;
}

Clos plan_clos(const FabricShape& shape, int leaves) {
  Clos clos;
  clos.shape = shape;
  clos.leaves = leaves;
  if (leaves == 1) return clos;
  clos.up = shape.radix - leaf_ports_down(shape);
  if (leaves <= shape.radix) {
    clos.spines = divide_up(leaves * clos.up, shape.radix);
    return clos;
  }
  const int half = shape.radix / 2;
  clos.pods = divide_up(leaves, half);
  if (clos.pods > shape.radix)
    throw InputError(
        fmt::format("{} network ports do not fit in three tiers of {}-port switches: the most is {}",
                    shape.endpoints(), shape.radix, shape.radix * half * leaf_ports_down(shape)));
  clos.cores_per_group = divide_up(clos.pods * half, shape.radix);
  return clos;
}

FabricSize Clos::size() const {
  FabricSize size;
  size.leaves = leaves;
  size.node_cables = shape.endpoints();
  size.switch_cables = long(leaves) * up;
  if (pods == 0) {
    size.spines = spines;
    size.tiers = leaves == 1 || up == 0 ? 1 : 2;
    return size;
  }
  size.aggregations = pods * up;
  size.spines = up * cores_per_group;
  size.switch_cables += long(size.aggregations) * (shape.radix / 2);
  size.tiers = 3;
  return size;
}

std::vector<FabricRoute> Clos::routes(int from, int from_leaf, int to, int to_leaf) const {
  const BytesPerSecond rate = shape.port_rate;
  const FabricLink in{from, leaf(from_leaf), rate};
  const FabricLink out{leaf(to_leaf), to, rate};
  if (from_leaf == to_leaf) return {{in, out}};
  std::vector<FabricRoute> routes;
  if (pods == 0) {
    // A leaf's uplinks are dealt evenly to the spines: up / spines cables to each.
    const BytesPerSecond bundle = rate * up / spines;
    for (int s = 0; s < spines; ++s) {
      const int spine = leaf(leaves) + s;
      routes.push_back({in, {leaf(from_leaf), spine, bundle}, {spine, leaf(to_leaf), bundle}, out});
    }
    return routes;
  }
  const int from_pod = pod_of(from_leaf);
  const int to_pod = pod_of(to_leaf);
  const BytesPerSecond bundle = rate * (shape.radix / 2) / cores_per_group;
  for (int j = 0; j < up; ++j) {
    const FabricLink rise{leaf(from_leaf), aggregation(from_pod, j), rate};
    const FabricLink fall{aggregation(to_pod, j), leaf(to_leaf), rate};
    if (from_pod == to_pod) {
      routes.push_back({in, rise, fall, out});
      continue;
    }
    for (int c = 0; c < cores_per_group; ++c)
      routes.push_back(
          {in, rise, {rise.to, core(j, c), bundle}, {core(j, c), aggregation(to_pod, j), bundle}, fall, out});
  }
  return routes;
}

int Clos::switches_between(int from_leaf, int to_leaf) const {
  if (from_leaf == to_leaf) return 1;
  return pods == 0 || pod_of(from_leaf) == pod_of(to_leaf) ? 3 : 5;
}

double Clos::share(FabricTraffic traffic, int nodes_per_leaf, int ports_per_leaf) const {
  if (leaves == 1) return 1;
  // Above the leaves nothing is oversubscribed, so the uplinks of a full leaf decide.
  double leaving =
      ports_per_leaf / std::max(nodes_per_leaf, 1);  // the last node of the leaf sends to the next leaf
  if (traffic == FabricTraffic::everyone)
    leaving = ports_per_leaf * (1 - double(nodes_per_leaf - 1) / std::max(shape.nodes - 1, 1));
  return std::min(1.0, up / leaving);
}

}  // namespace scalesim::topology
