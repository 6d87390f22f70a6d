// BEiT and BEiT v2: vision transformers with a table of relative positions in every block. arXiv 2106.08254,
// 2208.06366; timm beit.py.
#include "workloads/build/variants.h"
#include "workloads/build/vit_blocks.h"

namespace scalesim::workloads {
namespace {

constexpr VisionTransformer beit(std::string_view name, int hidden, int layers, int image = 224) {
  return {.name = name,
          .hidden = hidden,
          .layers = layers,
          .heads = hidden / 64,
          .image = image,
          .layer_scale = true,
          .key_bias = false,
          .pool = Pool::average,
          .position = Position::table};
}

constexpr VisionTransformer kVariants[] = {
    beit("beit_base_patch16_224", 768, 12),        beit("beit_base_patch16_384", 768, 12, 384),
    beit("beit_large_patch16_224", 1024, 24),      beit("beit_large_patch16_384", 1024, 24, 384),
    beit("beit_large_patch16_512", 1024, 24, 512), beit("beitv2_base_patch16_224", 768, 12),
    beit("beitv2_large_patch16_224", 1024, 24),
};

}  // namespace

std::unique_ptr<Family> make_family_beit() { return make_variants(kVariants, build_vision_transformer); }

}  // namespace scalesim::workloads
