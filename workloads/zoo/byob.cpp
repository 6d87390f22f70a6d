// Networks of one bottleneck with groups of a fixed width: timm's RegNet-Z with wide stems, and ResNets with
// a tiered stem and SiLU. timm byobnet.py; arXiv 2103.06877 (RegNet-Z), 1812.01187 (stems).
#include <array>

#include "workloads/blocks.h"
#include "workloads/variants.h"

namespace scalesim::workloads {
namespace {

struct Stage {
  int depth;
  std::int64_t channels;
  int stride = 2;
};

struct Variant {
  std::string_view name;
  std::array<Stage, 4> stages;
  std::int64_t group;     ///< channels of a group of the 3x3; 0: one group
  double ratio;           ///< width of the 3x3, of the block's input (inverted) or output
  bool inverted = false;  ///< RegNet-Z: no activation after the sum, no projection in the shortcut
  std::int64_t stem = 64;
  bool tiered = true;  ///< the stem has three 3x3 of three eighths, a half and the whole of its width
  bool stem_pool = false;
  int squeeze = 0;        ///< squeeze-excite divides the width by this; 0: none
  std::int64_t head = 0;  ///< channels of a last 1x1
  int image = 256;
};

using Stages = std::array<Stage, 4>;
constexpr Stages kB16 = {{{2, 48}, {6, 96}, {12, 192}, {2, 288}}};
constexpr Stages kD = {{{3, 64, 1}, {6, 128}, {12, 256}, {3, 384}}};
constexpr Stages kE = {{{3, 96, 1}, {8, 192}, {16, 384}, {3, 512}}};
constexpr Stages k26 = {{{2, 256, 1}, {2, 512}, {2, 1024}, {2, 2048}}};
constexpr Stages k33 = {{{2, 256, 1}, {3, 512}, {3, 1536}, {2, 1536}}};
constexpr Variant kVariants[] = {
    {"regnetz_b16", kB16, 16, 3, true, 32, false, false, 4, 1536, 224},
    {"regnetz_d32", kD, 32, 4, true, 64, true, false, 4, 1792},
    {"regnetz_d8", kD, 8, 4, true, 64, true, false, 4, 1792},
    {"regnetz_e8", kE, 8, 4, true, 64, true, false, 4, 2048},
    {"resnext26ts", k26, 32, 0.25, false, 64, true, true},
    {"seresnext26ts", k26, 32, 0.25, false, 64, true, true, 16},
    {"resnet32ts", k33, 0, 0.25, false, 64, true, false},
    {"resnet33ts", k33, 0, 0.25, false, 64, true, false, 0, 1280},
    {"seresnet33ts", k33, 0, 0.25, false, 64, true, false, 16, 1280},
};

void bottleneck(Builder& b, const Variant& v, const Stage& stage, int stride) {
  const Node input = b.here();
  const std::int64_t inputs = b.shape().channels;
  const std::int64_t middle =
      make_divisible(static_cast<double>(v.inverted ? inputs : stage.channels) * v.ratio);
  b.conv("conv1_1x1.conv", middle).norm("conv1_1x1.bn").act("silu");
  b.conv("conv2_kxk.conv", middle,
         {.kernel = 3, .stride = stride, .groups = v.group > 0 ? middle / v.group : 1})
      .norm("conv2_kxk.bn")
      .act("silu");
  if (v.squeeze > 0)
    squeeze_excite(b,
                   {.reduced = make_divisible(static_cast<double>(middle) / v.squeeze, 8, 0), .act = "relu"});
  b.conv("conv3_1x1.conv", stage.channels).norm("conv3_1x1.bn");
  const Node branch = b.here();
  const bool same = stride == 1 && inputs == stage.channels;
  if (v.inverted) {
    if (same) b.add({branch, input});
    return;
  }
  if (same) {
    b.add({branch, input});
  } else {
    b.at(input).conv("shortcut.conv", stage.channels, {1, stride}).norm("shortcut.bn");
    b.add({branch, b.here()});
  }
  b.act("silu");
}

void stem(Builder& b, const Variant& v) {
  if (!v.tiered) {
    b.conv("stem.conv", v.stem, {3, 2}).norm("stem.bn").act("silu");
    return;
  }
  const auto conv = [&](std::string_view name, std::int64_t channels, int stride) {
    auto in_conv = b.in(name);
    b.conv("conv", channels, {3, stride}).norm("bn").act("silu");
  };
  conv("stem.conv1", v.stem * 3 / 8, 2);
  conv("stem.conv2", v.stem / 2, 1);
  conv("stem.conv3", v.stem, v.stem_pool ? 1 : 2);
  if (v.stem_pool) b.max_pool("stem.pool", {3, 2, 1});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm byobnet.py; arXiv 2103.06877");
  stem(b, v);
  for (std::size_t i = 0; i < v.stages.size(); ++i) {
    auto in_stage = b.in("stages", static_cast<int>(i));
    for (int j = 0; j < v.stages[i].depth; ++j) {
      auto in_block = b.block("", j);
      bottleneck(b, v, v.stages[i], j == 0 ? v.stages[i].stride : 1);
    }
  }
  if (v.head > 0) b.conv("final_conv.conv", v.head).norm("final_conv.bn").act("silu");
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_byob() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
