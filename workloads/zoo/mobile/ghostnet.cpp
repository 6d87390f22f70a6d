// GhostNet: half of the channels are cheap depthwise copies of the other half. arXiv 1911.11907 table 1; v2
// 2211.12905 (a gate from far rows and columns); v3 2404.11202 (v2 trained with parallel branches that become
// one convolution); RepGhost 2211.06088 (a sum in place of the concatenation). timm ghostnet.py, repghost.py.
#include <span>
#include <string>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

enum class Version { v1, v2, v3, rep };
struct Variant {
  std::string_view name;
  double width;
  Version version = Version::v1;
};
using enum Version;
constexpr Variant kVariants[] = {
    {"ghostnet_050", 0.5},         {"ghostnet_100", 1},           {"ghostnet_130", 1.3},
    {"ghostnetv2_100", 1, v2},     {"ghostnetv2_130", 1.3, v2},   {"ghostnetv2_160", 1.6, v2},
    {"ghostnetv3_050", 0.5, v3},   {"ghostnetv3_100", 1, v3},     {"ghostnetv3_130", 1.3, v3},
    {"ghostnetv3_160", 1.6, v3},   {"repghostnet_050", 0.5, rep}, {"repghostnet_058", 0.58, rep},
    {"repghostnet_080", 0.8, rep}, {"repghostnet_100", 1, rep},   {"repghostnet_111", 1.11, rep},
    {"repghostnet_130", 1.3, rep}, {"repghostnet_150", 1.5, rep}, {"repghostnet_200", 2, rep},
};

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
constexpr Row kRepRows[] = {
    {3, 8, 16, 0, 1},     {3, 24, 24, 0, 2},      {3, 36, 24, 0, 1},      {5, 36, 40, 0.25, 2},
    {5, 60, 40, 0.25, 1}, {3, 120, 80, 0, 2},     {3, 100, 80, 0, 1},     {3, 120, 80, 0, 1},
    {3, 120, 80, 0, 1},   {3, 240, 112, 0.25, 1}, {3, 336, 112, 0.25, 1}, {5, 336, 160, 0.25, 2},
    {5, 480, 160, 0, 1},  {5, 480, 160, 0.25, 1}, {5, 480, 160, 0, 1},    {5, 480, 160, 0.25, 1},
};

struct Net {
  Version version;
  double width;
  bool deployed;  ///< parallel branches have become one convolution with bias
};

/// A convolution and its norm; in v3 three of them side by side, a depthwise one also with a 1x1 and, at
/// stride 1, with the input itself.
void conv(Builder& b, const Net& net, std::string_view name, std::int64_t channels, const Conv& conv) {
  auto in_conv = b.in(name);
  if (net.version != v3) {
    b.conv("0", channels, conv).norm("1");
    return;
  }
  if (net.deployed) {
    Conv one = conv;
    one.bias = true;
    b.conv("0", channels, one);
    return;
  }
  const Node input = b.here();
  const bool is_depthwise = conv.groups > 1;
  std::vector<Node> branches;
  for (int i = 0; i < 3; ++i) {
    auto in_branch = b.in("branch", i);
    branches.push_back(b.at(input).conv("conv", channels, conv).norm("bn").here());
  }
  if (is_depthwise)
    branches.push_back(b.at(input).depthwise("scale.conv", 1, conv.stride).norm("scale.bn").here());
  if (is_depthwise && conv.stride == 1) branches.push_back(b.at(input).norm("skip").here());
  b.at(branches[0]);
  for (std::size_t i = 1; i < branches.size(); ++i) b.add({b.here(), branches[i]});
}

Conv depthwise(const Builder& b, int kernel, int stride = 1) {
  return {.kernel = kernel, .stride = stride, .groups = b.shape().channels};
}

/// The gate of v2: long kernels along rows and columns at half the size, for every output channel.
Node far_gate(Builder& b, Node input, std::int64_t channels) {
  auto in_gate = b.in("short_conv");
  b.at(input).average_pool("pool", {2, 2}).conv("0", channels).norm("1");
  const auto line = [&](std::string_view name, int height, int width) {
    Layer layer;
    layer.name = name;
    layer.op = Op::conv;
    layer.kind = "depthwise";
    layer.output = b.shape();
    layer.kernel_h = height;
    layer.kernel_w = width;
    layer.groups = channels;
    layer.parameters = {{"weight", channels * 5}};
    b.push(std::move(layer));
  };
  line("2", 1, 5);
  b.norm("3");
  line("4", 5, 1);
  return b.norm("5").act("sigmoid").here();
}

/// A 1x1 makes half, a depthwise 3x3 makes the rest from it; RepGhost makes all and adds.
void ghost(Builder& b, const Net& net, std::string_view name, std::int64_t channels, bool act, bool gated) {
  auto in_ghost = b.in(name);
  const Node input = b.here();
  conv(b, net, "primary_conv", net.version == rep ? channels : (channels + 1) / 2, {});
  if (act) b.act();
  const Node primary = b.here();
  if (net.version == rep && net.deployed) {
    b.depthwise("cheap_operation", 3, 1, true);
    if (act) b.act();
    return;
  }
  conv(b, net, "cheap_operation", b.shape().channels, depthwise(b, 3));
  if (net.version == rep) {
    const Node cheap = b.here();
    b.add({cheap, b.at(primary).norm("fusion_bn").here()});
    if (act) b.act("relu", false);
    return;
  }
  if (act) b.act();
  const Node whole = b.concat({primary, b.here()}).here();
  if (!gated) return;
  const Shape large = b.shape();
  const Node gate = far_gate(b, input, channels);
  b.at(gate).shuffle("resize", "nearest", large);
  b.multiply({whole, b.here()});
}

Node shortcut(Builder& b, const Row& row, Node input, std::int64_t channels) {
  if (row.stride == 1 && b.shape_of(input).channels == channels) return input;
  auto in_shortcut = b.in("shortcut");
  return b.at(input).depthwise("0", row.kernel, row.stride).norm("1").conv("2", channels).norm("3").here();
}

void bottleneck(Builder& b, const Net& net, const Row& row, bool gated) {
  const Node input = b.here();
  const std::int64_t middle = make_divisible(row.expansion * net.width, 4),
                     out = make_divisible(row.channels * net.width, 4);
  ghost(b, net, "ghost1", middle, true, gated);
  if (row.stride > 1) conv(b, net, "conv_dw", middle, depthwise(b, row.kernel, row.stride));
  if (row.squeeze > 0) {
    squeeze_excite(
        b, {.reduced = make_divisible(static_cast<double>(middle) * row.squeeze, 4), .gate = "hard_sigmoid"});
  }
  ghost(b, net, "ghost2", out, false, false);
  const Node branch = b.here();
  b.add({branch, shortcut(b, row, input, out)});
}

Model build(const Variant& v, const ModelOptions& options) {
  const Net net{v.version, v.width, options.inference};
  Builder b(v.name, image_input(options, 224), "timm ghostnet.py; arXiv 1911.11907");
  b.conv("conv_stem", make_divisible(16 * v.width, 4), {3, 2}).norm("bn1").act();
  int index = 0;
  for (const Row& row : net.version == rep ? std::span(kRepRows) : std::span(kRows)) {
    auto in_block = b.block("blocks", index);
    bottleneck(b, net, row, index++ > 1 && (net.version == v2 || net.version == v3));
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
