// Vision transformers that know places from distances: a small dense network over the distance of two patches
// is added to the scores. timm vision_transformer_relpos.py; arXiv 2111.09883 section 3.3 (its form of the
// network).
#include "workloads/build/variants.h"
#include "workloads/build/vit_blocks.h"

namespace scalesim::workloads {
namespace {

constexpr VisionTransformer relative(std::string_view name, int hidden, int tokens = 0, int network = 128) {
  return {.name = name,
          .hidden = hidden,
          .heads = hidden / 64,
          .tokens = tokens,
          .layer_scale = true,
          .qkv_bias = false,
          .pool = tokens > 0 ? Pool::token : Pool::average,
          .position = Position::relative,
          .position_hidden = network};
}
constexpr VisionTransformer shared(std::string_view name, int hidden) {
  VisionTransformer net = relative(name, hidden, 0, hidden);
  net.position = Position::shared_relative;
  return net;
}
constexpr VisionTransformer branch_norm(VisionTransformer net) {
  net.form = Form::branch_norm;
  net.layer_scale = false;
  return net;
}
/// Wider than base, with biases.
constexpr VisionTransformer plus(VisionTransformer net, int patch, int image) {
  net.patch = patch;
  net.image = image;
  net.qkv_bias = true;
  return net;
}
constexpr VisionTransformer averaged(VisionTransformer net) {
  net.pool = Pool::average;
  return net;
}

constexpr VisionTransformer kVariants[] = {
    relative("vit_relpos_small_patch16_224", 384),
    relative("vit_relpos_medium_patch16_224", 512),
    relative("vit_relpos_base_patch16_224", 768),
    plus(relative("vit_relpos_base_patch16_plus_240", 896), 16, 240),
    plus(branch_norm(relative("vit_relpos_base_patch32_plus_rpn_256", 896)), 32, 256),
    shared("vit_srelpos_small_patch16_224", 384),
    shared("vit_srelpos_medium_patch16_224", 512),
    relative("vit_relpos_medium_patch16_cls_224", 512, 1, 256),
    relative("vit_relpos_base_patch16_cls_224", 768, 1),
    averaged(relative("vit_relpos_base_patch16_clsgap_224", 768, 1)),
    branch_norm(relative("vit_relpos_small_patch16_rpn_224", 384)),
    branch_norm(relative("vit_relpos_medium_patch16_rpn_224", 512)),
    branch_norm(relative("vit_relpos_base_patch16_rpn_224", 768)),
};

}  // namespace

std::unique_ptr<Family> make_family_vit_relpos() {
  return make_variants(kVariants, build_vision_transformer);
}

}  // namespace scalesim::workloads
