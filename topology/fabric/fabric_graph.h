// The part of a fabric that some nodes of a cluster can reach each other by: what a picture shows.
#pragma once

#include <string>
#include <vector>

#include "topology/cluster/cluster.h"
#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {

struct FabricSwitch {
  int device = 0;  ///< as in FabricLink
  int tier = 0;    ///< 0: ports are plugged into it
};

struct FabricGraph {
  std::vector<int> nodes;              ///< numbers of the nodes that are looked at, ascending
  std::vector<FabricSwitch> switches;  ///< on the way between any two of them, by tier, then by number
  std::vector<FabricLink> links;       ///< each pair of devices once, the lower number first
  FabricShape shape;
  FabricSize size;        ///< of the whole fabric
  double neighbours = 1;  ///< share of its rate every port keeps when each node sends to the next
  double everyone = 1;    ///< and when each sends to all others
};

/// All nodes where there are at most `most`, else the first and the last ones: those are farthest apart.
FabricGraph fabric_graph(const Cluster& cluster, int most);

/// "rail-optimised fabric of 8 leaf switches": kind and what has to be bought.
std::string fabric_text(const Cluster& cluster, const FabricSize& size);

}  // namespace scalesim::topology
