// Where the ranks of each group live: tensor groups inside a node first, pipeline stages farthest apart.
#pragma once

#include "comm/collective/model.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Which ranks take part in a task together. A folded graph holds one rank per pipeline stage for all its
/// equals; unfold() makes the others and ties them together along these axes.
enum class Axis { none, tensor, context, data, shard, replica };

/// Sizes of the groups and the distance between neighbours of each, in ranks. Rank r lies on node
/// r / gpus_per_node.
struct Layout {
  int tensor = 1, context = 1, data = 1, pipeline = 1, expert = 1;
  int gpus = 1;
  int gpus_per_node = 1;
  int tensor_stride = 1, context_stride = 1, data_stride = 1, pipeline_stride = 1;
  int shard = 1;  ///< ranks that share one copy of sharded parameters (HSDP: the GPUs of a node, else all)

  /// Ranks that hold equal parameters and average their gradients: data times context.
  int replicas() const { return data * context; }
  int ranks_per_stage() const { return tensor * context * data; }
  int nodes() const { return (gpus + gpus_per_node - 1) / gpus_per_node; }
};

/// Throws InputError naming what would divide when the GPUs are not a multiple of tensor * pipeline *
/// context, the heads or experts not one of their groups, or `mapping` is not an order of tp, cp, dp and pp.
Layout make_layout(const Scenario& scenario, int gpus, int gpus_per_node);

/// `size` ranks, `stride` apart, on nodes of `gpus_per_node`: how many nodes they span, and how many such
/// groups share a node.
comm::Group spread(int size, int stride, int gpus_per_node, int gpus);

comm::Group tensor_group(const Layout& layout);
comm::Group context_group(const Layout& layout);
comm::Group gradient_group(const Layout& layout);  ///< data and context together
comm::Group expert_group(const Layout& layout);    ///< all-to-all among expert-parallel ranks
comm::Group expert_gradient_group(const Layout& layout);
comm::Group shard_group(const Layout& layout);
comm::Group replica_group(const Layout& layout);  ///< HSDP: equal shards of different nodes
comm::Group neighbour_stages(const Layout& layout);

}  // namespace scalesim::sim
