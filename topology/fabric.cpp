// What all fabrics have in common.
#include "topology/fabric.h"

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

std::unique_ptr<FabricLayout> make_fabric(FabricKind kind) {
  for (std::unique_ptr<FabricLayout>& layout : make_fabrics())
    if (layout->kind() == kind) return std::move(layout);
  throw InternalError("no layout for fabric " + std::string(to_text(kind)));
}

}  // namespace scalesim::topology
