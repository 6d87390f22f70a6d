// One DDP step against a timeline derived by hand, on a network whose times are exactly one second per 100
// bytes.
#include <gtest/gtest.h>

#include "core/error.h"
#include "sim/strategy.h"

namespace scalesim::sim {
namespace {

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
/// 1, 2.
struct Example {
  Scenario scenario;
  workloads::StepTime compute;
  topology::Cluster cluster;
  LinearNetwork network;

  Example() {
    for (const std::int64_t n : {100, 200, 50}) {
      workloads::Layer layer;
      layer.parameters.push_back({"weight", n});
      scenario.model.layers.push_back(layer);
    }
    scenario.first_bucket = Bytes(100);
    scenario.bucket = Bytes(700);
    compute.layers = {
        {Seconds(1), Seconds(1), {}}, {Seconds(1), Seconds(2), {}}, {Seconds(1), Seconds(4), {}}};
    compute.forward = Seconds(3);
    compute.backward = Seconds(7);
    compute.optimizer = Seconds(0.5);
    cluster.gpu.memory_bandwidth = BytesPerSecond(1e30);  // no cost of copies, no interference
  }

  Step build(int gpus) const {
    for (const auto& strategy : make_strategies())
      if (strategy->name() == "ddp")
        return strategy->build({scenario, compute, cluster, network, gpus, 1, StepInputs::Band::middle});
    throw InternalError("no ddp");
  }
};

TEST(Ddp, OverlapsBucketsWithTheBackward) {
  // Buckets in backward order, 4 bytes each: layer 2: 200 B >= 100, closed; layer 1: 800 B >= 700, closed;
  // layer 0: 400 B. Compute: forward 0-3, backward of layer 2 3-7, of layer 1 7-9, of layer 0 9-10. Network:
  // bucket 0 2 s from 7 to 9; bucket 1 8 s, ready at 9: 9-17; bucket 2 4 s, ready at 10, waits: 17-21. The
  // optimizer starts at 21 and ends at 21.5.
  const Example example;
  const Step step = example.build(8);
  const Timeline line = play(step.graph);
  ASSERT_EQ(step.collectives.size(), 3u);
  const auto start = [&](int i) {
    return line.start[static_cast<std::size_t>(step.collectives[static_cast<std::size_t>(i)])].value();
  };
  EXPECT_DOUBLE_EQ(start(0), 7);
  EXPECT_DOUBLE_EQ(start(1), 9);
  EXPECT_DOUBLE_EQ(start(2), 17);
  EXPECT_DOUBLE_EQ(line.makespan.value(), 21.5);
  EXPECT_EQ(step.bottleneck_link, "wire");
}

TEST(Ddp, WithoutOverlapEveryBucketWaitsForTheWholeBackward) {
  // Backward ends at 10; buckets take 2 + 8 + 4 = 14 s; optimizer 0.5: 24.5.
  Example example;
  example.scenario.overlap = false;
  EXPECT_DOUBLE_EQ(play(example.build(8).graph).makespan.value(), 24.5);
}

TEST(Ddp, OneGpuDoesNotCommunicate) {
  const Example example;
  const Step step = example.build(1);
  EXPECT_TRUE(step.collectives.empty());
  EXPECT_DOUBLE_EQ(play(step.graph).makespan.value(), 10.5);
}

}  // namespace
}  // namespace scalesim::sim
