// Folded and unfolded graphs end at the same time: every strategy, schedule and product of groups up to 64
// ranks.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "random_case.h"
#include "sim/engine/message_model.h"
#include "sim/engine/unfold.h"
#include "sim/step/pipeline.h"

namespace scalesim::sim {
namespace {

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

/// Bytes and latencies cost so many times as much.
class ScaledNetwork : public LateNetwork {
 public:
  ScaledNetwork(double bytes, double latency) : bytes_(bytes), latency_(latency) {}
  comm::CollectiveTime time(comm::Collective c, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer = LinearNetwork::time(c, bytes, group);
    const Seconds latency = LateNetwork::time(c, bytes, group).time - answer.time;
    answer.time = answer.time * bytes_ + latency * latency_;
    return answer;
  }

 private:
  double bytes_, latency_;
};

/// Without interference, which trades one kind of waiting for another.
double undisturbed(const RandomCase& one, const comm::CollectiveModel& network) {
  Step step = one.build(network);
  for (Task& task : step.graph.tasks) task.interference = {};
  return play(step.graph).makespan.value();
}

TEST(Folding, MoreBandwidthIsNeverSlowerMoreLatencyNeverFasterAtBothDepths) {
  std::mt19937 random(11);
  for (int i = 0; i < 150; ++i) {
    const RandomCase one(random);
    const double factor = 1 + 0.1 * (1 + i % 9);
    for (const bool messages : {false, true}) {
      const auto makespan = [&](double bytes, double latency) {
        const auto network = std::make_shared<ScaledNetwork>(bytes, latency);
        return undisturbed(one, messages ? *message_model(network) : *network);
      };
      const double now = makespan(1, 1);
      EXPECT_LE(makespan(1 / factor, 1), now * (1 + 1e-9)) << one.describe();
      EXPECT_GE(makespan(1, factor), now * (1 - 1e-9)) << one.describe();
    }
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
