// Pairs of devices: how far apart they are in the words of nvidia-smi, and what one of them can send the
// other.
#pragma once

#include <optional>
#include <vector>

#include "topology/machine/machine.h"

namespace scalesim::topology {

/// The class of every unordered pair of GPUs and NICs, derived from the links: NV with its count, XGMI, PIX,
/// PXB, PHB, NODE where host bridges are known, SYS, NET between hosts. GPUs first, then NICs.
std::vector<PairRelation> derived_relations(const Machine& machine);

/// The relations as printed, or derived where there are none; each with the bandwidth of one direction:
/// NVLinks together, or the narrowest PCIe or socket link between the two. Unknown where any link on the way
/// is.
std::vector<PairRelation> pair_relations(const Machine& machine);

/// Nearer is smaller: X < NV and other links < PSB < PIX < PXB < PHB < NODE < SYS = SOC < NET.
int nearness(const PairClass& path);

}  // namespace scalesim::topology
