// Which network joins the nodes of a cluster, as values; the switches and routes of each kind are in
// topology/fabric/.
#pragma once

#include <string>
#include <string_view>

#include "core/units.h"

namespace scalesim::topology {

/// What a network's flows have in common: InfiniBand routes adaptively, Ethernet (with RoCE on it or without)
/// hashes a flow onto one of the equal ways, EFA sends reliable datagrams in software over all of them.
enum class NetworkFamily { infiniband, ethernet, efa, other };

/// "InfiniBand NDR", "RoCE 100 Gb/s", "EFA v2" as a system's file names it, and the family that is.
struct NetworkTechnology {
  std::string name;
  NetworkFamily family = NetworkFamily::other;

  bool operator==(const NetworkTechnology&) const = default;
};
NetworkTechnology network_technology(std::string name);

/// The network between nodes. `oversubscription` r:1 divides what leaves a leaf switch.
struct Fabric {
  std::string kind = "single_switch";  ///< FabricLayout::name() of one in topology/fabric/kinds/
  double oversubscription = 1;
  Seconds hop_latency{};
  bool rdma = true;    ///< false: kernel TCP
  bool sharp = false;  ///< switches add up what they carry (InfiniBand SHARP, NCCL's CollNet)
  NetworkTechnology technology;
};

}  // namespace scalesim::topology
