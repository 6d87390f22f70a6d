// Leaf, spine and three-tier networks of equal switches: the arithmetic that single-switch, rail and fat-tree
// fabrics share. Sizes follow tco.md section 3: leaf = N/(k/2), spine = N/k for two tiers; leaf = aggregation
// = 2N/k, core = N/k for three.
#pragma once

#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {

/// Leaves with `down` ports to endpoints and `up` ports to the tier above, which is sized for them.
struct Clos {
  FabricShape shape;
  int leaves = 1;
  int up = 0;      ///< uplinks of a leaf; also aggregation switches of a pod when there are three tiers
  int spines = 0;  ///< two tiers
  int pods = 0;    ///< three tiers, else 0: groups of radix/2 leaves
  int cores_per_group = 0;  ///< three tiers: aggregation switch j of every pod meets the cores of group j

  FabricSize size() const;
  /// Routes between endpoints below leaves `from_leaf` and `to_leaf`.
  std::vector<FabricRoute> routes(int from, int from_leaf, int to, int to_leaf) const;
  /// Switches between endpoints below two leaves.
  int switches_between(int from_leaf, int to_leaf) const;
  /// Share of the port rate when `nodes_per_leaf` nodes with `ports_per_leaf` ports of them hang on a full
  /// leaf.
  double share(FabricTraffic traffic, int nodes_per_leaf, int ports_per_leaf) const;

 private:
  int leaf(int index) const { return shape.endpoints() + index; }
  int aggregation(int pod, int j) const { return leaf(leaves) + pod * up + j; }
  int core(int j, int c) const { return aggregation(pods, 0) + j * cores_per_group + c; }
  int pod_of(int leaf_index) const { return leaf_index / (shape.radix / 2); }
};

/// Ports of a leaf towards the nodes, such that down : up is at least the shape's oversubscription.
int leaf_ports_down(const FabricShape& shape);
/// Throws InputError when three tiers of switches of this radix do not suffice.
Clos plan_clos(const FabricShape& shape, int leaves);

}  // namespace scalesim::topology
