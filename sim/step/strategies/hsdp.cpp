// Hybrid sharding: parameters divided over the GPUs of a node, whole copies on every node; shards of
// gradients are averaged between nodes (PyTorch HYBRID_SHARD).
#include <algorithm>
#include <numeric>

#include "sim/step/strategy.h"

namespace scalesim::sim {
namespace {

class Hsdp : public Strategy {
 public:
  std::string_view name() const override { return "hsdp"; }
  std::string_view description() const override { return "sharded inside a node, replicated between nodes"; }
  int zero_stage() const override { return 3; }
  /// Parameters are gathered block by block of the whole model.
  bool allows_pipeline() const override { return false; }
  std::optional<StepRules> rules(const Scenario& scenario, const Layout& layout) const override {
    ShardingRules rules;
    rules.reshard_after_forward = scenario.reshard_after_forward;
    // Replicas on one node; with tensor groups in the way, what is left of the node.
    rules.ranks_per_copy = std::gcd(layout.replicas(), std::max(1, layout.gpus_per_node / layout.tensor));
    return rules;
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_hsdp() { return std::make_unique<Hsdp>(); }

}  // namespace scalesim::sim
