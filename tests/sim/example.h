// Small worlds whose timelines can be derived by hand: a network of one second per 100 bytes, and a GPU with
// no costs of its own.
#pragma once

#include "core/error.h"
#include "sim/step/strategy.h"

namespace scalesim::sim {

class LinearNetwork : public comm::CollectiveModel {
 public:
  std::string_view name() const override { return "linear"; }
  comm::CollectiveTime time(comm::Collective, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer;
    if (group.ranks < 2) return answer;
    answer.time = Seconds(bytes.value() / 100);
    answer.low = answer.time * 0.5;
    answer.high = answer.time * 2;
    answer.bottleneck = "wire";
    return answer;
  }
  std::vector<Input> inputs() const override { return {}; }
};

/// Three layers of 100, 200 and 50 gradients of 4 bytes; forward 3 s, backward 1, 2 and 4 s for layers 0,
/// 1, 2; optimizer 0.5 s.
struct Example {
  Scenario scenario;
  Work work;
  topology::Cluster cluster;
  LinearNetwork network;
  int microbatches = 1;

  Example() {
    const double backward[] = {1, 2, 4};
    const std::int64_t parameters[] = {100, 200, 50};
    for (int i = 0; i < 3; ++i) {
      LayerWork layer;
      layer.forward = Seconds(1);
      layer.backward = Seconds(backward[i]);
      layer.parameters = {parameters[i]};
      layer.block = i;
      work.layers.push_back(layer);
    }
    work.optimizer_per_parameter = 0.5 / 350;
    scenario.first_bucket = Bytes(100);
    scenario.bucket = Bytes(700);
    cluster.gpu.memory_bandwidth = BytesPerSecond(1e30);  // no cost of copies, no interference
    cluster.gpus_per_node = 8;
  }

  Step build(int gpus, const std::string& strategy = "ddp") const {
    StepConstants none;
    none.compute_loss = none.communication_loss = 0;
    return find_strategy(strategy)->build({scenario, work, cluster, network,
                                           make_layout(scenario, gpus, cluster.gpus_per_node), microbatches,
                                           Estimate::nominal, none});
  }
  double makespan(int gpus, const std::string& strategy = "ddp") const {
    return play(build(gpus, strategy).graph).makespan.value();
  }
};

}  // namespace scalesim::sim
