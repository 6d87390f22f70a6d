// Which network joins the nodes of a cluster, as values; the switches and routes of each kind are in
// topology/fabric/.
#pragma once

#include <string>
#include <string_view>

#include "core/units.h"

namespace scalesim::topology {

enum class FabricKind { single_switch, rail_optimised, fat_tree, torus, dragonfly };
std::string_view to_text(FabricKind kind);
/// "switch", "rail", "fat-tree", "torus", "dragonfly", or the enumerator's own text. Throws InputError.
FabricKind parse_fabric(std::string_view text);

/// The network between nodes. `oversubscription` r:1 divides what leaves a leaf switch.
struct Fabric {
  FabricKind kind = FabricKind::single_switch;
  double oversubscription = 1;
  Seconds hop_latency{};
  bool rdma = true;        ///< false: kernel TCP
  bool sharp = false;      ///< switches add up what they carry (InfiniBand SHARP, NCCL's CollNet)
  std::string technology;  ///< "InfiniBand NDR", "RoCE", "Ethernet"
};

}  // namespace scalesim::topology
