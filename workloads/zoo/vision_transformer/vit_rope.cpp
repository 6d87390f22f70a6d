// Vision transformers with rotary positions: RoPE-ViT (arXiv 2403.13298), DINO v3 (2508.10104) and timm's
// with register tokens. timm eva.py.
#include "workloads/build/variants.h"
#include "workloads/build/vit_blocks.h"

namespace scalesim::workloads {
namespace {

struct Size {
  int hidden, layers, heads;
};
constexpr Size kSmall = {384, 12, 6}, kMedium = {512, 12, 8}, kDeepMedium = {512, 20, 8},
               kBetwixt = {640, 12, 10}, kBase = {768, 12, 12}, kLarge = {1024, 24, 16},
               kHuge = {1280, 32, 20};

constexpr VisionTransformer rope(std::string_view name, const Size& size, Position position) {
  return {.name = name,
          .hidden = size.hidden,
          .layers = size.layers,
          .heads = size.heads,
          .positions_for_tokens = false,
          .layer_scale = true,
          .position = position};
}
constexpr VisionTransformer registers(std::string_view name, const Size& size, int tokens) {
  VisionTransformer net = rope(name, size, Position::rotary);
  net.image = 256;
  net.tokens = tokens;
  net.key_bias = false;
  net.pool = Pool::average;
  return net;
}
constexpr VisionTransformer no_bias(VisionTransformer net) {
  net.qkv_bias = false;
  return net;
}
constexpr VisionTransformer dino(std::string_view name, const Size& size, bool qv_bias, bool gated = false) {
  VisionTransformer net = rope(name, size, Position::rotary);
  net.image = 256;
  net.tokens = 5;
  net.qkv_bias = qv_bias;
  net.key_bias = false;
  net.classes = 0;
  net.gated = gated;
  net.act = gated ? "silu" : "gelu";
  return net;
}

using enum Position;
constexpr VisionTransformer kVariants[] = {
    rope("vit_small_patch16_rope_224", kSmall, rotary),
    rope("vit_base_patch16_rope_224", kBase, rotary),
    rope("vit_large_patch16_rope_224", kLarge, rotary),
    rope("vit_small_patch16_rope_ape_224", kSmall, learned_and_rotary),
    rope("vit_base_patch16_rope_ape_224", kBase, learned_and_rotary),
    rope("vit_large_patch16_rope_ape_224", kLarge, learned_and_rotary),
    rope("vit_small_patch16_rope_mixed_ape_224", kSmall, learned_and_mixed),
    rope("vit_base_patch16_rope_mixed_ape_224", kBase, learned_and_mixed),
    rope("vit_large_patch16_rope_mixed_ape_224", kLarge, learned_and_mixed),
    registers("vit_medium_patch16_rope_reg1_gap_256", kMedium, 1),
    no_bias(registers("vit_mediumd_patch16_rope_reg1_gap_256", kDeepMedium, 1)),
    registers("vit_betwixt_patch16_rope_reg4_gap_256", kBetwixt, 4),
    registers("vit_base_patch16_rope_reg1_gap_256", kBase, 1),
    dino("vit_small_patch16_dinov3", kSmall, false),
    dino("vit_small_patch16_dinov3_qkvb", kSmall, true),
    dino("vit_small_plus_patch16_dinov3", kSmall, false, true),
    dino("vit_small_plus_patch16_dinov3_qkvb", kSmall, true, true),
    dino("vit_base_patch16_dinov3", kBase, false),
    dino("vit_base_patch16_dinov3_qkvb", kBase, true),
    dino("vit_large_patch16_dinov3", kLarge, false),
    dino("vit_large_patch16_dinov3_qkvb", kLarge, true),
    dino("vit_huge_plus_patch16_dinov3", kHuge, false, true),
    dino("vit_huge_plus_patch16_dinov3_qkvb", kHuge, true, true),
};

}  // namespace

std::unique_ptr<Family> make_family_vit_rope() { return make_variants(kVariants, build_vision_transformer); }

}  // namespace scalesim::workloads
