// Residual networks with all the changes that were made to them since. The base is torchvision's ("v1.5": the
// stride is on the 3x3). arXiv 1512.03385 table 1; wide 1605.07146; ResNeXt 1611.05431; the stems and
// shortcuts of C, D, T and S 1812.01187; squeeze-excite 1709.01507; ECA 1910.03151; blur pooling 1904.11486;
// ResNet-RS 2103.07579.
#include <algorithm>
#include <array>
#include <cmath>

#include "workloads/blocks.h"
#include "workloads/variants.h"

namespace scalesim::workloads {
namespace {

enum class Stem { plain, deep, tiered };  ///< 7x7; three 3x3 of w, w, 2w; of 3w/4, w, 2w
enum class Gate { none, se, se_quarter, eca };
enum class AntiAlias { none, blur, average };

struct Variant {
  std::string_view name;
  std::array<int, 4> blocks;
  bool bottleneck = true;
  int groups = 1, width = 64;  ///< of the 3x3: groups and width per group at 64 planes
  Stem stem = Stem::plain;
  int stem_width = 32;
  bool average_shortcut = false;
  Gate gate = Gate::none;
  AntiAlias blur = AntiAlias::none;
  bool conv_pool = false;  ///< ResNet-RS: a strided 3x3 instead of max pooling
  bool caffe = false;      ///< the stride is on the first 1x1, and pooling sizes round up (legacy SE nets)
  int image = 224;
};

using Blocks = std::array<int, 4>;
constexpr Blocks k10 = {1, 1, 1, 1}, k18 = {2, 2, 2, 2}, k50 = {3, 4, 6, 3}, k101 = {3, 4, 23, 3},
                 k152 = {3, 8, 36, 3}, k200 = {3, 24, 36, 3}, k269 = {3, 30, 48, 8};

constexpr Variant basic(std::string_view name, Blocks blocks) {
  return {.name = name, .blocks = blocks, .bottleneck = false};
}
constexpr Variant deep(std::string_view name, Blocks blocks) { return {.name = name, .blocks = blocks}; }
constexpr Variant grouped(std::string_view name, Blocks blocks, int groups, int width) {
  return {.name = name, .blocks = blocks, .groups = groups, .width = width};
}
constexpr Variant with_stem(Variant v, Stem stem, int width = 32) {
  v.stem = stem;
  v.stem_width = width;
  return v;
}
/// Variant D: deep stem and average pooling in the shortcut.
constexpr Variant d(Variant v, Stem stem = Stem::deep, int width = 32) {
  v.average_shortcut = true;
  return with_stem(v, stem, width);
}
constexpr Variant gated(Variant v, Gate gate) {
  v.gate = gate;
  return v;
}
constexpr Variant se(Variant v) { return gated(v, Gate::se); }
constexpr Variant eca(Variant v) { return gated(v, Gate::eca); }
constexpr Variant smooth(Variant v, AntiAlias blur) {
  v.blur = blur;
  return v;
}
constexpr Variant rs(std::string_view name, Blocks blocks, int image) {
  Variant v = d(gated(deep(name, blocks), Gate::se_quarter));
  v.conv_pool = true;
  v.image = image;
  return v;
}
constexpr Variant caffe(Variant v) {
  v.caffe = true;
  return se(v);
}

constexpr Variant kVariants[] = {
    basic("resnet18", k18),
    basic("resnet34", k50),
    deep("resnet26", k18),
    deep("resnet50", k50),
    deep("resnet101", k101),
    deep("resnet152", k152),
    deep("resnet200", k200),
    d(basic("resnet10t", k10), Stem::tiered),
    d(deep("resnet14t", k10), Stem::tiered),
    d(basic("resnet18d", k18)),
    d(basic("resnet34d", k50)),
    d(deep("resnet26d", k18)),
    d(deep("resnet26t", k18), Stem::tiered),
    d(deep("resnet50d", k50)),
    d(deep("resnet50t", k50), Stem::tiered),
    d(deep("resnet101d", k101)),
    d(deep("resnet152d", k152)),
    d(deep("resnet200d", k200)),
    with_stem(deep("resnet50c", k50), Stem::deep),
    with_stem(deep("resnet101c", k101), Stem::deep),
    with_stem(deep("resnet152c", k152), Stem::deep),
    with_stem(deep("resnet50s", k50), Stem::deep, 64),
    with_stem(deep("resnet101s", k101), Stem::deep, 64),
    with_stem(deep("resnet152s", k152), Stem::deep, 64),
    with_stem(deep("resnet50_v1c", k50), Stem::deep),
    with_stem(deep("resnet101_v1c", k101), Stem::deep),
    with_stem(deep("resnet152_v1c", k152), Stem::deep),
    d(deep("resnet50_v1d", k50)),
    d(deep("resnet101_v1d", k101)),
    d(deep("resnet152_v1d", k152)),
    with_stem(deep("resnet50_v1s", k50), Stem::deep, 64),
    with_stem(deep("resnet101_v1s", k101), Stem::deep, 64),
    with_stem(deep("resnet152_v1s", k152), Stem::deep, 64),
    grouped("wide_resnet50_2", k50, 1, 128),
    grouped("wide_resnet101_2", k101, 1, 128),
    grouped("resnext50_32x4d", k50, 32, 4),
    grouped("resnext101_32x4d", k101, 32, 4),
    grouped("resnext101_32x8d", k101, 32, 8),
    grouped("resnext101_32x16d", k101, 32, 16),
    grouped("resnext101_32x32d", k101, 32, 32),
    grouped("resnext101_32x48d", k101, 32, 48),
    grouped("resnext101_64x4d", k101, 64, 4),
    d(grouped("resnext50d_32x4d", k50, 32, 4)),
    se(basic("seresnet18", k18)),
    se(basic("seresnet34", k50)),
    se(deep("seresnet50", k50)),
    se(deep("seresnet101", k101)),
    se(deep("seresnet152", k152)),
    se(d(deep("seresnet50t", k50), Stem::tiered)),
    se(d(deep("seresnet152d", k152))),
    se(d(deep("seresnet200d", k200))),
    se(d(deep("seresnet269d", k269))),
    se(grouped("seresnext50_32x4d", k50, 32, 4)),
    se(grouped("seresnext101_32x4d", k101, 32, 4)),
    se(grouped("seresnext101_32x8d", k101, 32, 8)),
    se(grouped("seresnext101_64x4d", k101, 64, 4)),
    se(d(grouped("seresnext101d_32x8d", k101, 32, 8))),
    se(d(grouped("seresnext26d_32x4d", k18, 32, 4))),
    se(d(grouped("seresnext26t_32x4d", k18, 32, 4), Stem::tiered)),
    se(d(grouped("seresnext26tn_32x4d", k18, 32, 4), Stem::tiered)),
    smooth(se(d(deep("seresnetaa50d", k50))), AntiAlias::average),
    smooth(se(d(grouped("seresnextaa101d_32x8d", k101, 32, 8))), AntiAlias::average),
    smooth(se(d(grouped("seresnextaa201d_32x8d", {3, 24, 36, 4}, 32, 8), Stem::deep, 64)),
           AntiAlias::average),
    eca(d(deep("ecaresnet26t", k18), Stem::tiered)),
    eca(d(deep("ecaresnet50t", k50), Stem::tiered)),
    eca(d(deep("ecaresnet50d", k50))),
    eca(d(deep("ecaresnet101d", k101))),
    eca(d(deep("ecaresnet200d", k200))),
    eca(d(deep("ecaresnet269d", k269))),
    eca(d(deep("ecaresnetlight", {1, 1, 11, 3}), Stem::plain)),
    eca(d(grouped("ecaresnext26t_32x4d", k18, 32, 4), Stem::tiered)),
    eca(d(grouped("ecaresnext50t_32x4d", k18, 32, 4), Stem::tiered)),
    smooth(basic("resnetblur18", k18), AntiAlias::blur),
    smooth(deep("resnetblur50", k50), AntiAlias::blur),
    smooth(d(deep("resnetblur50d", k50)), AntiAlias::blur),
    smooth(d(deep("resnetblur101d", k101)), AntiAlias::blur),
    smooth(deep("resnetaa50", k50), AntiAlias::average),
    smooth(d(deep("resnetaa50d", k50)), AntiAlias::average),
    smooth(d(basic("resnetaa34d", k50)), AntiAlias::average),
    smooth(d(deep("resnetaa101d", k101)), AntiAlias::average),
    rs("resnetrs50", k50, 224),
    rs("resnetrs101", k101, 288),
    rs("resnetrs152", k152, 320),
    rs("resnetrs200", k200, 320),
    rs("resnetrs270", {4, 29, 53, 4}, 352),
    rs("resnetrs350", {4, 36, 72, 4}, 384),
    rs("resnetrs420", {4, 44, 87, 4}, 416),
    caffe(basic("legacy_seresnet18", k18)),
    caffe(basic("legacy_seresnet34", k50)),
    caffe(deep("legacy_seresnet50", k50)),
    caffe(deep("legacy_seresnet101", k101)),
    caffe(deep("legacy_seresnet152", k152)),
    caffe(grouped("legacy_seresnext26_32x4d", k18, 32, 4)),
    caffe(grouped("legacy_seresnext50_32x4d", k50, 32, 4)),
    caffe(grouped("legacy_seresnext101_32x4d", k101, 32, 4)),
};

/// Halves the size after a convolution of stride 1.
void anti_alias(Builder& b, AntiAlias kind) {
  if (kind == AntiAlias::average) {
    b.average_pool("aa", {2, 2});
    return;
  }
  const Shape in = b.shape();
  b.shuffle("aa.pad", "pad", {in.channels, in.height + 2, in.width + 2});  // by reflection, a pass of its own
  Layer layer;
  layer.name = "aa";
  layer.op = Op::conv;
  layer.kind = "blur";
  layer.output = {in.channels, (in.height + 1) / 2, (in.width + 1) / 2};
  layer.kernel_h = layer.kernel_w = 3;
  layer.stride = 2;
  layer.groups = in.channels;
  b.push(std::move(layer));
}

/// A kernel of a few taps over neighbouring channels, about half of log2 of their number.
void efficient_channel_attention(Builder& b) {
  auto in_se = b.in("se");
  const Node input = b.here();
  const std::int64_t channels = b.shape().channels;
  const int half = static_cast<int>((std::log2(static_cast<double>(channels)) + 1) / 2);
  b.global_pool("pool").view({1, 1, channels});
  b.conv("conv", 1, {.kernel = 1, .padding = -1, .kernel_w = std::max(3, half % 2 ? half : half + 1)});
  b.view({channels, 1, 1}).act("sigmoid");
  b.scale(input, b.here());
}

void gate(Builder& b, Gate kind) {
  const auto channels = static_cast<double>(b.shape().channels);
  if (kind == Gate::se) squeeze_excite(b, {.reduced = make_divisible(channels / 16, 8, 0)});
  if (kind == Gate::se_quarter) squeeze_excite(b, {.reduced = make_divisible(channels / 4, 8, 0)});
  if (kind == Gate::eca) efficient_channel_attention(b);
}

/// A 3x3, or a 3x3 of stride 1 followed by anti-aliased subsampling.
void conv3x3(Builder& b, const Variant& v, std::string_view conv, std::string_view norm,
             std::int64_t channels, int stride, int groups) {
  const bool smoothed = v.blur != AntiAlias::none && stride == 2;
  b.conv(conv, channels, {.kernel = 3, .stride = smoothed ? 1 : stride, .groups = groups}).norm(norm).act();
  if (smoothed) anti_alias(b, v.blur);
}

void residual_branch(Builder& b, const Variant& v, std::int64_t planes, int stride) {
  if (!v.bottleneck) {
    conv3x3(b, v, "conv1", "bn1", planes, stride, 1);
    b.conv("conv2", planes, {3}).norm("bn2");
    return;
  }
  const std::int64_t width = planes * v.width / 64 * v.groups;
  const bool first = v.caffe && v.groups == 1;
  b.conv("conv1", width, {1, first ? stride : 1}).norm("bn1").act();
  conv3x3(b, v, "conv2", "bn2", width, first ? 1 : stride, v.groups);
  b.conv("conv3", planes * 4).norm("bn3");
}

Node shortcut(Builder& b, const Variant& v, Node input, const Shape& wanted, int stride) {
  if (b.shape_of(input) == wanted) return input;
  auto in_downsample = b.in("downsample");
  b.at(input);
  if (v.average_shortcut && stride > 1) b.average_pool("0", {2, 2, 0, true});
  b.conv(v.average_shortcut ? "1" : "0", wanted.channels, {1, v.average_shortcut ? 1 : stride});
  return b.norm(v.average_shortcut ? "2" : "1").here();
}

void residual_block(Builder& b, const Variant& v, std::int64_t planes, int stride) {
  const Node input = b.here();
  residual_branch(b, v, planes, stride);
  gate(b, v.gate);
  const Node branch = b.here();
  b.add({branch, shortcut(b, v, input, b.shape_of(branch), stride)}).act();
}

void stem(Builder& b, const Variant& v) {
  if (v.stem == Stem::plain) {
    b.conv("conv1", 64, {7, 2}).norm("bn1").act();
    return;
  }
  b.conv("conv1.0", v.stem == Stem::tiered ? v.stem_width / 4 * 3 : v.stem_width, {3, 2})
      .norm("conv1.1")
      .act();
  b.conv("conv1.3", v.stem_width, {3}).norm("conv1.4").act();
  b.conv("conv1.6", 2 * v.stem_width, {3}).norm("bn1").act();
}

void stem_pool(Builder& b, const Variant& v) {
  if (v.conv_pool) {
    b.conv("maxpool.0", b.shape().channels, {3, 2}).norm("maxpool.1").act();
  } else if (v.blur == AntiAlias::average) {
    b.average_pool("maxpool", {2, 2});
  } else if (v.blur == AntiAlias::blur) {
    b.max_pool("maxpool.0", {3, 1, 1});
    anti_alias(b, v.blur);
  } else {
    b.max_pool("maxpool", v.caffe ? Window{3, 2, 0, true} : Window{3, 2, 1, false});
  }
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "torchvision/models/resnet.py; arXiv 1512.03385");
  stem(b, v);
  stem_pool(b, v);
  for (int stage = 0; stage < 4; ++stage) {
    auto in_stage = b.in("layer" + std::to_string(stage + 1));
    for (int i = 0; i < v.blocks[static_cast<std::size_t>(stage)]; ++i) {
      auto in_block = b.block("", i);
      residual_block(b, v, std::int64_t{64} << stage, stage > 0 && i == 0 ? 2 : 1);
    }
  }
  b.global_pool("avgpool").flatten().linear("fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_resnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
