// A real machine, captured as text (nvidia-smi topo -m, NCCL XML, ...), as the node of a cluster.
#pragma once

#include <optional>
#include <string>

#include "core/data_catalogue.h"
#include "topology/capture/reading/reading.h"
#include "topology/cluster/cluster.h"

namespace scalesim::topology {

/// What a capture says of one node; unknown rates of links are filled with assumptions that say so.
struct CapturedNode {
  Machine machine;
  GpuSpec gpu;  ///< of mixed GPUs the slowest, for the others wait for it
  NodeWiring wiring = NodeWiring::pcie;
  std::optional<ReadCluster> cluster;  ///< what the capture says beyond one node
  NicGroup nics;                       ///< count 0 when there are none or their speed is not known
};

/// Reads files of one machine. `gpu` stands in where the capture names no part; where it does, the capture
/// wins with a warning. `nics` replaces the ports found, or plugs them in. Throws InputError when the file is
/// not understood, holds no GPU, or names no part and `gpu` is unset.
CapturedNode read_captured_node(const std::vector<FileText>& files, const std::optional<GpuSpec>& gpu,
                                const std::optional<int>& nics, const std::optional<BytesPerSecond>& nic_rate,
                                const DataCatalogue& data);

}  // namespace scalesim::topology
