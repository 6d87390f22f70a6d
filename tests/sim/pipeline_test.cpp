// Pipeline schedules against their published bubbles, with equal stages and free communication.
#include "sim/step/pipeline.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "example.h"

namespace scalesim::sim {
namespace {

/// A network that takes no time.
class FreeNetwork : public LinearNetwork {
 public:
  comm::CollectiveTime time(comm::Collective, Bytes, const comm::Group&) const override { return {}; }
};

/// `blocks` equal blocks of forward 1 s, backward 2 s, of which 1 s is the weight gradient.
double makespan(const std::string& schedule, int stages, int microbatches, int chunks, int blocks) {
  Scenario scenario;
  scenario.model.transformer = workloads::TransformerShape{};
  scenario.model.transformer->heads = 1;
  scenario.model.transformer->sequence = 1;
  scenario.model.transformer->layers = blocks;
  scenario.parallel.pipeline = stages;
  scenario.parallel.virtual_stages = chunks;
  scenario.parallel.schedule = schedule;
  Work work;
  for (int b = 0; b < blocks; ++b) {
    LayerWork layer;
    layer.forward = Seconds(1);
    layer.backward = Seconds(2);
    layer.weight_gradient = Seconds(1);
    layer.block = b;
    work.layers.push_back(layer);
  }
  topology::Cluster cluster;
  cluster.gpu.memory_bandwidth = BytesPerSecond(1e30);
  const FreeNetwork network;
  const Layout layout = make_layout(scenario, stages, 8);
  const Step step = find_strategy("ddp")->build({scenario, work, cluster, network, layout, microbatches});
  return play(step.graph).makespan.value();
}

/// When the passes of each of two stages start, three micro-batches, stages of forward 1 s and backward 2 s,
/// activations of 50 bytes: 0.5 s on the way.
std::vector<std::vector<double>> starts(const std::string& schedule) {
  Example example;
  example.scenario.parallel.pipeline = 2;
  example.scenario.parallel.schedule = schedule;
  example.microbatches = 3;
  example.work.layers.resize(2);
  for (LayerWork& layer : example.work.layers) {
    layer.backward = Seconds(2);
    layer.output = Bytes(50);
  }
  const Step step = example.build(2);
  const Timeline line = play(step.graph);
  std::vector<std::vector<double>> result(2);
  for (const int task : step.compute) {
    const Task& t = step.graph.tasks[static_cast<std::size_t>(task)];
    const int stage = step.graph.streams[static_cast<std::size_t>(t.stream)].device;
    result[static_cast<std::size_t>(stage)].push_back(line.start[static_cast<std::size_t>(task)].value());
  }
  return result;
}

TEST(Pipeline, GpipeRunsAllForwardsThenAllBackwards) {
  // Stage 0: F 0-1, 1-2, 2-3, there at 1.5, 2.5, 3.5. Stage 1: F 1.5-2.5, 2.5-3.5, 3.5-4.5,
  // B 4.5-6.5, 6.5-8.5, 8.5-10.5, back at 7, 9, 11. Stage 0: B 7-9, 9-11, 11-13.
  const auto line = starts("gpipe");
  EXPECT_EQ(line[0], (std::vector<double>{0, 1, 2, 7, 9, 11}));
  EXPECT_EQ(line[1], (std::vector<double>{1.5, 2.5, 3.5, 4.5, 6.5, 8.5}));
}

TEST(Pipeline, OneForwardOneBackwardStartsTheNextForwardAfterABackward) {
  // Stage 0: F0 0-1, F1 1-2, there at 1.5, 2.5. Stage 1: F0 1.5-2.5, B0 2.5-4.5, back at 5; F1 4.5-5.5, B1
  // 5.5-7.5, back at 8. Stage 0: B0 5-7, F2 7-8, there at 8.5; B1 8-10. Stage 1: F2 8.5-9.5, B2 9.5-11.5,
  // back at 12. Stage 0: B2 12-14.
  const auto line = starts("1f1b");
  EXPECT_EQ(line[0], (std::vector<double>{0, 1, 5, 7, 8, 12}));
  EXPECT_EQ(line[1], (std::vector<double>{1.5, 2.5, 4.5, 5.5, 8.5, 9.5}));
}

TEST(Pipeline, GpipeAndOneForwardOneBackwardHaveABubbleOfAllOtherStages) {
  // m (f + b) + (p - 1)(f + b): arXiv 1811.06965 and 2006.09503. One block a stage: f + b = 3.
  for (const int p : {1, 2, 4, 7})
    for (const int m : {1, 2, 4, 13}) {
      EXPECT_DOUBLE_EQ(makespan("gpipe", p, m, 1, p), 3.0 * (m + p - 1)) << p << " " << m;
      EXPECT_DOUBLE_EQ(makespan("1f1b", p, m, 1, p), 3.0 * (m + p - 1)) << p << " " << m;
    }
}

TEST(Pipeline, InterleavingDividesTheBubbleByTheChunks) {
  // m (f + b) v + (p - 1)(f + b) with f + b = 3 for each of the v chunks of a stage: arXiv 2104.04473,
  // section 2.2.2: bubble (p - 1)(f + b) / v of the stage's whole f + b = 3 v.
  for (const int p : {2, 4})
    for (const int v : {2, 3})
      for (const int m : {p, 2 * p, 4 * p})
        EXPECT_DOUBLE_EQ(makespan("interleaved", p, m, v, p * v), 3.0 * m * v + 3.0 * (p - 1)) << p << v << m;
}

TEST(Pipeline, ZeroBubbleLeavesForwardPlusInputMinusWeightGradient) {
  // ZB-H1: bubble (p - 1)(f + b - w) = p - 1 for f = b = w = 1: arXiv 2401.10241, table 2.
  for (const int p : {2, 4})
    for (const int m : {2 * p, 4 * p})
      EXPECT_DOUBLE_EQ(makespan("zero-bubble", p, m, 1, p), 3.0 * m + p - 1) << p;
}

TEST(Pipeline, EveryScheduleRunsEveryPassOfEveryChunkOnce) {
  for (const auto& pipeline : make_pipelines())
    for (const int stages : {1, 2, 3, 8})
      for (const int chunks : {1, 2})
        for (const int groups : {1, 3}) {
          const PipelineShape shape{stages, stages * groups, chunks};
          try {
            pipeline->check(shape);
          } catch (const InputError&) {
            continue;  // a shape that this schedule refuses
          }
          for (int s = 0; s < stages; ++s) {
            std::set<std::tuple<Pass, int, int>> seen;
            for (const Action& action : pipeline->order(s, shape)) {
              EXPECT_TRUE(seen.insert({action.pass, action.microbatch, action.chunk}).second);
              const std::tuple forward{Pass::forward, action.microbatch, action.chunk};
              EXPECT_TRUE(seen.count(forward)) << "backward before forward";
            }
            const std::size_t passes = pipeline->splits_backward() ? 3 : 2;
            EXPECT_EQ(seen.size(), passes * static_cast<std::size_t>(shape.microbatches * chunks))
                << pipeline->name();
          }
        }
}

/// Micro-batches of which the first stage holds activations at once, played from its order: a forward keeps a
/// chunk's, its backward gives them up.
int held_at_once(const Pipeline& pipeline, const PipelineShape& shape) {
  int held = 0, most = 0;
  for (const Action& action : pipeline.order(0, shape)) {
    if (action.pass == Pass::forward) most = std::max(most, ++held);
    if (action.pass == Pass::backward) --held;
  }
  return (most + shape.chunks - 1) / shape.chunks;
}

TEST(Pipeline, EveryScheduleHoldsWhatItSaysItHolds) {
  for (const auto& pipeline : make_pipelines())
    for (const int stages : {2, 3, 8})
      for (const int chunks : {1, 2, 4})
        for (const int groups : {1, 2, 5}) {
          const PipelineShape shape{stages, stages * groups, chunks};
          if (!pipeline->runs(shape)) continue;
          // One chunk interleaved counts as 1F1B, which is what Megatron-LM runs then.
          if (pipeline->has_virtual_stages() && chunks == 1) continue;
          EXPECT_EQ(pipeline->microbatches_in_flight(shape), held_at_once(*pipeline, shape))
              << pipeline->name() << " " << stages << " " << chunks << " " << groups;
        }
}

TEST(Pipeline, WhatReplacesAScheduleHasVirtualStages) {
  for (const auto& pipeline : make_pipelines()) {
    const auto other = find_pipeline(pipeline->with_virtual_stages());
    EXPECT_TRUE(other->name() == pipeline->name() || other->has_virtual_stages()) << pipeline->name();
    EXPECT_EQ(pipeline->has_virtual_stages(), pipeline->runs({2, 2, 2})) << pipeline->name();
  }
  EXPECT_EQ(find_pipeline(Parallelism{.pipeline = 2, .virtual_stages = 2})->name(), "interleaved");
  EXPECT_EQ(find_pipeline(Parallelism{.pipeline = 2})->name(), "1f1b");
}

TEST(Pipeline, SearchesTryWhatFitsTheStages) {
  EXPECT_EQ(searched_pipelines(false), (std::vector<std::string>{"1f1b", "gpipe", "zero-bubble"}));
  EXPECT_EQ(searched_pipelines(true), (std::vector<std::string>{"interleaved"}));
}

TEST(Strategy, SearchesTryWhatShardsLeastFirst) {
  EXPECT_EQ(searched_strategies(ChosenBy::every_search), (std::vector<std::string>{"ddp", "zero1", "fsdp"}));
  EXPECT_EQ(searched_strategies(ChosenBy::exhaustive_search),
            (std::vector<std::string>{"ddp", "zero1", "zero2", "fsdp"}));
}

TEST(Pipeline, WhatCannotBeSaysWhatCould) {
  const auto message = [](auto run) {
    try {
      run();
    } catch (const InputError& error) {
      return error.message();
    }
    return std::string("nothing thrown");
  };
  EXPECT_NE(message([] { makespan("interleaved", 4, 6, 2, 8); }).find("multiple of the 4 stages"),
            std::string::npos);
  EXPECT_NE(message([] { makespan("1f1b", 8, 8, 1, 4); }).find("more than the 4 layers"), std::string::npos);
  EXPECT_NE(message([] { find_pipeline("1f1c"); }).find("1f1b"), std::string::npos);
}

}  // namespace
}  // namespace scalesim::sim
