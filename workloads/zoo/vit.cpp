// Vision transformers: patches, a class token, pre-norm encoder blocks. arXiv 2010.11929 table 1;
// torchvision/models/vision_transformer.py and timm vision_transformer.py; DeiT 2012.12877 (a second token).
#include "workloads/transformer.h"
#include "workloads/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int patch, hidden, layers, heads;
  int image = 224;
  int ffn = 0;     ///< 0: four times hidden
  int tokens = 1;  ///< class, distillation and register tokens; 0: the average of all is classified
  bool positions_for_tokens = true;
  bool layer_scale = false;  ///< a learned factor per channel after each branch
  bool norm_first = false;   ///< a norm before the first block (CLIP)
  bool patch_bias = true, qkv_bias = true;
  int classes = 1000;  ///< 0: features only
};
// clang-format off: one network per line
constexpr Variant kVariants[] = {
    {.name = "vit_b_16", .patch = 16, .hidden = 768, .layers = 12, .heads = 12},
    {.name = "vit_b_32", .patch = 32, .hidden = 768, .layers = 12, .heads = 12},
    {.name = "vit_l_16", .patch = 16, .hidden = 1024, .layers = 24, .heads = 16},
    {.name = "vit_l_32", .patch = 32, .hidden = 1024, .layers = 24, .heads = 16},
    {.name = "vit_h_14", .patch = 14, .hidden = 1280, .layers = 32, .heads = 16},
    {.name = "vit_tiny_patch16_224", .patch = 16, .hidden = 192, .layers = 12, .heads = 3},
    {.name = "vit_tiny_patch16_384", .patch = 16, .hidden = 192, .layers = 12, .heads = 3, .image = 384},
    {.name = "vit_small_patch16_224", .patch = 16, .hidden = 384, .layers = 12, .heads = 6},
    {.name = "vit_small_patch16_384", .patch = 16, .hidden = 384, .layers = 12, .heads = 6, .image = 384},
    {.name = "vit_small_patch32_224", .patch = 32, .hidden = 384, .layers = 12, .heads = 6},
    {.name = "vit_small_patch32_384", .patch = 32, .hidden = 384, .layers = 12, .heads = 6, .image = 384},
    {.name = "vit_small_patch8_224", .patch = 8, .hidden = 384, .layers = 12, .heads = 6},
    {.name = "vit_base_patch16_224", .patch = 16, .hidden = 768, .layers = 12, .heads = 12},
    {.name = "vit_base_patch16_384", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 384},
    {.name = "vit_base_patch32_224", .patch = 32, .hidden = 768, .layers = 12, .heads = 12},
    {.name = "vit_base_patch32_384", .patch = 32, .hidden = 768, .layers = 12, .heads = 12, .image = 384},
    {.name = "vit_base_patch8_224", .patch = 8, .hidden = 768, .layers = 12, .heads = 12},
    {.name = "vit_large_patch16_224", .patch = 16, .hidden = 1024, .layers = 24, .heads = 16},
    {.name = "vit_large_patch16_384", .patch = 16, .hidden = 1024, .layers = 24, .heads = 16, .image = 384},
    {.name = "vit_large_patch32_224", .patch = 32, .hidden = 1024, .layers = 24, .heads = 16},
    {.name = "vit_large_patch32_384", .patch = 32, .hidden = 1024, .layers = 24, .heads = 16, .image = 384},
    {.name = "vit_large_patch14_224", .patch = 14, .hidden = 1024, .layers = 24, .heads = 16},
    {.name = "vit_huge_patch14_224", .patch = 14, .hidden = 1280, .layers = 32, .heads = 16},
    {.name = "vit_giant_patch14_224", .patch = 14, .hidden = 1408, .layers = 40, .heads = 16, .ffn = 6144},
    {.name = "vit_gigantic_patch14_224", .patch = 14, .hidden = 1664, .layers = 48, .heads = 16, .ffn = 8192},
    {.name = "deit_tiny_patch16_224", .patch = 16, .hidden = 192, .layers = 12, .heads = 3},
    {.name = "deit_tiny_distilled_patch16_224", .patch = 16, .hidden = 192, .layers = 12, .heads = 3, .tokens = 2},
    {.name = "deit_small_patch16_224", .patch = 16, .hidden = 384, .layers = 12, .heads = 6},
    {.name = "deit_small_distilled_patch16_224", .patch = 16, .hidden = 384, .layers = 12, .heads = 6, .tokens = 2},
    {.name = "deit_base_patch16_224", .patch = 16, .hidden = 768, .layers = 12, .heads = 12},
    {.name = "deit_base_distilled_patch16_224", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .tokens = 2},
    {.name = "deit_base_patch16_384", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 384},
    {.name = "deit_base_distilled_patch16_384", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 384, .tokens = 2},
    {.name = "deit3_small_patch16_224", .patch = 16, .hidden = 384, .layers = 12, .heads = 6, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_small_patch16_384", .patch = 16, .hidden = 384, .layers = 12, .heads = 6, .image = 384, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_medium_patch16_224", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_base_patch16_224", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_base_patch16_384", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 384, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_large_patch16_224", .patch = 16, .hidden = 1024, .layers = 24, .heads = 16, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_large_patch16_384", .patch = 16, .hidden = 1024, .layers = 24, .heads = 16, .image = 384, .positions_for_tokens = false, .layer_scale = true},
    {.name = "deit3_huge_patch14_224", .patch = 14, .hidden = 1280, .layers = 32, .heads = 16, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_base_patch32_clip_224", .patch = 32, .hidden = 768, .layers = 12, .heads = 12, .norm_first = true, .patch_bias = false},
    {.name = "vit_base_patch32_clip_384", .patch = 32, .hidden = 768, .layers = 12, .heads = 12, .image = 384, .norm_first = true, .patch_bias = false},
    {.name = "vit_base_patch32_clip_448", .patch = 32, .hidden = 768, .layers = 12, .heads = 12, .image = 448, .norm_first = true, .patch_bias = false},
    {.name = "vit_base_patch16_clip_224", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .norm_first = true, .patch_bias = false},
    {.name = "vit_base_patch16_clip_384", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 384, .norm_first = true, .patch_bias = false},
    {.name = "vit_medium_patch16_clip_224", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .norm_first = true, .patch_bias = false, .classes = 512},
    {.name = "vit_medium_patch32_clip_224", .patch = 32, .hidden = 512, .layers = 12, .heads = 8, .norm_first = true, .patch_bias = false, .classes = 512},
    {.name = "vit_betwixt_patch32_clip_224", .patch = 32, .hidden = 640, .layers = 12, .heads = 10, .norm_first = true, .patch_bias = false, .classes = 512},
    {.name = "vit_large_patch14_clip_224", .patch = 14, .hidden = 1024, .layers = 24, .heads = 16, .norm_first = true, .patch_bias = false},
    {.name = "vit_large_patch14_clip_336", .patch = 14, .hidden = 1024, .layers = 24, .heads = 16, .image = 336, .norm_first = true, .patch_bias = false},
    {.name = "vit_huge_patch14_clip_224", .patch = 14, .hidden = 1280, .layers = 32, .heads = 16, .norm_first = true, .patch_bias = false},
    {.name = "vit_huge_patch14_clip_336", .patch = 14, .hidden = 1280, .layers = 32, .heads = 16, .image = 336, .norm_first = true, .patch_bias = false},
    {.name = "vit_huge_patch14_clip_378", .patch = 14, .hidden = 1280, .layers = 32, .heads = 16, .image = 378, .norm_first = true, .patch_bias = false, .classes = 1024},
    {.name = "vit_giant_patch14_clip_224", .patch = 14, .hidden = 1408, .layers = 40, .heads = 16, .ffn = 6144, .norm_first = true, .patch_bias = false, .classes = 1024},
    {.name = "vit_gigantic_patch14_clip_224", .patch = 14, .hidden = 1664, .layers = 48, .heads = 16, .ffn = 8192, .norm_first = true, .patch_bias = false, .classes = 1280},
    {.name = "vit_gigantic_patch14_clip_378", .patch = 14, .hidden = 1664, .layers = 48, .heads = 16, .image = 378, .ffn = 8192, .norm_first = true, .patch_bias = false, .classes = 1280},
    {.name = "vit_small_patch14_dinov2", .patch = 14, .hidden = 384, .layers = 12, .heads = 6, .image = 518, .layer_scale = true, .classes = 0},
    {.name = "vit_small_patch14_reg4_dinov2", .patch = 14, .hidden = 384, .layers = 12, .heads = 6, .image = 518, .tokens = 5, .positions_for_tokens = false, .layer_scale = true, .classes = 0},
    {.name = "vit_base_patch14_dinov2", .patch = 14, .hidden = 768, .layers = 12, .heads = 12, .image = 518, .layer_scale = true, .classes = 0},
    {.name = "vit_base_patch14_reg4_dinov2", .patch = 14, .hidden = 768, .layers = 12, .heads = 12, .image = 518, .tokens = 5, .positions_for_tokens = false, .layer_scale = true, .classes = 0},
    {.name = "vit_large_patch14_dinov2", .patch = 14, .hidden = 1024, .layers = 24, .heads = 16, .image = 518, .layer_scale = true, .classes = 0},
    {.name = "vit_large_patch14_reg4_dinov2", .patch = 14, .hidden = 1024, .layers = 24, .heads = 16, .image = 518, .tokens = 5, .positions_for_tokens = false, .layer_scale = true, .classes = 0},
    {.name = "vit_base_patch16_gap_224", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .tokens = 0},
    {.name = "vit_base_patch16_siglip_gap_256", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 256, .tokens = 0, .classes = 0},
    {.name = "vit_base_patch16_siglip_gap_384", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 384, .tokens = 0, .classes = 0},
    {.name = "vit_base_patch16_siglip_gap_512", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 512, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch14_siglip_gap_224", .patch = 14, .hidden = 1152, .layers = 27, .heads = 16, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch14_siglip_gap_384", .patch = 14, .hidden = 1152, .layers = 27, .heads = 16, .image = 384, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch14_siglip_gap_448", .patch = 14, .hidden = 1152, .layers = 27, .heads = 16, .image = 448, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch14_siglip_gap_896", .patch = 14, .hidden = 1152, .layers = 27, .heads = 16, .image = 896, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch16_siglip_gap_256", .patch = 16, .hidden = 1152, .layers = 27, .heads = 16, .image = 256, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch16_siglip_gap_384", .patch = 16, .hidden = 1152, .layers = 27, .heads = 16, .image = 384, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_so400m_patch16_siglip_gap_512", .patch = 16, .hidden = 1152, .layers = 27, .heads = 16, .image = 512, .ffn = 4304, .tokens = 0, .classes = 0},
    {.name = "vit_medium_patch16_gap_240", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .image = 240, .tokens = 0, .layer_scale = true, .qkv_bias = false, .classes = 11821},
    {.name = "vit_medium_patch16_gap_256", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .image = 256, .tokens = 0, .layer_scale = true, .qkv_bias = false},
    {.name = "vit_medium_patch16_gap_384", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .image = 384, .tokens = 0, .layer_scale = true, .qkv_bias = false},
    {.name = "vit_base_patch16_reg4_gap_256", .patch = 16, .hidden = 768, .layers = 12, .heads = 12, .image = 256, .tokens = 4, .positions_for_tokens = false, .layer_scale = false},
    {.name = "vit_medium_patch16_reg1_gap_256", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .image = 256, .tokens = 1, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_medium_patch16_reg4_gap_256", .patch = 16, .hidden = 512, .layers = 12, .heads = 8, .image = 256, .tokens = 4, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_mediumd_patch16_reg4_gap_256", .patch = 16, .hidden = 512, .layers = 20, .heads = 8, .image = 256, .tokens = 4, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_mediumd_patch16_reg4_gap_384", .patch = 16, .hidden = 512, .layers = 20, .heads = 8, .image = 384, .tokens = 4, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_betwixt_patch16_reg1_gap_256", .patch = 16, .hidden = 640, .layers = 12, .heads = 10, .image = 256, .tokens = 1, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_betwixt_patch16_reg1_gap_384", .patch = 16, .hidden = 640, .layers = 12, .heads = 10, .image = 384, .tokens = 1, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_betwixt_patch16_reg4_gap_256", .patch = 16, .hidden = 640, .layers = 12, .heads = 10, .image = 256, .tokens = 4, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_betwixt_patch16_reg4_gap_384", .patch = 16, .hidden = 640, .layers = 12, .heads = 10, .image = 384, .tokens = 4, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_little_patch16_reg1_gap_256", .patch = 16, .hidden = 320, .layers = 14, .heads = 5, .image = 256, .ffn = 1792, .tokens = 1, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_little_patch16_reg4_gap_256", .patch = 16, .hidden = 320, .layers = 14, .heads = 5, .image = 256, .ffn = 1792, .tokens = 4, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_wee_patch16_reg1_gap_256", .patch = 16, .hidden = 256, .layers = 14, .heads = 4, .image = 256, .ffn = 1280, .tokens = 1, .positions_for_tokens = false, .layer_scale = true},
    {.name = "vit_so150m_patch16_reg4_gap_256", .patch = 16, .hidden = 896, .layers = 18, .heads = 14, .image = 256, .ffn = 2304, .tokens = 4, .positions_for_tokens = false, .layer_scale = false},
    {.name = "vit_so150m_patch16_reg4_gap_384", .patch = 16, .hidden = 896, .layers = 18, .heads = 14, .image = 384, .ffn = 2304, .tokens = 4, .positions_for_tokens = false, .layer_scale = false},
    {.name = "vit_so150m2_patch16_reg1_gap_256", .patch = 16, .hidden = 832, .layers = 21, .heads = 13, .image = 256, .ffn = 2176, .tokens = 1, .positions_for_tokens = false, .layer_scale = true, .qkv_bias = false},
    {.name = "vit_so150m2_patch16_reg1_gap_384", .patch = 16, .hidden = 832, .layers = 21, .heads = 13, .image = 384, .ffn = 2176, .tokens = 1, .positions_for_tokens = false, .layer_scale = true, .qkv_bias = false},
    {.name = "vit_so150m2_patch16_reg1_gap_448", .patch = 16, .hidden = 832, .layers = 21, .heads = 13, .image = 448, .ffn = 2176, .tokens = 1, .positions_for_tokens = false, .layer_scale = true, .qkv_bias = false},
    {.name = "vit_base_patch16_plus_240", .patch = 16, .hidden = 896, .layers = 12, .heads = 14, .image = 240, .layer_scale = true},
    {.name = "vit_base_patch32_plus_256", .patch = 32, .hidden = 896, .layers = 12, .heads = 14, .image = 256, .layer_scale = true},
    {.name = "vit_small_patch16_36x1_224", .patch = 16, .hidden = 384, .layers = 36, .heads = 6, .layer_scale = true},
};
// clang-format on

TransformerConfig encoder(const Variant& v, std::int64_t length) {
  TransformerConfig config;
  TransformerShape& s = config.shape;
  s.hidden = v.hidden;
  s.layers = v.layers;
  s.heads = s.kv_heads = v.heads;
  s.head_dim = v.hidden / v.heads;
  s.ffn = v.ffn ? v.ffn : 4 * v.hidden;
  s.sequence = length;
  s.causal = false;
  config.dropout = false;
  config.qkv_bias = v.qkv_bias;
  config.layer_scale = v.layer_scale;
  return config;
}

void add_positions(Builder& b, std::string_view name) {
  Layer positions;
  positions.name = name;
  positions.op = Op::add;
  positions.kind = "position embedding";
  positions.output = b.shape();
  positions.parameters = {{"pos_embedding", b.shape().elements()}};
  b.push(std::move(positions));
}

/// The extra tokens in front of the patches.
void prepend_tokens(Builder& b, const Variant& v) {
  if (v.tokens == 0) return;
  Layer joined;
  joined.name = "class_token";
  joined.op = Op::concat;
  joined.input = joined.output = {v.hidden, 1, b.shape().width + v.tokens};
  joined.parameters = {{"class_token", v.tokens * static_cast<std::int64_t>(v.hidden)}};
  b.push(std::move(joined));
}

/// Patches become a sequence behind the extra tokens, and learned positions are added.
void embed(Builder& b, const Variant& v) {
  b.conv("conv_proj", v.hidden, {.kernel = v.patch, .stride = v.patch, .padding = 0, .bias = v.patch_bias});
  b.view({v.hidden, 1, b.shape().height * b.shape().width});
  if (!v.positions_for_tokens) add_positions(b, "encoder.pos_embedding");
  prepend_tokens(b, v);
  if (v.positions_for_tokens) add_positions(b, "encoder.pos_embedding");
  if (v.norm_first) b.layer_norm("encoder.norm_pre");
}

/// The class token, or the average of all patches; distilled DeiT has a head on each of its two tokens.
void head(Builder& b, const Variant& v) {
  b.layer_norm("encoder.ln");
  const Node encoded = b.here();
  const bool average = v.name.find("gap") != std::string_view::npos;
  if (average)
    b.global_pool("pool");
  else
    b.shuffle("class_output", "slice", {v.hidden, 1, 1});
  if (v.classes == 0) return;
  b.linear("heads.head", v.classes);
  if (v.name.find("distilled") == std::string_view::npos) return;
  const Node first = b.here();
  b.at(encoded).shuffle("distillation_output", "slice", {v.hidden, 1, 1}).linear("head_dist", v.classes);
  b.add({first, b.here()});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image),
            "torchvision/models/vision_transformer.py; timm; arXiv 2010.11929");
  embed(b, v);
  const TransformerConfig config = encoder(v, b.shape().width);
  b.model().transformer = config.shape;
  for (int i = 0; i < v.layers; ++i) {
    auto in_block = b.block("encoder.layers", i);
    transformer_block(b, config);
  }
  head(b, v);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_vit() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
