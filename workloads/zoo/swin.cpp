// Swin transformers: attention inside windows of 7 or 12 that shift by half every second block. arXiv
// 2103.14030 table 7; torchvision/models/swin_transformer.py.
#include <array>

#include "workloads/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int width;
  std::array<int, 4> depths;
  int heads;  ///< in the first stage; doubles with the width
  int window = 7, image = 224;
};
constexpr Variant kVariants[] = {
    {"swin_t", 96, {2, 2, 6, 2}, 3},
    {"swin_s", 96, {2, 2, 18, 2}, 3},
    {"swin_b", 128, {2, 2, 18, 2}, 4},
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

/// Positions are cut into windows (one copy, shifted or not), attended to, and put back (another copy).
void window_attention(Builder& b, const Grid& grid, std::int64_t heads, bool shifted) {
  auto in_attention = b.in("attn");
  const Shape image = b.shape();
  const std::int64_t width = image.channels, positions = grid.window * grid.window;
  b.shuffle("window_partition", shifted ? "roll, window" : "window", {width, 1, grid.padded()});
  b.linear("qkv", 3 * width);
  Layer core;
  core.name = "core";
  core.op = Op::attention;
  core.kind = "window";
  core.batch = heads * grid.windows();
  core.m = core.n = positions;
  core.k = width / heads;
  core.output = {width, 1, grid.padded()};
  core.parameters = {{"relative_position_bias_table", (2 * grid.window - 1) * (2 * grid.window - 1) * heads}};
  b.push(std::move(core)).linear("proj", width);
  b.shuffle("window_reverse", shifted ? "window, roll" : "window", image);
}

void block(Builder& b, const Grid& grid, std::int64_t heads, bool shifted) {
  Node input = b.here();
  const std::int64_t width = b.shape().channels;
  b.layer_norm("norm1");
  window_attention(b, grid, heads, shifted);
  input = b.add({input, b.here()}, "attention_add").here();
  b.layer_norm("norm2").linear("mlp.0", 4 * width).act("gelu").linear("mlp.3", width);
  b.add({input, b.here()}, "mlp_add");
}

/// Four neighbours become one position of twice the width.
void merge_patches(Builder& b) {
  const Shape in = b.shape();
  b.shuffle("gather", "space to depth", {4 * in.channels, (in.height + 1) / 2, (in.width + 1) / 2});
  b.layer_norm("norm").linear("reduction", 2 * in.channels, false);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image),
            "torchvision/models/swin_transformer.py; arXiv 2103.14030");
  b.conv("features.0.0", v.width, {.kernel = 4, .stride = 4, .padding = 0, .bias = true})
      .layer_norm("features.0.2");
  for (int stage = 0; stage < 4; ++stage) {
    auto in_stage = b.in("stages", stage);
    if (stage > 0) merge_patches(b);
    // A window larger than the image shrinks to it, and then nothing is shifted.
    const Grid grid{b.shape().height, std::min<std::int64_t>(v.window, b.shape().height)};
    for (int i = 0; i < v.depths[static_cast<std::size_t>(stage)]; ++i) {
      auto in_block = b.block("blocks", i);
      block(b, grid, std::int64_t{v.heads} << stage, i % 2 == 1 && grid.size > grid.window);
    }
  }
  b.layer_norm("norm").global_pool("avgpool").linear("head", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_swin() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
