// What all fabrics have in common.
#include "topology/fabric/fabric_layout.h"

#include <algorithm>

#include "core/error.h"

namespace scalesim::topology {

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

bool is_direct(FabricKind kind) { return kind == FabricKind::torus || kind == FabricKind::dragonfly; }

double mean_switches(const FabricLayout& layout, const FabricShape& shape) {
  if (shape.nodes < 2) return 1;
  if (is_direct(layout.kind())) return std::max(1, layout.switches_between(shape, 0, shape.endpoint(1, 0)));
  constexpr int most = 16;
  const int asked = std::min(most, shape.nodes - 1);
  double sum = 0;
  for (int i = 1; i <= asked; ++i) {
    const int other = static_cast<int>(static_cast<long>(i) * (shape.nodes - 1) / asked);
    sum += std::max(1, layout.switches_between(shape, 0, shape.endpoint(other, 0)));
  }
  return sum / asked;
}

std::unique_ptr<FabricLayout> make_fabric(FabricKind kind) {
  for (std::unique_ptr<FabricLayout>& layout : make_fabrics())
    if (layout->kind() == kind) return std::move(layout);
  throw InternalError("no layout for fabric " + std::string(to_text(kind)));
}

}  // namespace scalesim::topology
