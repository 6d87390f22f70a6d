// Patches, positions, blocks and heads of vision transformers.
#include "workloads/build/vit_blocks.h"

#include <cmath>

#include "workloads/build/blocks.h"
#include "workloads/build/transformer.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

using Net = VisionTransformer;

bool is_relative(const Net& v) {
  return v.position == Position::relative || v.position == Position::shared_relative ||
         v.position == Position::table;
}

bool is_rotary(const Net& v) {
  return v.position == Position::rotary || v.position == Position::learned_and_rotary ||
         v.position == Position::learned_and_mixed;
}

/// A dense network from two coordinates to a number per head; it runs once a step for all samples, so it is
/// parameters of the scores and no layer.
std::int64_t position_parameters(const Net& v, std::int64_t patches) {
  if (v.position == Position::table) {  // and three for the class token: to, from and with itself
    const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(patches))));
    return ((2 * side - 1) * (2 * side - 1) + 3) * v.heads;
  }
  if (v.position == Position::learned_and_mixed) return v.hidden;  // two frequencies for each pair of a head
  return is_relative(v) ? 3 * v.position_hidden + (v.position_hidden + 1) * v.heads : 0;
}

TransformerConfig encoder(const Net& v, std::int64_t length) {
  TransformerConfig config;
  TransformerShape& s = config.shape;
  s.hidden = v.hidden;
  s.layers = v.layers;
  s.heads = s.kv_heads = v.heads;
  s.head_dim = v.hidden / v.heads;
  s.ffn = v.ffn ? v.ffn : 4 * v.hidden;
  s.sequence = length;
  s.causal = false;
  s.gated_mlp = v.gated;
  config.norm = v.rms ? "rmsnorm" : "layernorm";
  config.activation = v.act;
  config.dropout = false;
  config.qkv_bias = v.qkv_bias;
  config.key_bias = v.key_bias;
  config.layer_scale = v.layer_scale;
  config.rotary = is_rotary(v);
  config.qk_norm = v.qk_norm;
  config.branch_norm = v.form == Form::branch_norm;
  config.score_bias = position_parameters(v, length - v.tokens);
  return config;
}

void add_positions(Builder& b) {
  Layer positions;
  positions.name = "encoder.pos_embedding";
  positions.op = Op::add;
  positions.kind = "position embedding";
  positions.output = b.shape();
  positions.parameters = {{"pos_embedding", b.shape().elements()}};
  b.push(std::move(positions));
}

/// The extra tokens in front of the patches.
void prepend_tokens(Builder& b, const Net& v) {
  if (v.tokens == 0) return;
  Layer joined;
  joined.name = "class_token";
  joined.op = Op::concat;
  joined.input = joined.output = {v.hidden, 1, b.shape().width + v.tokens};
  joined.parameters = {{"class_token", v.tokens * static_cast<std::int64_t>(v.hidden)}};
  b.push(std::move(joined));
}

/// Patches become a sequence behind the extra tokens, and learned positions are added.
void embed(Builder& b, const Net& v, int patch) {
  b.conv("conv_proj", v.hidden, {.kernel = patch, .stride = patch, .padding = 0, .bias = v.patch_bias});
  b.view({v.hidden, 1, b.shape().height * b.shape().width});
  const bool added = !is_relative(v) && v.position != Position::rotary;
  if (added && !v.positions_for_tokens) add_positions(b);
  prepend_tokens(b, v);
  if (added && v.positions_for_tokens) add_positions(b);
  if (!added && v.tokens == 0) b.shuffle("flatten", "transpose", b.shape());
  if (v.norm_first) b.layer_norm("encoder.norm_pre", !v.rms);
}

/// Attention, or the MLP, behind its own norm.
Node branch(Builder& b, const TransformerConfig& c, std::string_view name, Node input, bool attends) {
  auto in_branch = b.in(name);
  b.at(input).layer_norm("norm");
  attends ? self_attention(b, c) : feed_forward(b, c);
  if (c.layer_scale) layer_scale(b);
  return b.here();
}

/// Two branches of a kind side by side; PyTorch stacks their results before it sums them.
void pair(Builder& b, const TransformerConfig& c, bool attends) {
  const Node input = b.here();
  const std::string_view first = attends ? "attns.0" : "ffns.0", second = attends ? "attns.1" : "ffns.1";
  const Node one = branch(b, c, first, input, attends), two = branch(b, c, second, input, attends);
  Layer sum;
  sum.name = "sum";
  sum.op = Op::add;
  sum.kind = "sum";
  sum.inputs = 2;
  sum.output = b.shape();
  sum.sources = {b.concat({one, two}, "stack").here()};
  b.push(std::move(sum));
  b.add({input, b.here()});
}

/// The MLP's part of a joint product: bias (unless the product had one), activation.
void joint_mlp(Builder& b, const TransformerConfig& c, Node product) {
  const Shape wide{c.shape.ffn, 1, c.shape.sequence};
  Layer layer;
  layer.name = "mlp_act";
  layer.op = Op::activation;
  layer.kind = c.activation;
  layer.sources = {product};
  if (!c.qkv_bias) {
    Layer bias;
    bias.name = "mlp_bias";
    bias.op = Op::add;
    bias.kind = "sum";
    bias.sources = {product};
    bias.input = bias.output = wide;
    bias.parameters = {{"bias", c.shape.ffn}};
    layer.sources = {b.push(std::move(bias)).here()};
  }
  layer.input = layer.output = wide;
  b.push(std::move(layer));
}

/// Queries, keys, values and the MLP's hidden layer are one product of the same norm; both results are
/// projected and summed.
void one_product(Builder& b, const TransformerConfig& c) {
  const Node input = b.here();
  const std::int64_t width = c.shape.hidden;
  b.layer_norm("in_norm", c.norm == "layernorm")
      .linear("in_proj", c.shape.ffn + 3 * width, c.qkv_bias)
      .cut(TensorCut::column);
  const Node product = b.here();
  attention_core(b, c, c.qk_norm ? normalise_heads(b, c, product) : std::vector<Node>{product});
  const Node attended = b.linear("attn_out_proj", width).cut(TensorCut::row).here();
  joint_mlp(b, c, product);
  b.linear("mlp_out_proj", width).cut(TensorCut::row);
  b.add({attended, b.here()}, "sum");
  if (c.layer_scale) layer_scale(b);
  b.add({input, b.here()});
}

void block(Builder& b, const Net& v, const TransformerConfig& config) {
  if (v.form == Form::pairs) {
    pair(b, config, true);
    pair(b, config, false);
  } else if (v.form == Form::one_product) {
    one_product(b, config);
  } else {
    transformer_block(b, config);
  }
}

/// A learned query attends to all positions, then an MLP (the pooling of SigLIP, arXiv 2303.15343).
void latent_pool(Builder& b, const Net& v) {
  auto in_pool = b.in("attn_pool");
  const Node tokens = b.here();
  const Shape sequence = b.shape(), one{v.hidden, 1, 1};
  const Node query =
      b.shuffle("latent", "expand", one).parameter("latent", v.hidden).linear("q", v.hidden).here();
  const Node keys = b.at(tokens).linear("kv", 2 * v.hidden).here();
  Layer core;
  core.name = "core";
  core.op = Op::attention;
  core.kind = "latent query";
  core.batch = v.pool_heads ? v.pool_heads : v.heads;
  core.m = 1;
  core.n = sequence.width;
  core.k = v.hidden / core.batch;
  core.input = {v.hidden * (2 * sequence.width + 1), 1, 1};
  core.output = one;
  core.sources = {query, keys};
  const Node pooled = b.push(std::move(core)).linear("proj", v.hidden).here();
  b.layer_norm("norm", !v.rms)
      .linear("mlp.fc1", v.ffn ? v.ffn : 4 * v.hidden)
      .act(v.act)
      .linear("mlp.fc2", v.hidden);
  b.add({pooled, b.here()});
}

/// Distilled DeiT has a head on each of its two tokens.
void head(Builder& b, const Net& v) {
  if (v.final_norm) b.layer_norm("encoder.ln", !v.rms);
  const Node encoded = b.here();
  if (v.pool == Pool::average)
    b.global_pool("pool");
  else if (v.pool == Pool::latent)
    latent_pool(b, v);
  else
    b.shuffle("class_output", "slice", {v.hidden, 1, 1});
  if (v.classes == 0) return;
  b.linear("heads.head", v.classes, v.head_bias);
  if (v.name.find("distilled") == std::string_view::npos) return;
  const Node first = b.here();
  b.at(encoded).shuffle("distillation_output", "slice", {v.hidden, 1, 1}).linear("head_dist", v.classes);
  b.add({first, b.here()});
}

}  // namespace

void encode(Builder& b, const VisionTransformer& v, int patch) {
  embed(b, v, patch);
  TransformerConfig config = encoder(v, b.shape().width);
  b.model().transformer = config.shape;
  for (int i = 0; i < v.layers; ++i) {
    auto in_block = b.block("encoder.layers", i);
    if (i > 0 && v.position == Position::shared_relative) config.score_bias = 0;
    block(b, v, config);
  }
  head(b, v);
}

Model build_vision_transformer(const VisionTransformer& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image),
            "torchvision/models/vision_transformer.py; timm; arXiv 2010.11929");
  encode(b, v, v.patch);
  return b.take();
}

}  // namespace scalesim::workloads
