// Fat tree: nodes fill leaf switches in order, all ports of a node on one leaf; leaves may be oversubscribed.
#include "topology/fabric/clos.h"

namespace scalesim::topology {
namespace {

class FatTree : public FabricLayout {
 public:
  std::string_view name() const override { return "fat_tree"; }
  std::string_view option() const override { return "fat-tree"; }
  int list_order() const override { return 3; }
  FabricSize size(const FabricShape& shape) const override { return plan(shape).size(); }
  std::vector<FabricRoute> routes(const FabricShape& shape, int from, int to) const override {
    const int down = leaf_ports(shape);
    return plan(shape).routes(from, from / down, to, to / down);
  }
  int switches_between(const FabricShape& shape, int from, int to) const override {
    const int down = leaf_ports(shape);
    return plan(shape).switches_between(from / down, to / down);
  }
  double share(const FabricShape& shape, FabricTraffic traffic) const override {
    const int ports = leaf_ports(shape);
    return plan(shape).share(traffic, ports / shape.ports_per_node, ports);
  }

 private:
  static int leaf_ports(const FabricShape& shape) {
    return shape.endpoints() <= shape.radix ? shape.radix : leaf_ports_down(shape);
  }
  static Clos plan(const FabricShape& shape) {
    const int down = leaf_ports(shape);
    return plan_clos(shape, (shape.endpoints() + down - 1) / down);
  }
};

}  // namespace

std::unique_ptr<FabricLayout> make_fabric_fat_tree() { return std::make_unique<FatTree>(); }

}  // namespace scalesim::topology
