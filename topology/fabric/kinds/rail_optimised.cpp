// Rail-optimised: port i of every node goes to the leaves of rail i, so that equal GPUs of all nodes meet one
// switch up. While a rail fits one switch the rails are not joined at all: traffic changes rail inside a
// node, over NVLink.
#include "topology/fabric/clos.h"

namespace scalesim::topology {
namespace {

class RailOptimised : public FabricLayout {
 public:
  std::string_view name() const override { return "rail_optimised"; }
  std::string_view option() const override { return "rail"; }
  int list_order() const override { return 2; }
  double leaving(const FabricShape& shape) const override { return share_leaving(shape, shape.radix / 2); }

  FabricSize size(const FabricShape& shape) const override {
    if (separate(shape)) {
      FabricSize rails;
      rails.leaves = shape.ports_per_node;
      rails.node_cables = shape.endpoints();
      rails.tiers = 1;
      return rails;
    }
    return plan_clos(shape, leaves_per_rail(shape) * shape.ports_per_node).size();
  }

  std::vector<FabricRoute> routes(const FabricShape& shape, int from, int to) const override {
    if (!separate(shape))
      return plan_clos(shape, leaves_per_rail(shape) * shape.ports_per_node)
          .routes(from, leaf(shape, from), to, leaf(shape, to));
    const int rail = from % shape.ports_per_node;
    if (rail != to % shape.ports_per_node) return {};
    const int rail_switch = shape.endpoints() + rail;
    return {{{from, rail_switch, shape.port_rate}, {rail_switch, to, shape.port_rate}}};
  }
  int switches_between(const FabricShape& shape, int from, int to) const override {
    if (separate(shape)) return from % shape.ports_per_node == to % shape.ports_per_node ? 1 : 0;
    return plan_clos(shape, leaves_per_rail(shape) * shape.ports_per_node)
        .switches_between(leaf(shape, from), leaf(shape, to));
  }
  double share(const FabricShape& shape, FabricTraffic traffic) const override {
    if (separate(shape)) return 1;
    const int nodes = leaf_ports_down(shape);
    return plan_clos(shape, leaves_per_rail(shape) * shape.ports_per_node).share(traffic, nodes, nodes);
  }

 private:
  static bool separate(const FabricShape& shape) { return shape.nodes <= shape.radix; }
  static int leaves_per_rail(const FabricShape& shape) {
    const int down = leaf_ports_down(shape);
    return (shape.nodes + down - 1) / down;
  }
  static int leaf(const FabricShape& shape, int endpoint) {
    const int node = endpoint / shape.ports_per_node;
    const int rail = endpoint % shape.ports_per_node;
    return rail * leaves_per_rail(shape) + node / leaf_ports_down(shape);
  }
};

}  // namespace

std::unique_ptr<FabricLayout> make_fabric_rail_optimised() { return std::make_unique<RailOptimised>(); }

}  // namespace scalesim::topology
