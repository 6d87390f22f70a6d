// Networks without norms: weights are standardised, and blocks are pre-activated. arXiv 2102.06171 table 1
// (NFNet-F), 2101.08692 (NF-ResNet), timm nfnet.py (the light ones).
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

enum class Gate { none, squeeze, channels };
using Four = std::array<int, 4>;

struct Variant {
  std::string_view name;
  Four depths;
  int image = 224;
  Four widths = {256, 512, 1536, 1536};
  int group = 128;    ///< channels of a group of the 3x3; 0: one group
  int narrowing = 2;  ///< widths over those of the 3x3
  double last = 2;    ///< channels of the last 1x1 over those of the last stage; 0: none
  Gate gate = Gate::squeeze;
  double squeeze = 0.5;
  std::string_view act = "gelu";
  bool deep_stem = true;  ///< four 3x3, else 7x7 and pooling
  bool extra = true;      ///< a second 3x3
  bool deepmind = false;  ///< the factor of an activation is a pass, not part of the weights; a learned gain
};

constexpr Four kF0 = {1, 2, 6, 3}, kF1 = {2, 4, 12, 6}, kF2 = {3, 6, 18, 9};
constexpr Variant light(std::string_view name, Four depths, int image, double last, Gate gate) {
  return {.name = name,
          .depths = depths,
          .image = image,
          .group = 64,
          .narrowing = 4,
          .last = last,
          .gate = gate,
          .squeeze = 0.25,
          .act = "silu"};
}
constexpr Variant resnet(std::string_view name, Four depths, Gate gate, int image = 224) {
  return {.name = name,
          .depths = depths,
          .image = image,
          .widths = {256, 512, 1024, 2048},
          .group = 0,
          .narrowing = 4,
          .last = 0,
          .gate = gate,
          .squeeze = 1.0 / 16,
          .act = "relu",
          .deep_stem = false,
          .extra = false};
}
constexpr Variant kVariants[] = {
    {.name = "dm_nfnet_f0", .depths = kF0, .image = 192, .deepmind = true},
    {.name = "dm_nfnet_f1", .depths = kF1, .deepmind = true},
    {.name = "dm_nfnet_f2", .depths = kF2, .image = 256, .deepmind = true},
    {.name = "dm_nfnet_f3", .depths = {4, 8, 24, 12}, .image = 320, .deepmind = true},
    {.name = "dm_nfnet_f4", .depths = {5, 10, 30, 15}, .image = 384, .deepmind = true},
    {.name = "dm_nfnet_f5", .depths = {6, 12, 36, 18}, .image = 416, .deepmind = true},
    {.name = "dm_nfnet_f6", .depths = {7, 14, 42, 21}, .image = 448, .deepmind = true},
    {.name = "nfnet_f0", .depths = kF0, .image = 192},
    {.name = "nfnet_f1", .depths = kF1},
    {.name = "nfnet_f2", .depths = kF2, .image = 256},
    light("nfnet_l0", kF0, 224, 1.5, Gate::squeeze),
    light("eca_nfnet_l0", kF0, 224, 1.5, Gate::channels),
    light("eca_nfnet_l1", kF1, 256, 2, Gate::channels),
    light("eca_nfnet_l2", kF2, 320, 2, Gate::channels),
    resnet("nf_resnet26", {2, 2, 2, 2}, Gate::none),
    resnet("nf_resnet50", {3, 4, 6, 3}, Gate::none, 256),
    resnet("nf_resnet101", {3, 4, 23, 3}, Gate::none),
    resnet("nf_seresnet50", {3, 4, 6, 3}, Gate::squeeze),
    resnet("nf_ecaresnet50", {3, 4, 6, 3}, Gate::channels),
};

/// A convolution whose standardised weights have a gain per channel; the standardising is once a step.
void conv(Builder& b, std::string_view name, std::int64_t channels, Conv spec) {
  spec.bias = true;
  b.conv(name, channels, spec).parameter("gain", channels);
}

/// A constant factor, in a pass of its own.
void times(Builder& b, std::string_view name) {
  Layer layer;
  layer.name = name;
  layer.op = Op::add;
  layer.kind = "scale";
  layer.output = b.shape();
  b.push(std::move(layer));
}

void act(Builder& b, const Variant& v, bool in_place = true) {
  b.act(v.act, in_place);
  if (v.deepmind) times(b, "gamma");
}

Node shortcut(Builder& b, Node active, std::int64_t channels, int stride) {
  b.at(active);
  if (stride > 1) b.average_pool("downsample.pool", {2, 2, 0, true});
  conv(b, "downsample.conv", channels, {});
  return b.here();
}

void gate(Builder& b, const Variant& v) {
  const std::int64_t channels = b.shape().channels;
  if (v.gate == Gate::squeeze)
    squeeze_excite(b, {.reduced = make_divisible(static_cast<double>(channels) * v.squeeze, 8, 0)});
  if (v.gate == Gate::channels) efficient_channel_attention(b, channels);
}

void block(Builder& b, const Variant& v, std::int64_t channels, int stride) {
  const Node input = b.here();
  const std::int64_t middle = channels / v.narrowing, groups = v.group > 0 ? middle / v.group : 1;
  act(b, v, false);
  times(b, "beta");
  const Node active = b.here();
  const bool same = stride == 1 && b.shape().channels == channels;
  const Node identity = same ? input : shortcut(b, active, channels, stride);
  b.at(active);
  conv(b, "conv1", middle, {});
  act(b, v);
  conv(b, "conv2", middle, {.kernel = 3, .stride = stride, .groups = groups});
  if (v.extra) {
    act(b, v);
    conv(b, "conv2b", middle, {.kernel = 3, .groups = groups});
  }
  act(b, v);
  conv(b, "conv3", channels, {});
  gate(b, v);
  if (v.gate != Gate::none) times(b, "attn_gain");
  if (v.deepmind) {
    times(b, "skipinit_gain");
    b.parameter("skipinit_gain", 1);
  }
  times(b, "alpha");
  const Node branch = b.here();
  b.add({branch, identity});
}

void stem(Builder& b, const Variant& v) {
  if (!v.deep_stem) {
    conv(b, "stem.conv", 64, {7, 2});
    b.max_pool("stem.pool", {3, 2, 1});
    return;
  }
  int index = 1;
  for (const int channels : {16, 32, 64, 128}) {
    if (index > 1) act(b, v);
    conv(b, "stem.conv" + std::to_string(index), channels, {3, index == 1 || index == 4 ? 2 : 1});
    ++index;
  }
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm nfnet.py; arXiv 2102.06171");
  stem(b, v);
  for (std::size_t stage = 0; stage < v.depths.size(); ++stage) {
    auto in_stage = b.in("stages", static_cast<int>(stage));
    for (int i = 0; i < v.depths[stage]; ++i) {
      auto in_block = b.block("", i);
      block(b, v, v.widths[stage], stage > 0 && i == 0 ? 2 : 1);
    }
  }
  if (v.last > 0) conv(b, "final_conv", static_cast<std::int64_t>(v.widths[3] * v.last), {});
  act(b, v);
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_nfnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
