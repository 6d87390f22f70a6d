// Random small worlds for laws that hold in all of them.
#pragma once

#include <random>
#include <string>

#include "example.h"

namespace scalesim::sim {

/// A network with a latency, so that small and large collectives differ.
class LateNetwork : public LinearNetwork {
 public:
  comm::CollectiveTime time(comm::Collective c, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer = LinearNetwork::time(c, bytes, group);
    if (group.ranks > 1) answer.time += Seconds(0.1 * group.ranks + 0.3 * group.nodes);
    answer.channels = 4;
    return answer;
  }
};

/// A random model and division; not every one is possible.
struct RandomCase {
  Scenario scenario;
  Work work;
  int gpus = 1, microbatches = 1;
  std::string strategy;

  explicit RandomCase(std::mt19937& random) {
    const auto pick = [&](int low, int high) {
      return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    };
    const auto power = [&](int most) { return 1 << pick(0, most); };
    Parallelism& p = scenario.parallel;
    p.tensor = power(2);
    p.pipeline = power(2);
    p.context = power(1);
    p.virtual_stages = pick(0, 3) == 0 && p.pipeline > 1 ? 2 : 1;
    const char* schedules[] = {"1f1b", "gpipe", "zero-bubble"};
    if (p.virtual_stages == 1) p.schedule = schedules[pick(0, 2)];
    gpus = p.tensor * p.pipeline * p.context * power(2);
    microbatches = p.pipeline * pick(1, 3);
    const char* strategies[] = {"ddp", "zero1", "zero2", "zero3", "fsdp", "hsdp"};
    strategy = strategies[pick(0, p.pipeline > 1 ? 2 : 5)];
    scenario.overlap = pick(0, 3) > 0;
    scenario.first_bucket = Bytes(50);
    scenario.bucket = Bytes(400);
    scenario.model.transformer = workloads::TransformerShape{};
    scenario.model.transformer->heads = 8;
    scenario.model.transformer->sequence = 64;
    scenario.model.transformer->layers = 16;
    for (int b = 0; b < 16; ++b) {
      LayerWork layer;
      layer.forward = Seconds(pick(1, 9));
      layer.backward = layer.forward * 2;
      layer.weight_gradient = layer.forward;
      layer.parameters = {pick(1, 200), pick(1, 20)};
      layer.block = b;
      layer.output = Bytes(pick(1, 300));
      if (p.tensor > 1)
        layer.forward_messages.push_back({comm::Collective::all_reduce, Bytes(30), Axis::tensor});
      work.layers.push_back(layer);
    }
    work.optimizer_per_parameter = 0.01;
  }

  Step build(const comm::CollectiveModel& network) const {
    const topology::Cluster cluster = RandomCase::cluster();
    return find_strategy(strategy)->build({scenario, work, cluster, network, make_layout(scenario, gpus, 8),
                                           microbatches, Estimate::nominal, constants()});
  }

  static topology::Cluster cluster() {
    topology::Cluster cluster;
    cluster.gpu.memory_bandwidth = BytesPerSecond(1e5);
    cluster.gpu.multiprocessors = 100;
    cluster.gpus_per_node = 8;
    return cluster;
  }
  static StepConstants constants() {
    StepConstants constants;
    constants.bucket_overhead = Seconds(0.05);
    return constants;
  }

  /// All blocks cost what the first one costs.
  void make_blocks_equal() {
    for (LayerWork& layer : work.layers) {
      const int block = layer.block;
      layer = work.layers.front();
      layer.block = block;
    }
  }

  /// After every block a layer of experts, divided over `ranks` data-parallel ranks.
  void add_experts(int ranks) {
    scenario.parallel.expert = ranks;
    scenario.model.transformer->experts = 4 * ranks;
    std::vector<LayerWork> layers;
    for (const LayerWork& layer : work.layers) {
      layers.push_back(layer);
      LayerWork experts = layer;
      experts.expert = true;
      experts.parameters = {layer.parameters[0] * 3, layer.parameters[1]};
      experts.forward_messages = {{comm::Collective::all_to_all, Bytes(20), Axis::data}};
      experts.backward_messages = experts.forward_messages;
      layers.push_back(experts);
    }
    work.layers = std::move(layers);
  }

  std::string describe() const {
    const Parallelism& p = scenario.parallel;
    return strategy + " " + p.schedule + " on " + std::to_string(gpus) + ": tp " + std::to_string(p.tensor) +
           " pp " + std::to_string(p.pipeline) + " cp " + std::to_string(p.context) + " vpp " +
           std::to_string(p.virtual_stages) + ", " + std::to_string(microbatches) + " micro-batches" +
           (scenario.overlap ? "" : ", no overlap");
  }
};

}  // namespace scalesim::sim
