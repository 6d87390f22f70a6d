// RepVGG: trained as 3x3 + 1x1 + identity, deployed as one 3x3. arXiv 2101.03697 table 2. A name ending in
// _deploy is the deployed form, and so is every name when the model is asked for inference.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 4> depths;
  std::array<double, 4> widths;  ///< factors on 64, 128, 256, 512
  int groups = 1;                ///< of every second block
  bool deployed = false;
  bool squeeze = false;  ///< squeeze-excite before the last activation
};

constexpr std::array<int, 4> kA = {2, 4, 14, 1}, kB = {4, 6, 16, 1};
constexpr Variant kVariants[] = {
    {"repvgg_a0", kA, {0.75, 0.75, 0.75, 2.5}},
    {"repvgg_a1", kA, {1, 1, 1, 2.5}},
    {"repvgg_a2", kA, {1.5, 1.5, 1.5, 2.75}},
    {"repvgg_b0", kB, {1, 1, 1, 2.5}},
    {"repvgg_b1", kB, {2, 2, 2, 4}},
    {"repvgg_b2", kB, {2.5, 2.5, 2.5, 5}},
    {"repvgg_b3", kB, {3, 3, 3, 5}},
    {"repvgg_b1g4", kB, {2, 2, 2, 4}, 4},
    {"repvgg_b2g4", kB, {2.5, 2.5, 2.5, 5}, 4},
    {"repvgg_b3g4", kB, {3, 3, 3, 5}, 4},
    {"repvgg_d2se", {8, 14, 24, 1}, {2.5, 2.5, 2.5, 5}, 1, false, true},
    {"repvgg_a0_deploy", kA, {0.75, 0.75, 0.75, 2.5}, 1, true},
    {"repvgg_a1_deploy", kA, {1, 1, 1, 2.5}, 1, true},
    {"repvgg_a2_deploy", kA, {1.5, 1.5, 1.5, 2.75}, 1, true},
    {"repvgg_b0_deploy", kB, {1, 1, 1, 2.5}, 1, true},
    {"repvgg_b1_deploy", kB, {2, 2, 2, 4}, 1, true},
    {"repvgg_b2_deploy", kB, {2.5, 2.5, 2.5, 5}, 1, true},
    {"repvgg_b3_deploy", kB, {3, 3, 3, 5}, 1, true},
};

/// 3x3, 1x1 and identity, or what they have become.
void convolutions(Builder& b, std::int64_t channels, int stride, int groups, bool deployed) {
  const Node input = b.here();
  if (deployed) {
    b.conv("reparam_conv", channels, {.kernel = 3, .stride = stride, .groups = groups, .bias = true});
    return;
  }
  const bool has_identity = stride == 1 && b.shape().channels == channels;
  Node identity = input;
  if (has_identity) identity = b.norm("identity").here();
  const Node large = b.at(input)
                         .conv("conv_kxk.conv", channels, {.kernel = 3, .stride = stride, .groups = groups})
                         .norm("conv_kxk.bn")
                         .here();
  const Node small = b.at(input)
                         .conv("conv_1x1.conv", channels, {.kernel = 1, .stride = stride, .groups = groups})
                         .norm("conv_1x1.bn")
                         .here();
  b.add({small, large});
  if (has_identity) b.add({b.here(), identity}, "add_identity");
}

Model build(const Variant& v, const ModelOptions& options) {
  const bool deployed = v.deployed || options.inference;
  Builder b(v.name, image_input(options, 224), "arXiv 2101.03697");
  const auto block = [&](std::int64_t channels, int stride, int groups) {
    convolutions(b, channels, stride, groups, deployed);
    if (v.squeeze) squeeze_excite(b, {.reduced = b.shape().channels / 16});
    b.act();
  };
  auto scaled = [&](int stage) {
    return static_cast<std::int64_t>((64 << stage) * v.widths[static_cast<std::size_t>(stage)]);
  };
  {
    auto in_stem = b.block("stem");
    block(std::min<std::int64_t>(64, scaled(0)), 2, 1);
  }
  int count = 1;
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < v.depths[static_cast<std::size_t>(stage)]; ++i) {
      auto in_block = b.block("stages." + std::to_string(stage), i);
      block(scaled(stage), i == 0 ? 2 : 1, count++ % 2 == 0 ? v.groups : 1);
    }
  }
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_repvgg() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
