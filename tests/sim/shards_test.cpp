// Shapes of one rank and cuts between stages, by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "sim/work/shard_model.h"
#include "sim/work/stages.h"

namespace scalesim::sim {
namespace {

using testing::ElementsAre;
using workloads::Layer;
using workloads::Op;
using workloads::TensorCut;

enum Place : std::size_t { kTable, kUp, kActivation, kAttention, kDown, kNorm, kExperts };

Layer layer_of(Op op, TensorCut cut, std::int64_t in, std::int64_t out, int source) {
  Layer layer;
  layer.op = op;
  layer.cut = cut;
  layer.input = {in, 1, 12};
  layer.output = {out, 1, 12};
  layer.sources = {source};
  return layer;
}

/// 12 positions of 8 channels, widened to 16 and back; 8 experts of which a token uses a quarter.
workloads::Model small_transformer() {
  workloads::Model model;
  model.transformer = workloads::TransformerShape{};
  model.layers = {layer_of(Op::embedding, TensorCut::replicated, 1, 8, -1),
                  layer_of(Op::linear, TensorCut::column, 8, 16, kTable),
                  layer_of(Op::activation, TensorCut::inherited, 16, 16, kUp),
                  layer_of(Op::attention, TensorCut::inherited, 16, 16, kActivation),
                  layer_of(Op::linear, TensorCut::row, 16, 8, kAttention),
                  layer_of(Op::layer_norm, TensorCut::inherited, 8, 8, kDown),
                  layer_of(Op::linear, TensorCut::replicated, 8, 8, kNorm)};
  model.layers[kTable].parameters = {{"weight", 10}};
  model.layers[kUp].parameters = {{"weight", 128}, {"bias", 16}};
  model.layers[kUp].batch = 1, model.layers[kUp].m = 12, model.layers[kUp].k = 8, model.layers[kUp].n = 16;
  Layer& attention = model.layers[kAttention];
  attention.batch = 16, attention.m = 12, attention.k = 5, attention.n = 7;
  Layer& down = model.layers[kDown];
  down.parameters = {{"weight", 128}, {"bias", 8}};
  down.batch = 1, down.m = 12, down.k = 16, down.n = 8;
  model.layers[kNorm].parameters = {{"weight", 8}, {"bias", 8}};
  model.layers[kNorm].m = 12;
  Layer& experts = model.layers[kExperts];
  experts.experts = true;
  experts.groups = 8;
  experts.batch = 1, experts.m = 12, experts.k = experts.n = 8;
  experts.active_fraction = 0.25;
  for (int e = 0; e < 8; ++e) experts.parameters.push_back({"expert", 64});
  return model;
}

std::vector<std::int64_t> elements(const Layer& layer) {
  std::vector<std::int64_t> sizes;
  for (const workloads::Parameter& parameter : layer.parameters) sizes.push_back(parameter.elements);
  return sizes;
}

// 4 ranks: 10 rows of the table are 3 each, rounded up. Columns divide outputs, weights and biases; rows
// divide inputs and weights, but not the bias, which is added to the sum.
TEST(ShardModel, TensorRanksDivideChannels) {
  Parallelism p;
  p.tensor = 4;
  const workloads::Model shard = shard_model(small_transformer(), p);
  const std::vector<Layer>& l = shard.layers;
  EXPECT_THAT(elements(l[kTable]), ElementsAre(3));
  EXPECT_EQ(l[kTable].output.channels, 8);
  EXPECT_EQ(l[kUp].input.channels, 8);
  EXPECT_EQ(l[kUp].output.channels, 4);
  EXPECT_THAT(elements(l[kUp]), ElementsAre(32, 4));
  EXPECT_EQ(l[kUp].n, 4);
  EXPECT_EQ(l[kUp].k, 8);
  EXPECT_EQ(l[kUp].batch, 1);
  EXPECT_EQ(l[kActivation].input.channels, 4);
  EXPECT_EQ(l[kActivation].output.channels, 4);
  EXPECT_EQ(l[kAttention].input.channels, 4);
  EXPECT_EQ(l[kAttention].batch, 4);
  EXPECT_EQ(l[kAttention].k, 5);
  EXPECT_EQ(l[kAttention].n, 7);
  EXPECT_EQ(l[kDown].input.channels, 4);
  EXPECT_EQ(l[kDown].output.channels, 8);
  EXPECT_THAT(elements(l[kDown]), ElementsAre(32, 8));
  EXPECT_EQ(l[kDown].k, 4);
  EXPECT_EQ(l[kDown].n, 8);
  EXPECT_THAT(elements(l[kNorm]), ElementsAre(8, 8));
  EXPECT_EQ(l[kNorm].input.channels, 8);
  for (const Layer& layer : l) EXPECT_EQ(layer.input.width, 12) << "positions stay whole";
}

// 12 positions on 4 tensor ranks are 3 where a whole element-wise layer stands: the norm alone.
TEST(ShardModel, SequenceParallelismDividesPositionsOfWholeElementWiseLayers) {
  Parallelism p;
  p.tensor = 4;
  p.sequence_parallel = true;
  workloads::Model model = small_transformer();
  for (const Op op : {Op::layer_norm, Op::dropout, Op::add, Op::activation}) {
    model.layers[kNorm].op = op;
    const workloads::Model shard = shard_model(model, p);
    for (std::size_t i = 0; i < shard.layers.size(); ++i) {
      const std::int64_t width = i == kNorm && op != Op::activation ? 3 : 12;
      EXPECT_EQ(shard.layers[i].input.width, width) << i;
      EXPECT_EQ(shard.layers[i].output.width, width) << i;
    }
  }
  model.layers[kActivation].op = Op::dropout;  // divided by channels already
  EXPECT_EQ(shard_model(model, p).layers[kActivation].input.width, 12);
  p.tensor = 1;
  EXPECT_EQ(shard_model(small_transformer(), p).layers[kNorm].input.width, 12);
}

// 3 context ranks: 4 of 12 positions, also as rows of products; never less than one.
TEST(ShardModel, ContextRanksDividePositions) {
  Parallelism p;
  p.context = 3;
  const workloads::Model shard = shard_model(small_transformer(), p);
  for (const Layer& layer : shard.layers) {
    EXPECT_EQ(layer.input.width, 4);
    EXPECT_EQ(layer.output.width, 4);
  }
  for (const Place place : {kUp, kAttention, kDown}) EXPECT_EQ(shard.layers[place].m, 4);
  EXPECT_EQ(shard.layers[kNorm].m, 12) << "no product";
  EXPECT_EQ(shard.layers[kUp].n, 16);
  EXPECT_THAT(elements(shard.layers[kUp]), ElementsAre(128, 16));
  p.context = 24;
  EXPECT_EQ(shard_model(small_transformer(), p).layers[kUp].m, 1);
  EXPECT_EQ(shard_model(small_transformer(), p).layers[kUp].input.width, 1);
  EXPECT_EQ(shard_model(small_transformer(), p).layers[kUp].output.width, 1);
}

struct ExpertCase {
  int ranks;
  double capacity;
  std::int64_t groups, rows;
  double active;
};

// Ranks hold a part of the 8 experts and see as many rows, times the capacity; of a part a token uses a
// larger share, at most all.
TEST(ShardModel, ExpertRanksDivideExperts) {
  for (const ExpertCase& c : {ExpertCase{1, 1, 8, 12, 0.25},
                              {2, 1, 4, 12, 0.5},
                              {4, 1.5, 2, 18, 1},
                              {8, 1.25, 1, 15, 1},
                              {16, 1, 1, 12, 1}}) {
    Parallelism p;
    p.expert = c.ranks;
    p.expert_capacity = c.capacity;
    const workloads::Model shard = shard_model(small_transformer(), p);
    const Layer& experts = shard.layers[kExperts];
    EXPECT_EQ(experts.groups, c.groups) << c.ranks;
    EXPECT_EQ(experts.parameters.size(), static_cast<std::size_t>(c.groups)) << c.ranks;
    EXPECT_EQ(experts.m, c.rows) << c.ranks;
    EXPECT_EQ(experts.active_fraction, c.active) << c.ranks;
    EXPECT_EQ(shard.layers[kUp].m, 12);
    EXPECT_EQ(shard.layers[kUp].parameters.size(), 2U);
  }
}

TEST(ShardModel, OtherModelsStayWhole) {
  Parallelism p;
  p.tensor = p.context = p.expert = 2;
  workloads::Model model = small_transformer();
  model.transformer.reset();
  const workloads::Model shard = shard_model(model, p);
  EXPECT_EQ(shard.parameter_count(), model.parameter_count());
  EXPECT_EQ(shard.macs(), model.macs());
}

struct SplitCase {
  int units, stages;
  std::vector<double> times;
  std::vector<int> expected;
};

// Without times: even parts, what is left over to the middle: 10 over 4 are 2, 3, 3, 2. With times the
// slowest stage is as fast as can be: 1 2 | 3 | 4 over three stages, and no stage is left empty.
TEST(SplitUnits, ByHand) {
  const SplitCase cases[] = {
      {8, 4, {}, {0, 2, 4, 6}},         {10, 4, {}, {0, 2, 5, 8}},       {9, 4, {}, {0, 2, 5, 7}},
      {11, 4, {}, {0, 3, 6, 9}},        {4, 4, {}, {0, 1, 2, 3}},        {5, 1, {}, {0}},
      {4, 2, {1, 1, 1, 1}, {0, 2}},     {5, 2, {4, 1, 1, 1, 1}, {0, 1}}, {5, 2, {1, 1, 1, 1, 4}, {0, 4}},
      {4, 2, {1, 2, 3, 4}, {0, 3}},     {4, 3, {1, 2, 3, 4}, {0, 2, 3}}, {4, 4, {1, 2, 3, 4}, {0, 1, 2, 3}},
      {4, 3, {10, 1, 1, 1}, {0, 1, 3}}, {3, 3, {5, 0, 0}, {0, 1, 2}},    {3, 1, {1, 2, 3}, {0}}};
  for (const SplitCase& c : cases)
    EXPECT_EQ(split_units(c.units, c.times, c.stages, "m"), c.expected) << c.units << " " << c.stages;
}

TEST(SplitUnits, FewerPlacesThanStagesAreRefused) {
  for (const std::vector<double>& times : {std::vector<double>{}, {1, 1, 1}}) {
    EXPECT_NO_THROW(split_units(3, times, 3, "small"));
    try {
      split_units(3, times, 4, "small");
      FAIL();
    } catch (const InputError& error) {
      EXPECT_EQ(error.message(), "4 pipeline stages are more than the 3 places where small can be cut");
    }
  }
}

/// An embedding of 1 s, blocks of two layers of 1 s each, a head of 5 s.
Work work_of(int blocks) {
  Work work;
  const auto add = [&](double seconds, int block) {
    LayerWork layer;
    layer.forward = Seconds(seconds);
    layer.block = block;
    work.layers.push_back(layer);
  };
  add(1, -1);
  for (int b = 0; b < blocks; ++b) add(1, b), add(1, b);
  add(5, -1);
  return work;
}

void expect_cut(const std::vector<LayerRange>& ranges, const std::vector<int>& from, int end) {
  ASSERT_EQ(ranges.size(), from.size());
  for (std::size_t s = 0; s < from.size(); ++s) {
    EXPECT_EQ(ranges[s].from, from[s]);
    EXPECT_EQ(ranges[s].to, s + 1 < from.size() ? from[s + 1] : end);
  }
}

// Layer 0 is the embedding, block b is layers 2 b + 1 and 2 b + 2. Equal blocks: 2 of 4 a stage. By time: 1 +
// 8 s beside the head's 5 s, or 1 + 6 s beside 7 s, which is the best of two; of three 1 + 4 | 4 | 5.
TEST(CutStages, BetweenBlocks) {
  expect_cut(cut_stages(work_of(4), 1, true, "m"), {0}, 10);
  expect_cut(cut_stages(work_of(4), 2, true, "m"), {0, 5}, 10);
  expect_cut(cut_stages(work_of(4), 4, true, "m"), {0, 3, 5, 7}, 10);
  expect_cut(cut_stages(work_of(5), 3, true, "m"), {0, 5, 9}, 12);
  expect_cut(cut_stages(work_of(4), 1, false, "m"), {0}, 10);
  expect_cut(cut_stages(work_of(4), 2, false, "m"), {0, 7}, 10);
  expect_cut(cut_stages(work_of(4), 3, false, "m"), {0, 5, 9}, 10);
  EXPECT_THROW(cut_stages(work_of(4), 5, true, "m"), InputError);
}

}  // namespace
}  // namespace scalesim::sim
