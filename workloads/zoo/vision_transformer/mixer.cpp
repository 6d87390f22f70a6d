// Networks of dense layers only, over places and over channels in turn: MLP-Mixer (arXiv 2105.01601), ResMLP
// (2105.03404) and gMLP (2105.08050). timm mlp_mixer.py.
#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

enum class Kind { mixer, gated_mixer, residual, gated };
struct Variant {
  std::string_view name;
  Kind kind;
  int patch, hidden, blocks;
};
using enum Kind;
constexpr Variant kVariants[] = {
    {"mixer_s32_224", mixer, 32, 512, 8},        {"mixer_s16_224", mixer, 16, 512, 8},
    {"mixer_b32_224", mixer, 32, 768, 12},       {"mixer_b16_224", mixer, 16, 768, 12},
    {"mixer_l32_224", mixer, 32, 1024, 24},      {"mixer_l16_224", mixer, 16, 1024, 24},
    {"gmixer_12_224", gated_mixer, 16, 384, 12}, {"gmixer_24_224", gated_mixer, 16, 384, 24},
    {"resmlp_12_224", residual, 16, 384, 12},    {"resmlp_24_224", residual, 16, 384, 24},
    {"resmlp_36_224", residual, 16, 384, 36},    {"resmlp_big_24_224", residual, 8, 768, 24},
    {"gmlp_ti16_224", gated, 16, 128, 30},       {"gmlp_s16_224", gated, 16, 256, 30},
    {"gmlp_b16_224", gated, 16, 512, 30},
};

/// Two dense layers; gated, half of the hidden ones gate the other half.
void mlp(Builder& b, std::string_view name, std::int64_t hidden, bool gates) {
  auto in_mlp = b.in(name);
  const std::int64_t width = b.shape().channels;
  b.linear("fc1", hidden);
  if (!gates) {
    b.act("gelu").linear("fc2", width);
    return;
  }
  const Shape half{hidden / 2, 1, b.shape().width};
  const Node whole = b.here();
  const Node gate = b.shuffle("gate", "slice", half).act("silu").here();
  const Node value = b.at(whole).shuffle("value", "slice", half).here();
  b.multiply({gate, value}).linear("fc2", width);
}

/// Runs `layers` with places where channels were.
template <class Layers>
void over_places(Builder& b, const Layers& layers) {
  const Shape shape = b.shape();
  b.shuffle("transpose", "transpose", {shape.width, 1, shape.channels});
  layers();
  b.shuffle("transpose_back", "transpose", shape);
}

/// A factor and a shift per channel.
void affine(Builder& b, std::string_view name) {
  layer_scale(b, name);
  b.parameter("beta", b.shape().channels);
}

void mixer_block(Builder& b, bool gates) {
  Node input = b.here();
  const std::int64_t width = b.shape().channels;
  b.layer_norm("norm1");
  over_places(b, [&] { mlp(b, "mlp_tokens", gates ? width : width / 2, gates); });
  input = b.add({input, b.here()}, "add1").here();
  b.layer_norm("norm2");
  mlp(b, "mlp_channels", 4 * width, gates);
  b.add({input, b.here()}, "add2");
}

void residual_block(Builder& b) {
  Node input = b.here();
  const Shape shape = b.shape();
  affine(b, "norm1");
  over_places(b, [&] { b.linear("linear_tokens", shape.width); });
  layer_scale(b, "ls1");
  input = b.add({input, b.here()}, "add1").here();
  affine(b, "norm2");
  mlp(b, "mlp_channels", 4 * shape.channels, false);
  layer_scale(b, "ls2");
  b.add({input, b.here()}, "add2");
}

/// The hidden layer's second half, mixed over places, gates the first.
void gated_block(Builder& b) {
  const Node input = b.here();
  const Shape shape = b.shape();
  const Shape half{3 * shape.channels, 1, shape.width};
  const Node hidden = b.layer_norm("norm").linear("fc1", 6 * shape.channels).act("gelu").here();
  const Node value = b.shuffle("value", "slice", half).here();
  b.at(hidden).shuffle("gate", "slice", half).layer_norm("gate.norm");
  over_places(b, [&] { b.linear("gate.proj", shape.width); });
  b.multiply({value, b.here()}).linear("fc2", shape.channels);
  b.add({input, b.here()});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm mlp_mixer.py; arXiv 2105.01601");
  b.conv("stem.proj", v.hidden, {.kernel = v.patch, .stride = v.patch, .padding = 0, .bias = true});
  b.shuffle("flatten", "transpose", {v.hidden, 1, b.shape().height * b.shape().width});
  for (int i = 0; i < v.blocks; ++i) {
    auto in_block = b.block("blocks", i);
    if (v.kind == residual)
      residual_block(b);
    else if (v.kind == gated)
      gated_block(b);
    else
      mixer_block(b, v.kind == gated_mixer);
  }
  v.kind == residual ? affine(b, "norm") : static_cast<void>(b.layer_norm("norm"));
  b.global_pool("pool").linear("head", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_mixer() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
