// A fabric added as one file: one switch whose ports get a quarter of their rate when all of them send.
#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {
namespace {

class AddedBus final : public FabricLayout {
 public:
  std::string_view name() const override { return "added_bus"; }
  std::string_view option() const override { return "added-bus"; }
  FabricSize size(const FabricShape& shape) const override {
    FabricSize size;
    size.leaves = size.tiers = 1;
    size.node_cables = shape.endpoints();
    return size;
  }
  std::vector<FabricRoute> routes(const FabricShape& shape, int from, int to) const override {
    const int middle = shape.endpoints();
    return {{{from, middle, shape.port_rate}, {middle, to, shape.port_rate}}};
  }
  /// Nodes share the bus, so what a port keeps of its rate is what counts, whoever sends to whom.
  bool is_direct() const override { return true; }
  double share(const FabricShape&, FabricTraffic) const override { return 0.25; }
};

}  // namespace

std::unique_ptr<FabricLayout> make_fabric_added_bus() { return std::make_unique<AddedBus>(); }

}  // namespace scalesim::topology
