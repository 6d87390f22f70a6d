// Perception Encoder: CLIP-like vision transformers with learned and rotary positions, of which the core is
// read out by a learned query, and the other two give features. arXiv 2504.13181 tables 1 and 17; timm
// eva.py.
#include "workloads/build/variants.h"
#include "workloads/build/vit_blocks.h"

namespace scalesim::workloads {
namespace {

constexpr VisionTransformer encoder(std::string_view name, int hidden, int layers, int heads, int patch,
                                    int image) {
  return {.name = name,
          .patch = patch,
          .hidden = hidden,
          .layers = layers,
          .heads = heads,
          .image = image,
          .norm_first = true,
          .patch_bias = false,
          .position = Position::learned_and_rotary};
}
constexpr VisionTransformer core(VisionTransformer net, int classes) {
  net.pool = Pool::latent;
  net.pool_heads = net.hidden % 8 == 0 ? 8 : net.heads;
  net.classes = classes;
  net.head_bias = false;
  return net;
}
constexpr VisionTransformer features(VisionTransformer net) {
  net.pool = Pool::average;
  net.classes = 0;
  net.final_norm = false;
  return net;
}
constexpr VisionTransformer language(VisionTransformer net) {
  net = features(net);
  net.layer_scale = true;
  return net;
}
constexpr VisionTransformer gigantic(VisionTransformer net) {
  net.ffn = 8960;
  net.tokens = 0;
  return net;
}

constexpr VisionTransformer kVariants[] = {
    core(encoder("vit_pe_core_tiny_patch16_384", 192, 12, 3, 16, 384), 512),
    core(encoder("vit_pe_core_small_patch16_384", 384, 12, 6, 16, 384), 512),
    core(encoder("vit_pe_core_base_patch16_224", 768, 12, 12, 16, 224), 1024),
    core(encoder("vit_pe_core_large_patch14_336", 1024, 24, 16, 14, 336), 1024),
    core(gigantic(encoder("vit_pe_core_gigantic_patch14_448", 1536, 50, 16, 14, 448)), 1280),
    features(encoder("vit_pe_spatial_tiny_patch16_512", 192, 12, 3, 16, 512)),
    features(encoder("vit_pe_spatial_small_patch16_512", 384, 12, 6, 16, 512)),
    features(encoder("vit_pe_spatial_base_patch16_512", 768, 12, 12, 16, 512)),
    features(encoder("vit_pe_spatial_large_patch14_448", 1024, 24, 16, 14, 448)),
    features(gigantic(encoder("vit_pe_spatial_gigantic_patch14_448", 1536, 50, 16, 14, 448))),
    language(encoder("vit_pe_lang_large_patch14_448", 1024, 23, 16, 14, 448)),
    language(gigantic(encoder("vit_pe_lang_gigantic_patch14_448", 1536, 47, 16, 14, 448))),
};

}  // namespace

std::unique_ptr<Family> make_family_vit_pe() { return make_variants(kVariants, build_vision_transformer); }

}  // namespace scalesim::workloads
