// From what a system's file says and what the command line wishes to the plan of one node.
#pragma once

#include "topology/machine/node_builder.h"
#include "topology/system/load_cluster.h"
#include "topology/system/system_file.h"

namespace scalesim::topology {

/// The command line's wishes in the words of a file, without the network ports. Throws InputError naming the
/// option.
SystemTraits wishes_of(const ClusterOptions& options, const DataCatalogue& data);
/// `nics` with what the command line says of them.
NicGroup wished_nics(const ClusterOptions& options, NicGroup nics);

/// Everything settled: the file, what its GPU's architecture changes, then the command line. Network ports
/// follow the number of GPUs when only that was changed, for they belong to them.
SystemTraits settle(const SystemFile& file, const ClusterOptions& options, const DataCatalogue& data);

/// The node that settled traits describe. Throws InputError with the system that fits when the GPU cannot be
/// joined so.
NodePlan plan_node(const SystemFile& file, const SystemTraits& traits);

}  // namespace scalesim::topology
