// MobileViT: inverted residuals, and blocks in which every fourth place attends to its likes. arXiv
// 2110.02178 table 4; timm mobilevit.py.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Stage {
  std::int64_t channels, hidden;  ///< of convolutions; of the transformer
  int depth;
};
struct Variant {
  std::string_view name;
  std::int64_t first, second;  ///< channels of the two stages before attention
  std::array<Stage, 3> stages;
  double expansion;
  std::int64_t last;
};
constexpr Variant kVariants[] = {
    {"mobilevit_xxs", 16, 24, {{{48, 64, 2}, {64, 80, 4}, {80, 96, 3}}}, 2, 320},
    {"mobilevit_xs", 32, 48, {{{64, 96, 2}, {80, 120, 4}, {96, 144, 3}}}, 4, 384},
    {"mobilevit_s", 32, 64, {{{96, 144, 2}, {128, 192, 4}, {160, 240, 3}}}, 4, 640},
};
constexpr std::int64_t kHeads = 4, kPatch = 4;  ///< places of a patch of 2 x 2

void inverted(Builder& b, std::int64_t channels, int stride, double expansion) {
  const Node input = b.here();
  const auto middle = make_divisible(static_cast<double>(b.shape().channels) * expansion);
  b.conv("conv1_1x1.conv", middle).norm("conv1_1x1.bn").act("silu");
  b.depthwise("conv2_kxk.conv", 3, stride).norm("conv2_kxk.bn").act("silu");
  b.conv("conv3_1x1.conv", channels).norm("conv3_1x1.bn");
  if (b.shape() == b.shape_of(input)) b.add({b.here(), input});
}

/// Pre-norm attention among places of the same position in their patch, then an MLP of twice the width.
void transformer(Builder& b) {
  Node input = b.here();
  const Shape sequence = b.shape();
  const std::int64_t width = sequence.channels;
  b.layer_norm("norm1").linear("attn.qkv", 3 * width);
  Layer core;
  core.name = "attn.core";
  core.op = Op::attention;
  core.kind = "patches";
  core.batch = kHeads * kPatch;
  core.m = core.n = sequence.width / kPatch;
  core.k = width / kHeads;
  core.output = sequence;
  b.push(std::move(core)).linear("attn.proj", width);
  input = b.add({input, b.here()}, "attention_add").here();
  b.layer_norm("norm2").linear("mlp.fc1", 2 * width).act("silu").linear("mlp.fc2", width);
  b.add({input, b.here()}, "mlp_add");
}

void attention_block(Builder& b, const Stage& stage) {
  const Node input = b.here();
  b.conv("conv_kxk.conv", stage.channels, {3}).norm("conv_kxk.bn").act("silu").conv("conv_1x1", stage.hidden);
  const Shape image = b.shape();
  const Shape sequence{stage.hidden, 1, image.height * image.width};
  b.shuffle("unfold.rows", "patches", image).shuffle("unfold.patches", "patches", sequence);
  for (int i = 0; i < stage.depth; ++i) {
    auto in_block = b.block("transformer", i);
    transformer(b);
  }
  b.layer_norm("norm").shuffle("fold.patches", "patches", sequence).shuffle("fold.rows", "patches", image);
  b.conv("conv_proj.conv", stage.channels).norm("conv_proj.bn").act("silu");
  b.concat({input, b.here()})
      .conv("conv_fusion.conv", stage.channels, {3})
      .norm("conv_fusion.bn")
      .act("silu");
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 256), "timm mobilevit.py; arXiv 2110.02178");
  b.conv("stem.conv", 16, {3, 2}).norm("stem.bn").act("silu");
  {
    auto in_block = b.block("stages.0.0");
    inverted(b, v.first, 1, v.expansion);
  }
  for (int i = 0; i < 3; ++i) {
    auto in_block = b.block("stages.1", i);
    inverted(b, v.second, i == 0 ? 2 : 1, v.expansion);
  }
  for (std::size_t i = 0; i < v.stages.size(); ++i) {
    auto in_stage = b.in("stages", static_cast<int>(i) + 2);
    {
      auto in_block = b.block("0");
      inverted(b, v.stages[i].channels, 2, v.expansion);
    }
    auto in_block = b.in("1");
    attention_block(b, v.stages[i]);
  }
  b.conv("final_conv.conv", v.last).norm("final_conv.bn").act("silu");
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_mobilevit() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
