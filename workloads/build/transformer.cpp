// Blocks of encoders and decoders. Attention is one layer over the whole sequence (2 * heads * head_dim * N^2
// MACs, causal or not); whether the scores are kept is the business of the time and memory models.
#include "workloads/build/transformer.h"

#include <algorithm>

namespace scalesim::workloads {
namespace {

void normalise(Builder& b, const TransformerConfig& c, std::string_view name) {
  b.layer_norm(name, c.norm == "layernorm");
}

/// Rotates the query and key columns of the tensor under the cursor; returns where the result is.
Node rotary(Builder& b, std::string_view name, std::int64_t width) {
  Layer layer;
  layer.name = name;
  layer.op = Op::other;
  layer.kind = "rotary";
  layer.input = layer.output = {width, 1, b.shape().width};
  return b.push(std::move(layer)).here();
}

/// Normalises each head of one column block of the projected tensor; returns where the result is.
Node head_norm(Builder& b, const TransformerConfig& c, std::string_view name, Node projected,
               std::int64_t heads) {
  Layer layer;
  layer.name = name;
  layer.op = Op::layer_norm;
  layer.kind = c.norm == "layernorm" ? "" : "rms";
  layer.sources = {projected};
  layer.input = layer.output = {c.shape.head_dim, 1, heads * b.shape_of(projected).width};
  layer.parameters = {{"weight", c.shape.head_dim}};
  if (c.norm == "layernorm") layer.parameters.push_back({"bias", c.shape.head_dim});
  return b.push(std::move(layer)).here();
}

/// Projects the tensor under the cursor to query, key and value and returns the tensors attention reads.
std::vector<Node> project(Builder& b, const TransformerConfig& c, std::int64_t query, std::int64_t key) {
  if (c.fused_qkv) {
    const Node qkv =
        b.linear("qkv_proj", query + 2 * key, c.qkv_bias && c.key_bias).cut(TensorCut::column).here();
    if (c.qkv_bias && !c.key_bias) b.parameter("bias", query + key);
    if (c.qk_norm) return normalise_heads(b, c, qkv);
    return c.rotary ? std::vector<Node>{qkv, rotary(b, "rotary", query + key)} : std::vector<Node>{qkv};
  }
  const Node input = b.here();
  const auto divided = [&](std::string_view name, std::int64_t channels) {
    return b.at(input).linear(name, channels, c.qkv_bias).cut(TensorCut::column).here();
  };
  const Node q = divided("q_proj", query), k = divided("k_proj", key), v = divided("v_proj", key);
  if (!c.rotary) return {q, k, v};
  const Node rotated = rotary(b.at(q), "rotary_q", query);
  return {rotated, rotary(b.at(k), "rotary_k", key), v};
}

/// A dense layer of which every expert has its own; each row goes to one expert, so `rows` counts (token,
/// expert) pairs.
void expert_linear(Builder& b, const TransformerConfig& c, std::string_view name, std::int64_t channels,
                   TensorCut cut) {
  const std::int64_t experts = std::max<std::int64_t>(1, c.shape.experts), inputs = b.shape().channels;
  Layer layer;
  layer.name = name;
  layer.op = Op::linear;
  layer.groups = experts;
  layer.cut = cut;
  layer.output = {channels, 1, b.shape().width};
  if (experts > 1) {
    layer.kind = "experts";
    layer.experts = true;
    layer.active_fraction = static_cast<double>(c.shape.experts_per_token) / static_cast<double>(experts);
  }
  for (std::int64_t i = 0; i < experts; ++i) {
    layer.parameters.push_back({"weight", inputs * channels});
    if (c.bias) layer.parameters.push_back({"bias", channels});
  }
  b.push(std::move(layer));
}

/// Moves rows to or from the experts that the router chose.
void route(Builder& b, std::string_view name, std::string_view kind, Node router, const Shape& output) {
  Layer layer;
  layer.name = name;
  layer.op = Op::shuffle;
  layer.kind = kind;
  layer.sources = {b.here(), router};
  layer.output = output;
  b.push(std::move(layer));
}

/// Mixture of experts: the router picks, rows are gathered by expert, results are summed with their weights.
void experts(Builder& b, const TransformerConfig& c) {
  const Shape tokens = b.shape();
  const Node input = b.here();
  const Node router =
      b.linear("router", c.shape.experts, false).cut(TensorCut::replicated).softmax("router_softmax").here();
  route(b.at(input), "dispatch", "gather", router,
        {tokens.channels, 1, tokens.width * c.shape.experts_per_token});
  feed_forward(b, c);
  route(b, "combine", "scatter", router, tokens);
}

/// arXiv 2103.17239.
void layer_scale(Builder& b, const TransformerConfig& c, std::string_view name) {
  if (!c.layer_scale) return;
  Layer layer;
  layer.name = name;
  layer.op = Op::add;
  layer.kind = "scale";
  layer.output = b.shape();
  layer.parameters = {{"gamma", c.shape.hidden}};
  b.push(std::move(layer));
}

void mlp(Builder& b, const TransformerConfig& c) {
  auto in_mlp = b.in("mlp");
  c.shape.experts > 1 ? experts(b, c) : feed_forward(b, c);
  if (c.dropout) b.dropout();
}

void parallel_block(Builder& b, const TransformerConfig& c) {
  const Node input = b.here();
  normalise(b, c, "input_norm");
  const Node normalised = b.here();
  self_attention(b, c);
  const Node attended = b.here();
  b.at(c.shared_norm ? normalised : input);
  if (!c.shared_norm) normalise(b, c, "mlp_norm");
  mlp(b, c);
  b.add({input, attended, b.here()});
}

void embeddings(Builder& b, const TransformerConfig& c) {
  const Shape tokens{c.shape.hidden, 1, c.shape.sequence};
  auto table = [&](std::string_view name, std::int64_t rows) {
    Layer layer;
    layer.name = name;
    layer.op = Op::embedding;
    layer.sources = {-1};
    layer.output = tokens;
    layer.parameters.push_back({"weight", rows * c.shape.hidden});
    return b.push(std::move(layer)).here();
  };
  const Node words = table("token_embedding", c.shape.vocabulary);
  if (c.positions > 0) b.add({words, table("position_embedding", c.positions)}, "embedding_add");
  if (c.token_types > 0) {
    const Node sum = b.here();
    b.add({sum, table("token_type_embedding", c.token_types)}, "embedding_add_type");
  }
  if (c.post_norm) normalise(b, c, "embedding_norm");
  if (c.dropout) b.dropout("embedding_dropout");
}

/// BERT's dense layer on the first token, or the final norm, language-model head and its loss.
void head(Builder& b, const TransformerConfig& c) {
  if (!c.post_norm) normalise(b, c, "final_norm");
  if (c.pooler) {
    b.shuffle("first_token", "slice", {c.shape.hidden, 1, 1})
        .linear("pooler", c.shape.hidden)
        .cut(TensorCut::replicated)
        .act("tanh");
    return;
  }
  if (c.shape.vocabulary == 0) return;
  Layer layer;
  layer.name = "lm_head";
  layer.op = Op::linear;
  layer.cut = TensorCut::column;
  layer.output = {c.shape.vocabulary, 1, c.shape.sequence};
  if (c.shape.tied_embeddings) layer.kind = "tied";
  if (!c.shape.tied_embeddings) layer.parameters.push_back({"weight", c.shape.vocabulary * c.shape.hidden});
  if (c.head_bias) layer.parameters.push_back({"bias", c.shape.vocabulary});
  b.push(std::move(layer)).softmax("loss", "cross entropy");
}

}  // namespace

std::vector<Node> normalise_heads(Builder& b, const TransformerConfig& c, Node projected) {
  const Node q = head_norm(b, c, "q_norm", projected, c.shape.heads),
             k = head_norm(b, c, "k_norm", projected, c.shape.kv_heads);
  b.at(projected);
  return {projected, q, k};
}

void attention_core(Builder& b, const TransformerConfig& c, std::vector<Node> sources) {
  const TransformerShape& s = c.shape;
  const std::int64_t query = s.heads * s.head_dim, key = s.kv_heads * s.head_dim, length = b.shape().width;
  Layer core;
  core.name = "core";
  core.op = Op::attention;
  core.kind = s.causal ? "causal" : "full";
  if (c.dropout) core.kind += " dropout";
  core.batch = s.heads;
  core.m = core.n = length;
  core.k = s.head_dim;
  core.groups = s.heads / s.kv_heads;
  core.input = {query + 2 * key, 1, length};
  core.output = {query, 1, length};
  if (c.score_bias > 0) core.parameters = {{"bias", c.score_bias}};
  core.sources = std::move(sources);
  b.push(std::move(core));
}

void self_attention(Builder& b, const TransformerConfig& c) {
  auto in_attention = b.in("attention");
  const TransformerShape& s = c.shape;
  attention_core(b, c, project(b, c, s.heads * s.head_dim, s.kv_heads * s.head_dim));
  b.linear("o_proj", s.hidden, c.bias).cut(TensorCut::row);
  if (c.dropout) b.dropout();
}

void feed_forward(Builder& b, const TransformerConfig& c) {
  if (!c.shape.gated_mlp) {
    expert_linear(b, c, "up_proj", c.shape.ffn, TensorCut::column);
    b.act(c.activation);
  } else {
    const Node input = b.here();
    expert_linear(b, c, "gate_proj", c.shape.ffn, TensorCut::column);
    const Node gate = b.act(c.activation).here();
    expert_linear(b.at(input), c, "up_proj", c.shape.ffn, TensorCut::column);
    b.multiply({gate, b.here()});
  }
  expert_linear(b, c, "down_proj", c.shape.hidden, TensorCut::row);
}

void transformer_block(Builder& b, const TransformerConfig& c) {
  if (c.parallel) return parallel_block(b, c);
  Node input = b.here();
  const bool norm_first = !c.post_norm && !c.branch_norm;
  if (norm_first) normalise(b, c, "input_norm");
  self_attention(b, c);
  if (c.branch_norm) normalise(b, c, "attention_norm");
  layer_scale(b, c, "attention_scale");
  b.add({input, b.here()}, "attention_add");
  if (c.post_norm) normalise(b, c, "attention_norm");
  input = b.here();
  if (norm_first) normalise(b, c, "mlp_norm");
  mlp(b, c);
  if (c.branch_norm) normalise(b, c, "mlp_norm");
  layer_scale(b, c, "mlp_scale");
  b.add({input, b.here()}, "mlp_add");
  if (c.post_norm) normalise(b, c, "output_norm");
}

Model build_transformer(const TransformerConfig& c) {
  Builder b(c.name, {1, 1, c.shape.sequence}, c.source);
  b.model().sample_unit = "sequences";
  b.model().tokens_per_sample = c.shape.sequence;
  b.model().transformer = c.shape;
  b.reserve(static_cast<std::size_t>(c.shape.layers) * 24 + 16);
  embeddings(b, c);
  for (std::int64_t i = 0; i < c.shape.layers; ++i) {
    auto in_block = b.block("layers", static_cast<int>(i));
    transformer_block(b, c);
  }
  head(b, c);
  return b.take();
}

}  // namespace scalesim::workloads
