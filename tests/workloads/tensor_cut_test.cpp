// Which layers tensor parallelism divides, and what follows from it.
#include "workloads/model/tensor_cut.h"

#include <gtest/gtest.h>

#include <map>

#include "workloads/load/load_model.h"

namespace scalesim::workloads {
namespace {

std::map<std::string, TensorCut> cuts_of(const std::string& name) {
  const Model model = load_model(name, {}, DataCatalogue::embedded());
  const std::vector<TensorCut> cuts = tensor_cuts(model);
  std::map<std::string, TensorCut> by_name;
  for (std::size_t i = 0; i < cuts.size(); ++i) by_name[model.layers[i].name] = cuts[i];
  return by_name;
}

// Megatron-LM, figure 3: the first product of attention and MLP by columns, what follows on divided channels,
// the second by rows; norms, sums and dropout see whole channels again.
TEST(TensorCuts, FollowDividedChannelsFromAColumnToARow) {
  const auto cuts = cuts_of("gpt2");
  EXPECT_EQ(cuts.at("layers.0.input_norm"), TensorCut::replicated);
  EXPECT_EQ(cuts.at("layers.0.attention.qkv_proj"), TensorCut::column);
  EXPECT_EQ(cuts.at("layers.0.attention.core"), TensorCut::inherited);
  EXPECT_EQ(cuts.at("layers.0.attention.o_proj"), TensorCut::row);
  EXPECT_EQ(cuts.at("layers.0.attention_add"), TensorCut::replicated);
  EXPECT_EQ(cuts.at("layers.0.mlp.gelu"), TensorCut::inherited);
  EXPECT_EQ(cuts.at("layers.0.mlp.down_proj"), TensorCut::row);
  EXPECT_EQ(cuts.at("lm_head"), TensorCut::column);
  EXPECT_EQ(cuts.at("loss"), TensorCut::inherited);
}

TEST(TensorCuts, DivideTheExpertsButNotTheirRouter) {
  const auto cuts = cuts_of("mixtral-8x7b");
  EXPECT_EQ(cuts.at("layers.0.mlp.router"), TensorCut::replicated);
  EXPECT_EQ(cuts.at("layers.0.mlp.dispatch"), TensorCut::replicated);
  EXPECT_EQ(cuts.at("layers.0.mlp.gate_proj"), TensorCut::column);
  EXPECT_EQ(cuts.at("layers.0.mlp.multiply"), TensorCut::inherited);
  EXPECT_EQ(cuts.at("layers.0.mlp.down_proj"), TensorCut::row);
}

// ViT-22B (arXiv 2302.05442, section 2): one product for queries, keys, values and the MLP, two projections
// back.
TEST(TensorCuts, DivideAJointProductAsAnyOther) {
  const auto cuts = cuts_of("vit_base_patch16_xp_224");
  EXPECT_EQ(cuts.at("encoder.layers.0.in_proj"), TensorCut::column);
  EXPECT_EQ(cuts.at("encoder.layers.0.mlp_act"), TensorCut::inherited);
  EXPECT_EQ(cuts.at("encoder.layers.0.attn_out_proj"), TensorCut::row);
  EXPECT_EQ(cuts.at("encoder.layers.0.mlp_out_proj"), TensorCut::row);
  EXPECT_EQ(cuts.at("heads.head"), TensorCut::replicated);
}

TEST(TensorCuts, LeaveAModelThatIsNoTransformerWhole) {
  for (const auto& [name, cut] : cuts_of("resnet18")) EXPECT_EQ(cut, TensorCut::replicated) << name;
}

}  // namespace
}  // namespace scalesim::workloads
