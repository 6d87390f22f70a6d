// Hybrid sharding: parameters divided over the GPUs of a node, whole copies on every node; shards of
// gradients are averaged between nodes (PyTorch HYBRID_SHARD).
#include <algorithm>
#include <numeric>

#include "sim/sharded_step.h"

namespace scalesim::sim {
namespace {

class Hsdp : public Strategy {
 public:
  std::string_view name() const override { return "hsdp"; }
  std::string_view description() const override { return "sharded inside a node, replicated between nodes"; }
  int zero_stage() const override { return 3; }
  Step build(const StepInputs& in) const override {
    StepInputs hybrid = in;
    // Replicas on one node; with tensor groups in the way, what is left of the node.
    const int here = std::max(1, in.layout.gpus_per_node / in.layout.tensor);
    hybrid.layout.shard = std::gcd(in.layout.replicas(), here);
    ShardingRules rules;
    rules.reshard_after_forward = in.scenario.reshard_after_forward;
    return build_sharded_step(hybrid, rules);
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_hsdp() { return std::make_unique<Hsdp>(); }

}  // namespace scalesim::sim
