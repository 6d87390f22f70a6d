// Pyramid vision transformer v2: four resolutions, keys and values from a coarser grid, a depthwise
// convolution in the MLP. arXiv 2106.13797 table 1; timm pvt_v2.py.
#include <array>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

using Four = std::array<int, 4>;
struct Variant {
  std::string_view name;
  Four depths, widths, ratios;  ///< blocks, channels and width of the MLP relative to them
};
constexpr Four kNarrow = {32, 64, 160, 256}, kWide = {64, 128, 320, 512}, kRatios = {8, 8, 4, 4};
constexpr Four kHeads = {1, 2, 5, 8}, kReduction = {8, 4, 2, 1};
constexpr Variant kVariants[] = {
    {"pvt_v2_b0", {2, 2, 2, 2}, kNarrow, kRatios}, {"pvt_v2_b1", {2, 2, 2, 2}, kWide, kRatios},
    {"pvt_v2_b2", {3, 4, 6, 3}, kWide, kRatios},   {"pvt_v2_b3", {3, 4, 18, 3}, kWide, kRatios},
    {"pvt_v2_b4", {3, 8, 27, 3}, kWide, kRatios},  {"pvt_v2_b5", {3, 6, 40, 3}, kWide, {4, 4, 4, 4}},
};

/// Queries at every place, keys and values where a convolution of kernel and stride `reduction` looks.
void attention(Builder& b, int heads, int reduction) {
  auto in_attention = b.in("attn");
  const Node input = b.here();
  const Shape image = b.shape();
  const Node query = b.linear("q", image.channels).here();
  b.at(input);
  if (reduction > 1) {
    b.conv("sr", image.channels, {.kernel = reduction, .stride = reduction, .padding = 0, .bias = true});
    b.layer_norm("norm");
  }
  const Node keys = b.linear("kv", 2 * image.channels).here();
  Layer core;
  core.name = "core";
  core.op = Op::attention;
  core.kind = "reduced";
  core.batch = heads;
  core.m = image.height * image.width;
  core.n = b.shape().height * b.shape().width;
  core.k = image.channels / heads;
  core.input = {image.elements() + b.shape().elements(), 1, 1};
  core.output = image;
  core.sources = {query, keys};
  b.push(std::move(core)).linear("proj", image.channels);
}

void block(Builder& b, int heads, int ratio, int reduction) {
  Node input = b.here();
  const std::int64_t width = b.shape().channels;
  b.layer_norm("norm1");
  attention(b, heads, reduction);
  input = b.add({input, b.here()}, "attention_add").here();
  b.layer_norm("norm2").linear("mlp.fc1", ratio * width).depthwise("mlp.dwconv", 3, 1, true).act("gelu");
  b.linear("mlp.fc2", width);
  b.add({input, b.here()}, "mlp_add");
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm pvt_v2.py; arXiv 2106.13797");
  for (std::size_t stage = 0; stage < v.depths.size(); ++stage) {
    auto in_stage = b.in("stages", static_cast<int>(stage));
    const Conv first = {.kernel = stage == 0 ? 7 : 3, .stride = stage == 0 ? 4 : 2, .bias = true};
    b.conv("downsample.proj", v.widths[stage], first).layer_norm("downsample.norm");
    for (int i = 0; i < v.depths[stage]; ++i) {
      auto in_block = b.block("blocks", i);
      block(b, kHeads[stage], v.ratios[stage], kReduction[stage]);
    }
    b.layer_norm("norm");
  }
  b.global_pool("pool").linear("head", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_pvt() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
