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
  int tokens = 1;  ///< class token, and DeiT's distillation token
};
constexpr Variant kVariants[] = {
    {"vit_b_16", 16, 768, 12, 12},
    {"vit_b_32", 32, 768, 12, 12},
    {"vit_l_16", 16, 1024, 24, 16},
    {"vit_l_32", 32, 1024, 24, 16},
    {"vit_h_14", 14, 1280, 32, 16},
    {"vit_tiny_patch16_224", 16, 192, 12, 3},
    {"vit_tiny_patch16_384", 16, 192, 12, 3, 384},
    {"vit_small_patch16_224", 16, 384, 12, 6},
    {"vit_small_patch16_384", 16, 384, 12, 6, 384},
    {"vit_small_patch32_224", 32, 384, 12, 6},
    {"vit_small_patch32_384", 32, 384, 12, 6, 384},
    {"vit_small_patch8_224", 8, 384, 12, 6},
    {"vit_base_patch16_224", 16, 768, 12, 12},
    {"vit_base_patch16_384", 16, 768, 12, 12, 384},
    {"vit_base_patch32_224", 32, 768, 12, 12},
    {"vit_base_patch32_384", 32, 768, 12, 12, 384},
    {"vit_base_patch8_224", 8, 768, 12, 12},
    {"vit_large_patch16_224", 16, 1024, 24, 16},
    {"vit_large_patch16_384", 16, 1024, 24, 16, 384},
    {"vit_large_patch32_224", 32, 1024, 24, 16},
    {"vit_large_patch32_384", 32, 1024, 24, 16, 384},
    {"vit_large_patch14_224", 14, 1024, 24, 16},
    {"vit_huge_patch14_224", 14, 1280, 32, 16},
    {"vit_giant_patch14_224", 14, 1408, 40, 16, 224, 6144},
    {"vit_gigantic_patch14_224", 14, 1664, 48, 16, 224, 8192},
    {"deit_tiny_patch16_224", 16, 192, 12, 3},
    {"deit_small_patch16_224", 16, 384, 12, 6},
    {"deit_base_patch16_224", 16, 768, 12, 12},
    {"deit_base_patch16_384", 16, 768, 12, 12, 384},
    {"deit_tiny_distilled_patch16_224", 16, 192, 12, 3, 224, 0, 2},
    {"deit_small_distilled_patch16_224", 16, 384, 12, 6, 224, 0, 2},
    {"deit_base_distilled_patch16_224", 16, 768, 12, 12, 224, 0, 2},
    {"deit_base_distilled_patch16_384", 16, 768, 12, 12, 384, 0, 2},
};

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
  return config;
}

/// Patches become a sequence behind the extra tokens, and learned positions are added.
void embed(Builder& b, const Variant& v) {
  b.conv("conv_proj", v.hidden, {.kernel = v.patch, .stride = v.patch, .padding = 0, .bias = true});
  const std::int64_t length = b.shape().height * b.shape().width + v.tokens;
  Layer joined;
  joined.name = "class_token";
  joined.op = Op::concat;
  joined.input = joined.output = {v.hidden, 1, length};
  joined.parameters = {{"class_token", v.tokens * static_cast<std::int64_t>(v.hidden)}};
  b.push(std::move(joined));
  Layer positions;
  positions.name = "encoder.pos_embedding";
  positions.op = Op::add;
  positions.kind = "position embedding";
  positions.output = b.shape();
  positions.parameters = {{"pos_embedding", b.shape().elements()}};
  b.push(std::move(positions));
}

/// Distilled DeiT has a head on each of its two tokens.
void head(Builder& b, const Variant& v) {
  b.layer_norm("encoder.ln");
  const Node encoded = b.here();
  b.shuffle("class_output", "slice", {v.hidden, 1, 1}).linear("heads.head", 1000);
  if (v.tokens == 1) return;
  const Node first = b.here();
  b.at(encoded).shuffle("distillation_output", "slice", {v.hidden, 1, 1}).linear("head_dist", 1000);
  b.add({first, b.here()});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image),
            "torchvision/models/vision_transformer.py; arXiv 2010.11929");
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
