// Folded and unfolded graphs end at the same time: every strategy, schedule and product of groups up to 64
// ranks.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "random_case.h"
#include "sim/message_model.h"
#include "sim/pipeline.h"
#include "sim/unfold.h"

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
