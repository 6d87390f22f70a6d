// MaxViT: an inverted residual, attention inside windows and attention over a grid of as many places, in
// turn. arXiv 2204.01697 table 11; torchvision/models/maxvit.py.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

using Four = std::array<int, 4>;
struct Variant {
  std::string_view name;
  std::int64_t stem;
  Four widths, depths;
};
constexpr std::int64_t kWindow = 7, kHead = 32;
constexpr Variant kVariants[] = {{"maxvit_t", 64, {64, 128, 256, 512}, {2, 2, 5, 2}}};

/// Pre-norm, expansion by four, depthwise 3x3, squeeze-excite to a quarter.
void inverted_residual(Builder& b, std::int64_t width, int stride) {
  const Node input = b.here();
  const bool same = stride == 1 && b.shape().channels == width;
  b.norm("pre_norm").conv("conv_a", 4 * width).norm("conv_a.1").act("gelu");
  b.depthwise("conv_b", 3, stride).norm("conv_b.1").act("gelu");
  squeeze_excite(b, {.reduced = width / 4, .act = "silu"});
  const Node branch = b.conv("conv_c", width, {.bias = true}).here();
  b.at(input);
  if (stride > 1) b.average_pool("proj.0", {3, stride, 1});
  if (!same) b.conv("proj.1", width, {.bias = true});
  b.add({branch, b.here()});
}

/// Places are cut into groups of a window's size, attended to within them, and put back.
void partition_attention(Builder& b, std::string_view name) {
  auto in_layer = b.in(name);
  const Shape image = b.shape();
  const std::int64_t width = image.channels, places = kWindow * kWindow, heads = width / kHead;
  const Shape sequence{width, 1, image.height * image.width};
  Node input = b.shuffle("partition", "window", sequence).here();
  b.layer_norm("attn_layer.0").linear("to_qkv", 3 * width);
  unfused_attention(b,
                    {.products = heads * sequence.width / places,
                     .places = places,
                     .width = kHead,
                     .bias = (2 * kWindow - 1) * (2 * kWindow - 1) * heads},
                    b.here(), b.here(), sequence);
  b.linear("merge", width);
  input = b.add({input, b.here()}, "attention_add").here();
  b.layer_norm("mlp_layer.0").linear("mlp_layer.1", 4 * width).act("gelu").linear("mlp_layer.3", width);
  b.add({input, b.here()}, "mlp_add").shuffle("departition", "window", image);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "torchvision/models/maxvit.py; arXiv 2204.01697");
  b.conv("stem.0", v.stem, {3, 2})
      .norm("stem.0.1")
      .act("gelu")
      .conv("stem.1", v.stem, {.kernel = 3, .bias = true});
  for (std::size_t stage = 0; stage < v.depths.size(); ++stage) {
    auto in_stage = b.in("blocks", static_cast<int>(stage));
    for (int i = 0; i < v.depths[stage]; ++i) {
      auto in_block = b.block("layers", i);
      inverted_residual(b, v.widths[stage], i == 0 ? 2 : 1);
      partition_attention(b, "window_attention");
      partition_attention(b, "grid_attention");
    }
  }
  const std::int64_t width = b.shape().channels;
  b.global_pool("classifier.0").layer_norm("classifier.2").linear("classifier.3", width).act("tanh");
  b.linear("classifier.5", 1000, false);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_maxvit() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
