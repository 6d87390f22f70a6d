// Networks that mix places with something simpler than attention: average pooling (PoolFormer, arXiv
// 2111.11418 table 1) and a depthwise convolution of one resolution (ConvMixer, 2201.09792 table 1). timm
// metaformer.py, convmixer.py.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 4> depths;  ///< ConvMixer: the first alone
  std::array<int, 4> widths;
  int kernel = 0, patch = 0;  ///< of ConvMixer
};
constexpr std::array<int, 4> kSmall = {64, 128, 320, 512}, kMedium = {96, 192, 384, 768};
constexpr Variant kVariants[] = {
    {"poolformer_s12", {2, 2, 6, 2}, kSmall},   {"poolformer_s24", {4, 4, 12, 4}, kSmall},
    {"poolformer_s36", {6, 6, 18, 6}, kSmall},  {"poolformer_m36", {6, 6, 18, 6}, kMedium},
    {"poolformer_m48", {8, 8, 24, 8}, kMedium}, {"convmixer_1536_20", {20}, {1536}, 9, 7},
    {"convmixer_768_32", {32}, {768}, 7, 7},    {"convmixer_1024_20_ks9_p14", {20}, {1024}, 9, 14},
};

void pool_block(Builder& b) {
  Node input = b.here();
  const std::int64_t width = b.shape().channels;
  const Node norm = b.group_norm("norm1").here();
  b.average_pool("pool", {3, 1, 1});
  b.add({b.here(), norm}, "subtract");
  layer_scale(b, "layer_scale1");
  input = b.add({input, b.here()}, "add1").here();
  b.group_norm("norm2").conv("mlp.fc1", 4 * width, {.bias = true}).act("gelu");
  b.conv("mlp.fc2", width, {.bias = true});
  layer_scale(b, "layer_scale2");
  b.add({input, b.here()}, "add2");
}

void pool_former(Builder& b, const Variant& v) {
  b.conv("stem.conv", v.widths[0], {.kernel = 7, .stride = 4, .padding = 2, .bias = true});
  for (std::size_t stage = 0; stage < v.depths.size(); ++stage) {
    auto in_stage = b.in("stages", static_cast<int>(stage));
    if (stage > 0) b.conv("downsample.conv", v.widths[stage], {.kernel = 3, .stride = 2, .bias = true});
    for (int i = 0; i < v.depths[stage]; ++i) {
      auto in_block = b.block("blocks", i);
      pool_block(b);
    }
  }
  b.group_norm("head.norm");
}

void conv_mixer(Builder& b, const Variant& v) {
  const int width = v.widths[0];
  b.conv("stem.0", width, {.kernel = v.patch, .stride = v.patch, .padding = 0, .bias = true})
      .act("gelu")
      .norm("stem.2");
  for (int i = 0; i < v.depths[0]; ++i) {
    auto in_block = b.block("blocks", i);
    const Node input = b.here();
    b.depthwise("0.fn.0", v.kernel, 1, true).act("gelu").norm("0.fn.2");
    b.add({input, b.here()});
    b.conv("1", width, {.bias = true}).act("gelu").norm("3");
  }
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224),
            "timm metaformer.py, convmixer.py; arXiv 2111.11418, 2201.09792");
  v.kernel > 0 ? conv_mixer(b, v) : pool_former(b, v);
  b.global_pool("pool").flatten().linear("head", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_metaformer() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
