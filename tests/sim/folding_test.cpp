// Folded and unfolded graphs end at the same time: every strategy, schedule and product of groups up to 64
// ranks.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "example.h"
#include "sim/message_model.h"
#include "sim/pipeline.h"
#include "sim/unfold.h"

namespace scalesim::sim {
namespace {

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
    topology::Cluster cluster;
    cluster.gpu.memory_bandwidth = BytesPerSecond(1e5);
    cluster.gpu.multiprocessors = 100;
    cluster.gpus_per_node = 8;
    StepConstants constants;
    return find_strategy(strategy)->build({scenario, work, cluster, network, make_layout(scenario, gpus, 8),
                                           microbatches, StepInputs::Band::middle, constants});
  }
};

TEST(Folding, FoldedEqualsUnfoldedForEveryStrategyUpTo64Ranks) {
  std::mt19937 random(7);
  const LateNetwork network;
  int built = 0;
  for (int i = 0; i < 300; ++i) {
    const RandomCase one(random);
    if (one.gpus > 64) continue;
    const Step step = one.build(network);
    const double folded = play(step.graph).makespan.value(), unfolded = play(unfold(step)).makespan.value();
    EXPECT_NEAR(unfolded, folded, 1e-9 * folded) << one.strategy << " on " << one.gpus;
    ++built;
  }
  EXPECT_GT(built, 200);
}

TEST(Folding, ASlowRankOfAnUnfoldedGraphHoldsTheOthersUp) {
  const Example example;
  const Step step = example.build(4);
  TaskGraph graph = unfold(step);
  const double before = play(graph).makespan.value();
  graph.tasks[0].duration += Seconds(1);  // the forward of rank 0: every collective waits one second for it
  EXPECT_NEAR(play(graph).makespan.value(), before + 1, 1e-9);
}

TEST(Folding, TheSameOnAnyThread) {
  const LateNetwork network;
  std::vector<std::vector<double>> answers(8);
  std::vector<std::thread> threads;
  for (auto& answer : answers)
    threads.emplace_back([&network, &answer] {
      std::mt19937 random(3);
      for (int i = 0; i < 40; ++i)
        answer.push_back(play(RandomCase(random).build(network).graph).makespan.value());
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& answer : answers) EXPECT_EQ(answer, answers.front());
}

TEST(Folding, FasterNetworksAreNeverSlower) {
  class Faster : public LateNetwork {
    comm::CollectiveTime time(comm::Collective c, Bytes bytes, const comm::Group& group) const override {
      comm::CollectiveTime answer = LateNetwork::time(c, bytes, group);
      answer.time *= 0.9;
      return answer;
    }
  };
  std::mt19937 random(11);
  for (int i = 0; i < 100; ++i) {
    const RandomCase one(random);
    // Without interference, which trades one kind of waiting for another.
    const auto makespan = [&](const comm::CollectiveModel& network) {
      Step step = one.build(network);
      for (Task& task : step.graph.tasks) task.interference = {};
      return play(step.graph).makespan.value();
    };
    EXPECT_LE(makespan(Faster()), makespan(LateNetwork()) * (1 + 1e-12));
  }
}

TEST(MessageModel, BothDepthsAgreeWhereNothingContends) {
  const auto inner = std::make_shared<LateNetwork>();
  const auto messages = message_model(inner);
  for (const auto collective :
       {comm::Collective::all_reduce, comm::Collective::all_gather, comm::Collective::reduce_scatter})
    for (const int ranks : {2, 3, 8, 64})
      for (const double bytes : {10.0, 1e4, 1e7}) {
        const comm::Group group{ranks, 1, 1};
        const double coarse = inner->time(collective, Bytes(bytes), group).time.value();
        EXPECT_NEAR(messages->time(collective, Bytes(bytes), group).time.value(), coarse, 1e-9 * coarse);
      }
}

}  // namespace
}  // namespace scalesim::sim
