// Layouts by hand: where the ranks of each group lie, and what cannot be divided.
#include "sim/scenario/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/error.h"

namespace scalesim::sim {
namespace {

comm::Group group(int ranks, int nodes, int groups_per_node) { return {ranks, nodes, groups_per_node}; }

/// A transformer of 16 heads, 16 layers, 64 tokens and 8 experts.
Scenario transformer() {
  Scenario scenario;
  scenario.model.name = "small";
  scenario.model.transformer = workloads::TransformerShape{};
  scenario.model.transformer->heads = 16;
  scenario.model.transformer->layers = 16;
  scenario.model.transformer->sequence = 64;
  scenario.model.transformer->experts = 8;
  return scenario;
}

Scenario divided(int tensor, int context, int pipeline, int expert = 1,
                 const std::string& mapping = "tp-cp-dp-pp") {
  Scenario scenario = transformer();
  scenario.parallel.tensor = tensor;
  scenario.parallel.context = context;
  scenario.parallel.pipeline = pipeline;
  scenario.parallel.expert = expert;
  scenario.parallel.mapping = mapping;
  return scenario;
}

std::string refusal(const Scenario& scenario, int gpus) {
  try {
    make_layout(scenario, gpus, 8);
  } catch (const InputError& error) {
    return error.message();
  }
  return "nothing";
}

struct SpreadCase {
  int size, stride, gpus_per_node, gpus;
  comm::Group expected;
};

// A group of `size` ranks reaches over size x stride ranks. Within a node of n it shares the node with n /
// size groups; with neighbours a node or more apart every rank has a node of its own; between the two n /
// stride of its ranks share a node, and `stride` groups meet on it.
TEST(Layout, GroupsSpreadOverNodes) {
  const SpreadCase cases[] = {
      {0, 1, 8, 64, group(1, 1, 8)},
      {1, 5, 8, 64, group(1, 1, 8)},
      {1, 1, 8, 4, group(1, 1, 4)},
      {2, 1, 8, 64, group(2, 1, 4)},
      {3, 1, 8, 64, group(3, 1, 2)},
      {4, 1, 8, 64, group(4, 1, 2)},
      {8, 1, 8, 64, group(8, 1, 1)},  // fills the node
      {2, 4, 8, 64, group(2, 1, 4)},  // the same, every fourth rank
      {9, 1, 8, 64, group(9, 2, 1)},
      {16, 1, 8, 64, group(16, 2, 1)},
      {17, 1, 8, 64, group(17, 3, 1)},
      {4, 4, 8, 64, group(4, 2, 4)},
      {3, 3, 8, 64, group(3, 2, 3)},  // ranks 0, 3 | 6 does not fit beside them: two to a node
      {2, 7, 8, 64, group(2, 2, 7)},
      {2, 8, 8, 64, group(2, 2, 8)},
      {4, 16, 8, 64, group(4, 4, 8)},
      {4, 1, 8, 4, group(4, 1, 1)},  // half a node in use
      {2, 4, 8, 4, group(2, 2, 4)},
      {65536, 65536, 8, 64, group(65536, 65536, 8)},  // 2^32 ranks do not fit an int
  };
  for (const SpreadCase& c : cases)
    EXPECT_EQ(spread(c.size, c.stride, c.gpus_per_node, c.gpus), c.expected)
        << c.size << " " << c.stride << " " << c.gpus_per_node << " " << c.gpus;
}

// 64 GPUs over tp 4 x cp 2 x pp 2 leave 4 replicas. Neighbours first: 1 apart, 4, 8, and 4 * 2 * 4 = 32.
TEST(Layout, SizesAndStridesInTheUsualOrder) {
  const Layout layout = make_layout(divided(4, 2, 2, 2), 64, 8);
  EXPECT_EQ(layout.tensor, 4);
  EXPECT_EQ(layout.context, 2);
  EXPECT_EQ(layout.data, 4);
  EXPECT_EQ(layout.pipeline, 2);
  EXPECT_EQ(layout.expert, 2);
  EXPECT_EQ(layout.gpus, 64);
  EXPECT_EQ(layout.gpus_per_node, 8);
  EXPECT_EQ(layout.tensor_stride, 1);
  EXPECT_EQ(layout.context_stride, 4);
  EXPECT_EQ(layout.data_stride, 8);
  EXPECT_EQ(layout.pipeline_stride, 32);
  EXPECT_EQ(layout.shard, 8);
  EXPECT_EQ(layout.replicas(), 8);
  EXPECT_EQ(layout.ranks_per_stage(), 32);
  EXPECT_EQ(layout.nodes(), 8);
}

// The same in nodes of 8. Tensor: 4 neighbours. Context: 2, 4 apart, reach 8. Data and context: 8 ranks 4
// apart, two to a node. Experts: pairs 4 apart; their gradients: 4 ranks 8 apart.
TEST(Layout, GroupsOfTheUsualOrder) {
  Layout layout = make_layout(divided(4, 2, 2, 2), 64, 8);
  EXPECT_EQ(tensor_group(layout), group(4, 1, 2));
  EXPECT_EQ(context_group(layout), group(2, 1, 4));
  EXPECT_EQ(gradient_group(layout), group(8, 4, 4));
  EXPECT_EQ(expert_group(layout), group(2, 1, 4));
  EXPECT_EQ(expert_gradient_group(layout), group(4, 4, 8));
  EXPECT_EQ(shard_group(layout), group(8, 4, 4));
  EXPECT_EQ(replica_group(layout), group(1, 1, 8));
  EXPECT_EQ(neighbour_stages(layout), group(2, 2, 8));
  layout.shard = 4;  // 4 ranks 4 apart: two nodes; the other copy lies 16 ranks away
  EXPECT_EQ(shard_group(layout), group(4, 2, 4));
  EXPECT_EQ(replica_group(layout), group(2, 2, 8));
}

// pp 2 first: 1 apart, dp 4: 2, cp 2: 8, tp 4: 16. Gradients: 8 ranks 2 apart, four to a node. A node of 8
// holds 4 pairs of neighbouring stages.
TEST(Layout, GroupsOfTheOppositeOrder) {
  const Layout layout = make_layout(divided(4, 2, 2, 1, "pp-dp-cp-tp"), 64, 8);
  EXPECT_EQ(layout.pipeline_stride, 1);
  EXPECT_EQ(layout.data_stride, 2);
  EXPECT_EQ(layout.context_stride, 8);
  EXPECT_EQ(layout.tensor_stride, 16);
  EXPECT_EQ(tensor_group(layout), group(4, 4, 8));
  EXPECT_EQ(context_group(layout), group(2, 2, 8));
  EXPECT_EQ(gradient_group(layout), group(8, 2, 2));
  EXPECT_EQ(expert_group(layout), group(1, 1, 8));
  EXPECT_EQ(neighbour_stages(layout), group(2, 1, 4));
}

// An axis of one rank says nothing about distance. Without context ranks replicas lie as data ranks do (4
// ranks, 2 apart, in nodes of 4: two nodes); with one data rank as context ranks do (the same).
TEST(Layout, AnAxisOfOneRankSetsNoDistance) {
  EXPECT_EQ(gradient_group(make_layout(divided(2, 1, 1, 1, "cp-tp-dp-pp"), 8, 4)), group(4, 2, 2));
  EXPECT_EQ(gradient_group(make_layout(divided(2, 4, 1, 1, "dp-tp-cp-pp"), 8, 4)), group(4, 2, 2));
}

// Half of a node of 8 in use: 4 GPUs are 2 pairs of stages; one GPU to a node: each sends alone.
TEST(Layout, EveryRankOfANodeSendsToItsNextStage) {
  EXPECT_EQ(neighbour_stages(make_layout(divided(1, 1, 2), 4, 8)), group(2, 1, 2));
  EXPECT_EQ(neighbour_stages(make_layout(divided(1, 1, 2), 2, 1)), group(2, 2, 1));
  EXPECT_EQ(neighbour_stages(make_layout(divided(1, 1, 2), 16, 8)), group(2, 2, 8));
}

TEST(Layout, NodesAreCountedWhole) {
  const Scenario scenario = transformer();
  EXPECT_EQ(make_layout(scenario, 1, 8).nodes(), 1);
  EXPECT_EQ(make_layout(scenario, 8, 8).nodes(), 1);
  EXPECT_EQ(make_layout(scenario, 9, 8).nodes(), 2);
  EXPECT_EQ(make_layout(scenario, 17, 8).nodes(), 3);
  EXPECT_EQ(make_layout(scenario, 4, 0).gpus_per_node, 1) << "a node has at least one";
}

TEST(Layout, SizesBelowOneAreRefused) {
  for (int Parallelism::*size : {&Parallelism::tensor, &Parallelism::pipeline, &Parallelism::context,
                                 &Parallelism::expert, &Parallelism::virtual_stages})
    for (const int wrong : {0, -3}) {
      Scenario scenario = transformer();
      scenario.parallel.*size = wrong;
      EXPECT_EQ(refusal(scenario, 8), "parallel size " + std::to_string(wrong) + ": must be at least 1");
    }
}

TEST(Layout, GpusThatDoNotDivideAreToldTheNearestCounts) {
  EXPECT_EQ(refusal(divided(2, 2, 3), 40),
            "40 GPUs cannot be divided into groups of tp 2 x pp 3 x cp 2 = 12: use 36 or 48 GPUs");
  EXPECT_EQ(refusal(divided(2, 2, 3), 36), "nothing");
  EXPECT_EQ(refusal(divided(1, 1, 8), 3),
            "3 GPUs cannot be divided into groups of tp 1 x pp 8 x cp 1 = 8: use 8 GPUs");
}

TEST(Layout, OtherModelsKnowDataAndPipelineOnly) {
  for (int Parallelism::*size : {&Parallelism::tensor, &Parallelism::context, &Parallelism::expert}) {
    Scenario scenario;
    scenario.model.name = "images";
    scenario.parallel.*size = 2;
    EXPECT_EQ(refusal(scenario, 8),
              "images is not a transformer: tp, cp and ep cut attention and feed-forward layers; use data or "
              "pipeline parallelism");
  }
  Scenario scenario;
  scenario.parallel.pipeline = 4;
  EXPECT_EQ(make_layout(scenario, 8, 8).data, 2);
}

// Divisors are listed up to 128: 258 = 2 x 3 x 43 has 1, 2, 3, 6, 43, 86, then 129 and 258.
TEST(Layout, HeadsAreDividedOverTensorRanks) {
  Scenario scenario = divided(8, 1, 1);
  scenario.model.transformer->heads = 12;
  EXPECT_EQ(refusal(scenario, 8), "--tp 8: the 12 attention heads of small are divided by 1, 2, 3, 4, 6, 12");
  scenario.model.transformer->heads = 258;
  EXPECT_EQ(refusal(scenario, 8),
            "--tp 8: the 258 attention heads of small are divided by 1, 2, 3, 6, 43, 86");
  scenario.parallel.tensor = 3;
  scenario.model.transformer->heads = 128;
  EXPECT_EQ(refusal(scenario, 3),
            "--tp 3: the 128 attention heads of small are divided by 1, 2, 4, 8, 16, 32, 64, 128");
}

// 12 tokens over 2 context ranks are 6 each, which sequence parallelism cannot cut in 4 more.
TEST(Layout, TokensAreDividedOverContextRanksAndWithSequenceParallelismOverTensorRanksToo) {
  Scenario scenario = divided(4, 2, 1);
  scenario.model.transformer->sequence = 12;
  EXPECT_EQ(refusal(scenario, 8), "nothing");
  scenario.parallel.sequence_parallel = true;
  EXPECT_EQ(
      refusal(scenario, 8),
      "--cp 2 --tp 4 --sequence-parallel: the sequence of 12 tokens cannot be cut into equal parts; divisors "
      "are 1, 2, 3, 4, 6, 12");
  scenario.model.transformer->sequence = 8;
  EXPECT_EQ(refusal(scenario, 8), "nothing");
  scenario = divided(1, 4, 1);
  scenario.model.transformer->sequence = 10;
  EXPECT_EQ(refusal(scenario, 8),
            "--cp 4: the sequence of 10 tokens cannot be cut into equal parts; divisors are 1, 2, 5, 10");
}

TEST(Layout, ExpertsAreDividedOverExpertRanks) {
  for (const int experts : {0, 1}) {
    Scenario scenario = divided(1, 1, 1, 2);
    scenario.model.transformer->experts = experts;
    EXPECT_EQ(refusal(scenario, 8), "--ep 2: small has no experts");
  }
  Scenario scenario = divided(1, 1, 1, 2);
  scenario.model.transformer->experts = 2;
  EXPECT_EQ(refusal(scenario, 8), "nothing");
  EXPECT_EQ(refusal(divided(1, 1, 1, 3), 9), "--ep 3: the 8 experts of small are divided by 1, 2, 4, 8");
}

// 8 GPUs with tp 2 leave 4 replicas, context ranks among them.
TEST(Layout, ExpertRanksDivideReplicas) {
  const std::string sentence =
      "--ep 8: 4 data-parallel ranks cannot be divided into expert groups; their divisors are 1, 2, 4";
  EXPECT_EQ(refusal(divided(2, 1, 1, 8), 8), sentence);
  EXPECT_EQ(refusal(divided(2, 2, 1, 8), 8), sentence);
  EXPECT_EQ(refusal(divided(2, 2, 1, 4), 8), "nothing");
}

TEST(Layout, EveryVirtualStageHasALayer) {
  Scenario scenario = divided(1, 1, 4);
  scenario.parallel.virtual_stages = 2;
  scenario.model.transformer->layers = 7;
  EXPECT_EQ(refusal(scenario, 8), "--pp 4 --vpp 2: 8 stages are more than the 7 layers of small");
  scenario.model.transformer->layers = 8;
  EXPECT_EQ(refusal(scenario, 8), "nothing");
}

TEST(Layout, AMappingNamesEveryAxisOnce) {
  for (const std::string wrong :
       {"", "tp", "tp-cp-dp", "tp-tp-dp-pp", "tp-cp-dp-xx", "tp--dp-pp", "tpcpdppp", "-tp-cp-dp-pp",
        "TP-CP-DP-PP", "tp-cp-dp-pp-", "tp-cp-dp-pp-tp", "tp-cp-dp-pp-rubbish"})
    EXPECT_EQ(refusal(divided(1, 1, 1, 1, wrong), 8),
              "mapping '" + wrong +
                  "': give an order of tp, cp, dp and pp, neighbours first, such as "
                  "tp-cp-dp-pp");
}

// Any order of the axes gives every rank one place: the outermost stride times its size is all GPUs.
TEST(Layout, StridesMultiplyToAllGpusInAnyOrder) {
  for (const std::string mapping : {"tp-cp-dp-pp", "pp-dp-cp-tp", "dp-tp-pp-cp", "cp-pp-tp-dp"}) {
    const Layout l = make_layout(divided(4, 2, 2, 1, mapping), 64, 8);
    EXPECT_EQ(l.tensor * l.context * l.data * l.pipeline, 64);
    EXPECT_EQ(std::max({l.tensor_stride * l.tensor, l.context_stride * l.context, l.data_stride * l.data,
                        l.pipeline_stride * l.pipeline}),
              64)
        << mapping;
    EXPECT_EQ(std::min({l.tensor_stride, l.context_stride, l.data_stride, l.pipeline_stride}), 1) << mapping;
  }
}

}  // namespace
}  // namespace scalesim::sim
