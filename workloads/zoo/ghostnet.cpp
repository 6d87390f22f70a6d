// GhostNet: half of the channels are cheap depthwise copies of the other half. arXiv 1911.11907 table 1; timm
// ghostnet.py.
#include <cmath>

#include "workloads/blocks.h"
#include "workloads/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  double width;
};
constexpr Variant kVariants[] = {{"ghostnet_050", 0.5}, {"ghostnet_100", 1}, {"ghostnet_130", 1.3}};

struct Row {
  int kernel, expansion, channels;
  double squeeze;
  int stride;
};
constexpr Row kRows[] = {
    {3, 16, 16, 0, 1},     {3, 48, 24, 0, 2},      {3, 72, 24, 0, 1},      {5, 72, 40, 0.25, 2},
    {5, 120, 40, 0.25, 1}, {3, 240, 80, 0, 2},     {3, 200, 80, 0, 1},     {3, 184, 80, 0, 1},
    {3, 184, 80, 0, 1},    {3, 480, 112, 0.25, 1}, {3, 672, 112, 0.25, 1}, {5, 672, 160, 0.25, 2},
    {5, 960, 160, 0, 1},   {5, 960, 160, 0.25, 1}, {5, 960, 160, 0, 1},    {5, 960, 160, 0.25, 1},
};

/// A 1x1 makes half, a depthwise 3x3 makes the rest from it.
void ghost(Builder& b, std::string_view name, std::int64_t channels, bool act) {
  auto in_ghost = b.in(name);
  b.conv("primary_conv.0", (channels + 1) / 2).norm("primary_conv.1");
  if (act) b.act();
  const Node primary = b.here();
  b.depthwise("cheap_operation.0", 3).norm("cheap_operation.1");
  if (act) b.act();
  b.concat({primary, b.here()});
}

Node shortcut(Builder& b, const Row& row, Node input, std::int64_t channels) {
  if (row.stride == 1 && b.shape_of(input).channels == channels) return input;
  auto in_shortcut = b.in("shortcut");
  return b.at(input).depthwise("0", row.kernel, row.stride).norm("1").conv("2", channels).norm("3").here();
}

void bottleneck(Builder& b, const Row& row, double width) {
  const Node input = b.here();
  const std::int64_t middle = make_divisible(row.expansion * width, 4),
                     out = make_divisible(row.channels * width, 4);
  ghost(b, "ghost1", middle, true);
  if (row.stride > 1) b.depthwise("conv_dw", row.kernel, row.stride).norm("bn_dw");
  if (row.squeeze > 0) {
    squeeze_excite(
        b, {.reduced = make_divisible(static_cast<double>(middle) * row.squeeze, 4), .gate = "hard_sigmoid"});
  }
  ghost(b, "ghost2", out, false);
  const Node branch = b.here();
  b.add({branch, shortcut(b, row, input, out)});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm ghostnet.py; arXiv 1911.11907");
  b.conv("conv_stem", make_divisible(16 * v.width, 4), {3, 2}).norm("bn1").act();
  int index = 0;
  for (const Row& row : kRows) {
    auto in_block = b.block("blocks", index++);
    bottleneck(b, row, v.width);
  }
  b.conv("blocks.last.conv", make_divisible(960 * v.width, 4)).norm("blocks.last.bn").act();
  b.global_pool("global_pool")
      .conv("conv_head", 1280, {.bias = true})
      .act()
      .flatten()
      .linear("classifier", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_ghostnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
