// NCCL's graph search for one node: rings over the GPUs of a machine, each reserving its speed on every
// directed link it crosses, as many as fit (NVIDIA/nccl src/graph/search.cc as restated in the communication
// note 2.5, steps 1-5).
#pragma once

#include <optional>

#include "comm/models/nccl/node.h"

namespace scalesim::comm {

/// The rings that NCCL would build over the machine's first `gpus` GPUs. NVLink is tried alone first; PCIe
/// joins in when no ring closes over NVLink. Exact up to a fixed number of steps, which regular machines do
/// not reach; nothing when there is no way around. Deterministic. Needs gpus >= 2.
std::optional<NcclGraph> search_rings(const topology::Machine& machine, int gpus, int compute_capability);

/// closed_form_system for one node with the rings, and the tree that goes with them, replaced by what the
/// search finds.
NcclSystem searched_system(const topology::Cluster& cluster, const NcclNode& node);

/// The graphs the models use: the search where direct NVLinks are too irregular for arithmetic, the closed
/// forms elsewhere, where both agree (tests) and the latter are quicker.
NcclSystem nccl_system(const topology::Cluster& cluster, const NcclNode& node, int nodes);

}  // namespace scalesim::comm
