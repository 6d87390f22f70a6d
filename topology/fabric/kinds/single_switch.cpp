// One switch for everything. Past its ports it is what a modular chassis is inside: a full fat tree that
// behaves as one.
#include "topology/fabric/clos.h"

namespace scalesim::topology {
namespace {

class SingleSwitch : public FabricLayout {
 public:
  std::string_view name() const override { return "single_switch"; }
  std::string_view option() const override { return "switch"; }
  int list_order() const override { return 1; }
  bool is_one_switch() const override { return true; }
  FabricSize size(const FabricShape& shape) const override { return chassis(shape).size(); }
  std::vector<FabricRoute> routes(const FabricShape& shape, int from, int to) const override {
    const Clos clos = chassis(shape);
    const int down = leaf_ports(shape);
    return clos.routes(from, from / down, to, to / down);
  }
  int switches_between(const FabricShape& shape, int from, int to) const override {
    const int down = leaf_ports(shape);
    return chassis(shape).switches_between(from / down, to / down);
  }
  double share(const FabricShape&, FabricTraffic) const override { return 1; }

 private:
  static int leaf_ports(const FabricShape& shape) {
    return shape.endpoints() <= shape.radix ? shape.radix : shape.radix / 2;
  }
  static Clos chassis(FabricShape shape) {
    shape.oversubscription = 1;
    const int down = leaf_ports(shape);
    return plan_clos(shape, (shape.endpoints() + down - 1) / down);
  }
};

}  // namespace

std::unique_ptr<FabricLayout> make_fabric_single_switch() { return std::make_unique<SingleSwitch>(); }

}  // namespace scalesim::topology
