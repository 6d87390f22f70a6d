// Model files: kind "transformer" with GPT's defaults, or "layers" (toml_layers.cpp). A gated MLP means
// Llama's relatives, so with `gated_mlp = true` the defaults are RMS norm, no biases, rotary positions and an
// untied head.
#include <fmt/core.h>

#include <algorithm>

#include "workloads/load/model_file.h"

#include "core/toml.h"

namespace scalesim::workloads {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 24;

std::string one_of(const TomlTable& table, std::string_view key, std::string fallback,
                   const std::vector<std::string>& allowed) {
  const std::string value = table.text(key, fallback);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    throw table.error(key, unknown_name(key, value, allowed).message());
  }
  return value;
}

std::int64_t count(const TomlTable& table, std::string_view key, std::int64_t fallback,
                   std::int64_t low = 1) {
  return table.has(key) ? table.integer_in(key, low, kLargest) : fallback;
}

TransformerShape read_shape(const TomlTable& t, const ModelOptions& options) {
  TransformerShape s;
  s.hidden = t.integer_in("hidden", 1, kLargest);
  s.layers = t.integer_in("layers", 1, 10'000);
  s.heads = t.integer_in("heads", 1, kLargest);
  s.kv_heads = count(t, "kv_heads", s.heads);
  if (s.heads % s.kv_heads != 0) {
    throw t.error("kv_heads", fmt::format("{} heads cannot share {} kv_heads evenly", s.heads, s.kv_heads));
  }
  if (!t.has("head_dim") && s.hidden % s.heads != 0) {
    throw t.error("heads",
                  fmt::format("hidden = {} is no multiple of heads = {}: give head_dim", s.hidden, s.heads));
  }
  s.head_dim = count(t, "head_dim", s.hidden / s.heads);
  s.gated_mlp = t.boolean("gated_mlp", false);
  s.ffn = count(t, "ffn", 4 * s.hidden);
  s.vocabulary = count(t, "vocabulary", 50257);
  s.sequence = options.sequence.value_or(count(t, "sequence", 1024));
  s.experts = count(t, "experts", 0, 0);
  s.experts_per_token =
      count(t, "experts_per_token", s.experts > 1 ? std::min<std::int64_t>(2, s.experts) : 0, 0);
  if (s.experts_per_token > s.experts || (s.experts > 1 && s.experts_per_token == 0)) {
    throw t.error("experts_per_token", fmt::format("{} of {} experts per token: give 1 to {}",
                                                   s.experts_per_token, s.experts, s.experts));
  }
  s.tied_embeddings = t.boolean("tied_embeddings", !s.gated_mlp);
  s.causal = t.boolean("causal", true);
  return s;
}

}  // namespace

TransformerConfig read_transformer(const TomlTable& t, const std::string& name, const ModelOptions& options) {
  TransformerConfig c;
  c.shape = read_shape(t, options);
  const bool gated = c.shape.gated_mlp;
  c.name = t.text("name", name);
  c.source = t.text("source", "");
  c.norm = one_of(t, "norm", gated ? "rmsnorm" : "layernorm", {"layernorm", "rmsnorm"});
  c.activation = one_of(t, "activation", gated ? "silu" : "gelu", {"gelu", "relu", "silu"});
  c.bias = t.boolean("bias", !gated);
  c.qkv_bias = t.boolean("qkv_bias", c.bias);
  c.head_bias = t.boolean("head_bias", false);
  c.fused_qkv = t.boolean("fused_qkv", !gated);
  c.rotary = t.boolean("rotary", gated);
  const std::int64_t table_rows = t.has("sequence") ? t.integer("sequence") : c.shape.sequence;
  c.positions = count(t, "positions", c.rotary ? 0 : table_rows, 0);
  if (c.positions > 0 && c.shape.sequence > c.positions) {
    throw t.error("positions", fmt::format("a sequence of {} is longer than the {} learned positions of {}",
                                           c.shape.sequence, c.positions, c.name));
  }
  c.token_types = count(t, "token_types", 0, 0);
  c.dropout = t.boolean("dropout", !gated);
  c.post_norm = t.boolean("post_norm", false);
  c.shared_norm = t.boolean("shared_norm", false);
  c.parallel = t.boolean("parallel", c.shared_norm);
  c.pooler = t.boolean("pooler", false);
  return c;
}

Model read_model(const TomlTable& table, const std::string& name, const ModelOptions& options) {
  const std::string kind = one_of(table, "kind", "transformer", {"transformer", "layers"});
  table.optional_texts("aliases");
  if (kind == "layers") {
    Model model = read_layers(table, name, options);
    table.refuse_unknown_keys();
    return model;
  }
  const TransformerConfig config = read_transformer(table, name, options);
  table.refuse_unknown_keys();
  return build_transformer(config);
}

}  // namespace scalesim::workloads
