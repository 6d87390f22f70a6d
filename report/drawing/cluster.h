// A cluster for the eye: its nodes and the fabric between them.
#pragma once

#include <string>

#include "topology/cluster/cluster.h"

namespace scalesim::report {

/// "2 nodes of dgx-a100 (16 GPUs), 8 x 200 Gb/s each: ...", the fabric and what it lets through. Empty for
/// one node.
std::string cluster_text(const topology::Cluster& cluster);

/// A standalone SVG: nodes side by side with their GPUs, NICs, PCIe switches and NUMA nodes, above them the
/// fabric's switches. Of large clusters the first and the last nodes are drawn.
std::string cluster_svg(const topology::Cluster& cluster);

/// A Graphviz graph: one box of components per node, the fabric's switches between them.
std::string cluster_dot(const topology::Cluster& cluster);

}  // namespace scalesim::report
