// CaiT: attention whose scores are mixed over heads before and after the softmax; the class token comes in
// for the last two blocks only, and attends alone. arXiv 2103.17239 table 3; timm cait.py.
#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::int64_t hidden;
  int layers;
  int image = 224;
};
constexpr Variant kVariants[] = {
    {"cait_xxs24_224", 192, 24},      {"cait_xxs24_384", 192, 24, 384}, {"cait_xxs36_224", 192, 36},
    {"cait_xxs36_384", 192, 36, 384}, {"cait_xs24_384", 288, 24, 384},  {"cait_s24_224", 384, 24},
    {"cait_s24_384", 384, 24, 384},   {"cait_s36_384", 384, 36, 384},   {"cait_m36_384", 768, 36, 384},
    {"cait_m48_448", 768, 48, 448},
};
constexpr std::int64_t kHead = 48;

/// The class token in front of the patches.
Node join(Builder& b, Node token, Node patches) {
  Layer joined;
  joined.name = "concat";
  joined.op = Op::concat;
  joined.sources = {token, patches};
  joined.input = joined.output = {b.shape_of(patches).channels, 1, b.shape_of(patches).width + 1};
  return b.push(std::move(joined)).here();
}

/// One product per head: [m x k] by [k x n] of the tensors under `sources`.
void product(Builder& b, std::string_view name, std::int64_t heads, std::int64_t m, std::int64_t n,
             std::int64_t k, std::vector<int> sources, const Shape& output) {
  Layer layer;
  layer.name = name;
  layer.op = Op::matmul;
  layer.batch = heads;
  layer.m = m;
  layer.n = n;
  layer.k = k;
  layer.sources = std::move(sources);
  layer.input = {heads * (m * k + k * n), 1, 1};
  layer.output = output;
  b.push(std::move(layer));
}

/// Scores, a dense layer over heads, softmax, another, values: the scores cannot stay on the chip, and are
/// copied to bring the heads together.
void talking_heads(Builder& b) {
  auto in_attention = b.in("attn");
  const Shape sequence = b.shape();
  const std::int64_t heads = sequence.channels / kHead, length = sequence.width;
  const Node qkv = b.linear("qkv", 3 * sequence.channels).here();
  product(b, "scores", heads, length, length, kHead, {qkv}, {heads, length, length});
  const Shape scores = b.shape();
  b.shuffle("permute_l", "permute", scores).linear("proj_l", heads).softmax("softmax");
  b.shuffle("permute_w", "permute", scores).linear("proj_w", heads);
  product(b, "values", heads, length, kHead, length, {b.here(), qkv}, sequence);
  b.linear("proj", sequence.channels);
}

void mlp(Builder& b) {
  const std::int64_t width = b.shape().channels;
  b.linear("mlp.fc1", 4 * width).act("gelu").linear("mlp.fc2", width);
}

void block(Builder& b) {
  Node input = b.here();
  b.layer_norm("norm1");
  talking_heads(b);
  layer_scale(b, "gamma_1");
  input = b.add({input, b.here()}, "attention_add").here();
  b.layer_norm("norm2");
  mlp(b);
  layer_scale(b, "gamma_2");
  b.add({input, b.here()}, "mlp_add");
}

/// The class token, under the cursor, attends to itself and the patches.
void class_block(Builder& b, Node patches) {
  Node token = b.here();
  const std::int64_t width = b.shape().channels, length = b.shape_of(patches).width + 1,
                     heads = width / kHead;
  const Node all = b.at(join(b, token, patches)).layer_norm("norm1").here();
  const Node query = b.shuffle("token", "slice", {width, 1, 1}).linear("attn.q", width).here();
  const Node keys = b.at(all).linear("attn.k", width).here(),
             values = b.at(all).linear("attn.v", width).here();
  Layer core;
  core.name = "attn.core";
  core.op = Op::attention;
  core.kind = "class query";
  core.batch = heads;
  core.m = 1;
  core.n = length;
  core.k = kHead;
  core.input = {width * (2 * length + 1), 1, 1};
  core.output = {width, 1, 1};
  core.sources = {query, keys, values};
  b.push(std::move(core)).linear("attn.proj", width);
  layer_scale(b, "gamma_1");
  token = b.add({token, b.here()}, "attention_add").here();
  b.layer_norm("norm2");
  mlp(b);
  layer_scale(b, "gamma_2");
  b.add({token, b.here()}, "mlp_add");
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm cait.py; arXiv 2103.17239");
  b.conv("patch_embed.proj", v.hidden, {.kernel = 16, .stride = 16, .padding = 0, .bias = true});
  b.view({v.hidden, 1, b.shape().height * b.shape().width});
  Layer positions;
  positions.name = "pos_embed";
  positions.op = Op::add;
  positions.kind = "position embedding";
  positions.output = b.shape();
  positions.parameters = {{"pos_embed", b.shape().elements()}};
  b.push(std::move(positions));
  for (int i = 0; i < v.layers; ++i) {
    auto in_block = b.block("blocks", i);
    block(b);
  }
  const Node patches = b.here();
  b.shuffle("cls_token", "expand", {v.hidden, 1, 1}).parameter("cls_token", v.hidden);
  for (int i = 0; i < 2; ++i) {
    auto in_block = b.block("blocks_token_only", i);
    class_block(b, patches);
  }
  const Node token = b.here();
  b.at(join(b, token, patches)).layer_norm("norm").shuffle("token", "slice", {v.hidden, 1, 1});
  b.linear("head", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_cait() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
