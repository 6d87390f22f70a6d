// Swin transformers: attention inside windows of 7 or 12 that shift by half every second block. arXiv
// 2103.14030 table 7; torchvision/models/swin_transformer.py. Version 2 (2111.09883) normalises after each
// branch and makes the scores' bias with a small dense network, which runs once a step for all samples.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int width;
  std::array<int, 4> depths;
  int heads;  ///< in the first stage; doubles with the width
  int window = 7, image = 224;
  bool v2 = false;
  bool key_bias = true;  ///< timm's version 2 has none
};
constexpr Variant kVariants[] = {
    {"swin_t", 96, {2, 2, 6, 2}, 3},
    {"swin_s", 96, {2, 2, 18, 2}, 3},
    {"swin_b", 128, {2, 2, 18, 2}, 4},
    {"swin_v2_t", 96, {2, 2, 6, 2}, 3, 8, 256, true},
    {"swin_v2_s", 96, {2, 2, 18, 2}, 3, 8, 256, true},
    {"swin_v2_b", 128, {2, 2, 18, 2}, 4, 8, 256, true},
    {"swinv2_tiny_window8_256", 96, {2, 2, 6, 2}, 3, 8, 256, true, false},
    {"swinv2_small_window8_256", 96, {2, 2, 18, 2}, 3, 8, 256, true, false},
    {"swinv2_base_window8_256", 128, {2, 2, 18, 2}, 4, 8, 256, true, false},
    {"swinv2_tiny_window16_256", 96, {2, 2, 6, 2}, 3, 16, 256, true, false},
    {"swinv2_small_window16_256", 96, {2, 2, 18, 2}, 3, 16, 256, true, false},
    {"swinv2_base_window16_256", 128, {2, 2, 18, 2}, 4, 16, 256, true, false},
    {"swin_tiny_patch4_window7_224", 96, {2, 2, 6, 2}, 3},
    {"swin_small_patch4_window7_224", 96, {2, 2, 18, 2}, 3},
    {"swin_base_patch4_window7_224", 128, {2, 2, 18, 2}, 4},
    {"swin_base_patch4_window12_384", 128, {2, 2, 18, 2}, 4, 12, 384},
    {"swin_large_patch4_window7_224", 192, {2, 2, 18, 2}, 6},
    {"swin_large_patch4_window12_384", 192, {2, 2, 18, 2}, 6, 12, 384},
};

struct Grid {
  std::int64_t size, window;  ///< positions on a side, and of a window
  std::int64_t windows() const { return ((size + window - 1) / window) * ((size + window - 1) / window); }
  std::int64_t padded() const { return windows() * window * window; }
};

/// Parameters of what is added to the scores: a table of distances, or a network from two coordinates over
/// 512 to the heads, with a temperature per head.
std::int64_t score_parameters(const Grid& grid, std::int64_t heads, bool v2) {
  return v2 ? 3 * 512 + 512 * heads + heads : (2 * grid.window - 1) * (2 * grid.window - 1) * heads;
}

/// Version 2 compares directions only: queries and keys are divided by their length, heads of 32.
Node normalise_heads(Builder& b, std::int64_t width, std::int64_t positions) {
  Layer unit;
  unit.name = "normalize";
  unit.op = Op::layer_norm;
  unit.kind = "unit";
  unit.input = unit.output = {32, 1, 2 * width / 32 * positions};
  return b.push(std::move(unit)).here();
}

/// Positions are cut into windows (one copy, shifted or not), attended to, and put back (another copy).
void window_attention(Builder& b, const Variant& v, const Grid& grid, std::int64_t heads, bool shifted) {
  auto in_attention = b.in("attn");
  const Shape image = b.shape();
  const std::int64_t width = image.channels, positions = grid.window * grid.window;
  b.shuffle("window_partition", shifted ? "roll, window" : "window", {width, 1, grid.padded()});
  b.linear("qkv", 3 * width, v.key_bias);
  if (!v.key_bias) b.parameter("bias", 2 * width);
  const Node qkv = b.here(), scored = v.v2 ? normalise_heads(b, width, grid.padded()) : qkv;
  unfused_attention(b,
                    {.products = heads * grid.windows(),
                     .places = positions,
                     .width = width / heads,
                     .bias = score_parameters(grid, heads, v.v2),
                     .masked = shifted},
                    scored, qkv, {width, 1, grid.padded()});
  b.linear("proj", width);
  b.shuffle("window_reverse", shifted ? "window, roll" : "window", image);
}

void block(Builder& b, const Variant& v, const Grid& grid, std::int64_t heads, bool shifted) {
  Node input = b.here();
  const std::int64_t width = b.shape().channels;
  if (!v.v2) b.layer_norm("norm1");
  window_attention(b, v, grid, heads, shifted);
  if (v.v2) b.layer_norm("norm1");
  input = b.add({input, b.here()}, "attention_add").here();
  if (!v.v2) b.layer_norm("norm2");
  b.linear("mlp.0", 4 * width).act("gelu").linear("mlp.3", width);
  if (v.v2) b.layer_norm("norm2");
  b.add({input, b.here()}, "mlp_add");
}

/// Four neighbours become one position of twice the width.
void merge_patches(Builder& b, bool v2) {
  const Shape in = b.shape();
  b.shuffle("gather", "space to depth", {4 * in.channels, (in.height + 1) / 2, (in.width + 1) / 2});
  if (!v2) b.layer_norm("norm");
  b.linear("reduction", 2 * in.channels, false);
  if (v2) b.layer_norm("norm");
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image),
            "torchvision/models/swin_transformer.py; arXiv 2103.14030");
  b.conv("features.0.0", v.width, {.kernel = 4, .stride = 4, .padding = 0, .bias = true})
      .layer_norm("features.0.2");
  for (int stage = 0; stage < 4; ++stage) {
    auto in_stage = b.in("stages", stage);
    if (stage > 0) merge_patches(b, v.v2);
    // A window larger than the image shrinks to it, and then nothing is shifted.
    const Grid grid{b.shape().height, std::min<std::int64_t>(v.window, b.shape().height)};
    for (int i = 0; i < v.depths[static_cast<std::size_t>(stage)]; ++i) {
      auto in_block = b.block("blocks", i);
      block(b, v, grid, std::int64_t{v.heads} << stage, i % 2 == 1 && grid.size > grid.window);
    }
  }
  b.layer_norm("norm").global_pool("avgpool").linear("head", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_swin() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
