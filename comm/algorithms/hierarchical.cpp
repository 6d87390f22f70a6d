// Hierarchical all-reduce: reduce-scatter inside each node, all-reduce of the shards between equal positions
// of all nodes (one rail each), all-gather inside the node. Only 1/g of the bytes crosses each NIC (Jia et
// al. 2018, arXiv:1807.11205; the shape of rail-optimised clusters).
#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

/// Ranks per node: consecutive ranks share one. 8 where it divides, as servers are built, else the largest
/// divisor below.
int node_size(int ranks) {
  for (int size = 8; size > 1; --size) {
    if (ranks % size == 0 && ranks > size) return size;
  }
  return 1;
}

/// n-1 rounds of direct exchange among the ranks of each node; position p keeps (or sends) the shard of
/// chunks of p.
void add_node_phase(Schedule& schedule, int size, bool reduce) {
  const int nodes = schedule.ranks / size;
  std::vector<Message> messages;
  for (int node = 0; node < nodes; ++node) {
    for (int a = 0; a < size; ++a) {
      for (int b = 0; b < size; ++b) {
        const int shard = reduce ? b : a;
        if (a != b) messages.push_back({node * size + a, node * size + b, shard * nodes, nodes, reduce});
      }
    }
  }
  schedule.rounds.push_back(std::move(messages));
}

/// A ring per rail: position p of all nodes, over the `nodes` chunks of shard p.
void add_rail_phase(Schedule& schedule, int size, bool reduce) {
  const int nodes = schedule.ranks / size;
  for (int round = 0; round < nodes - 1; ++round) {
    std::vector<Message> messages;
    for (int node = 0; node < nodes; ++node) {
      const int piece = ((node - round + (reduce ? -1 : 0)) % nodes + nodes) % nodes;
      for (int position = 0; position < size; ++position) {
        messages.push_back({node * size + position, (node + 1) % nodes * size + position,
                            position * nodes + piece, 1, reduce});
      }
    }
    schedule.rounds.push_back(std::move(messages));
  }
}

class Hierarchical final : public Algorithm {
 public:
  std::string_view name() const override { return "hierarchical"; }
  std::string_view description() const override {
    return "inside nodes, then along rails, then inside nodes";
  }
  bool supports(Collective collective, int ranks) const override {
    return collective == Collective::all_reduce && node_size(ranks) > 1;
  }

  Schedule schedule(Collective, int ranks) const override {
    const int size = node_size(ranks);
    Schedule schedule{ranks, ranks, {}};
    add_node_phase(schedule, size, true);
    add_rail_phase(schedule, size, true);
    add_rail_phase(schedule, size, false);
    add_node_phase(schedule, size, false);
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_hierarchical() { return std::make_unique<Hierarchical>(); }

}  // namespace scalesim::comm
