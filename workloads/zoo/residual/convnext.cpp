// ConvNeXt and ConvNeXt v2: depthwise 7x7, layer norm and a two-layer MLP per position. arXiv 2201.03545
// section 2, v2 2301.00808 (global response norm); timm convnext.py; torchvision/models/convnext.py.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

enum class Stem {
  patch,
  overlap,
  tiered
};  ///< 4x4 stride 4; two 3x3 stride 2; the same with half the width first

struct Variant {
  std::string_view name;
  std::array<int, 4> depths;
  std::array<int, 4> widths;
  bool v2 = false;
  Stem stem = Stem::patch;
  bool norm_bias = true;
  int image = 224;
  int head = 0;  ///< width of a hidden layer of the head
};

using Widths = std::array<int, 4>;
constexpr Widths kAtto = {40, 80, 160, 320}, kFemto = {48, 96, 192, 384}, kPico = {64, 128, 256, 512},
                 kNano = {80, 160, 320, 640}, kTiny = {96, 192, 384, 768}, kBase = {128, 256, 512, 1024},
                 kLarge = {192, 384, 768, 1536}, kXlarge = {256, 512, 1024, 2048},
                 kZepto = {32, 64, 128, 256}, kHuge = {352, 704, 1408, 2816},
                 kXxlarge = {384, 768, 1536, 3072};
constexpr std::array<int, 4> kShort = {2, 2, 6, 2}, kNanoDepth = {2, 2, 8, 2}, kUsual = {3, 3, 9, 3},
                             kDeep = {3, 3, 27, 3};

constexpr Variant kVariants[] = {
    {"convnext_tiny", kUsual, kTiny},
    {"convnext_small", kDeep, kTiny},
    {"convnext_base", kDeep, kBase},
    {"convnext_large", kDeep, kLarge},
    {"convnext_xlarge", kDeep, kXlarge},
    {"convnext_xxlarge", {3, 4, 30, 3}, kXxlarge, false, Stem::patch, true, 256},
    {"convnext_atto", kShort, kAtto},
    {"convnext_femto", kShort, kFemto},
    {"convnext_pico", kShort, kPico},
    {"convnext_nano", kNanoDepth, kNano},
    {"convnext_large_mlp", kDeep, kLarge, false, Stem::patch, true, 256, 1536},
    {"convnext_nano_hnf", kNanoDepth, kNano},
    {"convnext_tiny_hnf", kUsual, kTiny},
    {"convnext_atto_ols", kShort, kAtto, false, Stem::tiered},
    {"convnext_femto_ols", kShort, kFemto, false, Stem::tiered},
    {"convnext_pico_ols", kShort, kPico, false, Stem::tiered},
    {"convnext_nano_ols", kNanoDepth, kNano, false, Stem::overlap},
    {"convnext_atto_rms", kShort, kAtto, false, Stem::patch, false},
    {"convnext_zepto_rms", {2, 2, 4, 2}, kZepto, false, Stem::patch, false},
    {"convnext_zepto_rms_ols", {2, 2, 4, 2}, kZepto, false, Stem::overlap, false},
    {"convnextv2_atto", kShort, kAtto, true},
    {"convnextv2_femto", kShort, kFemto, true},
    {"convnextv2_pico", kShort, kPico, true},
    {"convnextv2_nano", kNanoDepth, kNano, true},
    {"convnextv2_tiny", kUsual, kTiny, true},
    {"convnextv2_small", kDeep, kTiny, true},
    {"convnextv2_base", kDeep, kBase, true},
    {"convnextv2_large", kDeep, kLarge, true},
    {"convnextv2_huge", kDeep, kHuge, true},
};

/// Response of each channel over the image, normalised over channels, scales the tensor: three passes of it.
void global_response_norm(Builder& b) {
  Layer layer;
  layer.name = "grn";
  layer.op = Op::layer_norm;
  layer.kind = "global response";
  layer.output = b.shape();
  const std::int64_t channels = b.shape().channels;
  layer.parameters = {{"weight", channels}, {"bias", channels}};
  b.push(std::move(layer));
}

void block(Builder& b, const Variant& v) {
  const Node input = b.here();
  const std::int64_t width = b.shape().channels;
  b.depthwise("conv_dw", 7, 1, true).layer_norm("norm", v.norm_bias).linear("mlp.fc1", 4 * width).act("gelu");
  if (v.v2) global_response_norm(b);
  b.linear("mlp.fc2", width);
  if (!v.v2) layer_scale(b);
  b.add({input, b.here()});
}

void stem(Builder& b, const Variant& v) {
  if (v.stem == Stem::patch) {
    b.conv("stem.0", v.widths[0], {.kernel = 4, .stride = 4, .padding = 0, .bias = true})
        .layer_norm("stem.1", v.norm_bias);
    return;
  }
  b.conv("stem.0", v.stem == Stem::tiered ? make_divisible(v.widths[0] / 2.0) : v.widths[0],
         {.kernel = 3, .stride = 2, .bias = true});
  b.conv("stem.1", v.widths[0], {.kernel = 3, .stride = 2, .bias = true}).layer_norm("stem.2", v.norm_bias);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "torchvision/models/convnext.py; arXiv 2201.03545");
  stem(b, v);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    auto in_stage = b.in("stages", static_cast<int>(stage));
    if (stage > 0) {
      b.layer_norm("downsample.0", v.norm_bias);
      b.conv("downsample.1", v.widths[stage], {.kernel = 2, .stride = 2, .padding = 0, .bias = true});
    }
    for (int i = 0; i < v.depths[stage]; ++i) {
      auto in_block = b.block("blocks", i);
      block(b, v);
    }
  }
  b.global_pool("head.global_pool").layer_norm("head.norm", v.norm_bias);
  if (v.head > 0) b.linear("head.pre_logits.fc", v.head).act("gelu");
  b.linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_convnext() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
