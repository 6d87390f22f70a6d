// Vision transformers on the features of a ResNet. arXiv 2010.11929 section 3.1 and 2106.10270 table 2 (R +
// ViT: group norm, standardised weights); timm vision_transformer_hybrid.py.
#include "workloads/build/resnet_blocks.h"
#include "workloads/build/variants.h"
#include "workloads/build/vit_blocks.h"

namespace scalesim::workloads {
namespace {

using Blocks = std::array<int, 4>;
constexpr Blocks kStemOnly = {0, 0, 0, 0}, k26 = {2, 2, 2, 2}, k50 = {3, 4, 6, 3}, k50Stride16 = {3, 4, 9, 0},
                 k50Cut = {3, 4, 6, 0};

constexpr ResNet transfer(Blocks blocks) { return {.blocks = blocks, .norm = Norm::group}; }
constexpr ResNet deep(Blocks blocks) {
  return {.blocks = blocks, .stem = Stem::deep, .average_shortcut = true};
}

struct Variant {
  std::string_view name;
  ResNet trunk;
  int hidden, layers, heads;
  int image = 224, patch = 1, ffn = 0;
};
constexpr Variant kVariants[] = {
    {"vit_tiny_r_s16_p8_224", transfer(kStemOnly), 192, 12, 3, 224, 8},
    {"vit_tiny_r_s16_p8_384", transfer(kStemOnly), 192, 12, 3, 384, 8},
    {"vit_small_r_s16_p8_224", transfer(kStemOnly), 384, 12, 6, 224, 8},
    {"vit_small_r26_s32_224", transfer(k26), 384, 12, 6},
    {"vit_small_r26_s32_384", transfer(k26), 384, 12, 6, 384},
    {"vit_base_r26_s32_224", transfer(k26), 768, 12, 12},
    {"vit_base_r50_s16_224", transfer(k50Stride16), 768, 12, 12},
    {"vit_base_r50_s16_384", transfer(k50Stride16), 768, 12, 12, 384},
    {"vit_base_resnet50_384", transfer(k50Stride16), 768, 12, 12, 384},
    {"vit_large_r50_s32_224", transfer(k50), 1024, 24, 16},
    {"vit_large_r50_s32_384", transfer(k50), 1024, 24, 16, 384},
    {"vit_small_resnet26d_224", deep(k26), 768, 8, 8, 224, 1, 2304},
    {"vit_small_resnet50d_s16_224", deep(k50Cut), 768, 8, 8, 224, 1, 2304},
    {"vit_base_resnet26d_224", deep(k26), 768, 12, 12},
    {"vit_base_resnet50d_224", deep(k50), 768, 12, 12},
};

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm vision_transformer_hybrid.py; arXiv 2010.11929");
  {
    auto in_trunk = b.in("patch_embed.backbone");
    resnet_features(b, v.trunk);
  }
  encode(b, {.name = v.name, .hidden = v.hidden, .layers = v.layers, .heads = v.heads, .ffn = v.ffn},
         v.patch);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_vit_hybrid() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
