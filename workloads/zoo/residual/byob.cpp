// Networks put together from stages of one block each: GPU-efficient ResNets, timm's RegNet-Z with wide
// stems, ResNets with other stems, gates and SiLU, and the image halves of CLIP. timm byobnet.py; arXiv
// 2006.14090 (GENet), 2103.06877 (RegNet-Z), 1812.01187 (stems), 1904.11492 (global context), 2103.00020
// (CLIP).
#include <array>
#include <cmath>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

enum class Block { bottle, basic, edge };  ///< 1x1 kxk 1x1; kxk kxk; kxk 1x1
struct Stage {
  int depth;
  std::int64_t channels;
  int stride = 2;
  std::int64_t group = -1;  ///< channels of a group of the 3x3; 0: one group, -1: as the network
  double ratio = 0;  ///< width of the 3x3, of the block's input (inverted) or output; 0: as the network
  Block block = Block::bottle;
};
/// 3x3; three 3x3 of three eighths, a half and the whole width; of equal width; of half, half, whole; four
/// that double their width, all or the last two of them with a norm
enum class Stem { plain, tiered, deep, clip, quad, quad_two };
enum class Pool { none, max, average };
enum class Gate { none, squeeze, channels, context };
enum class Head { linear, attention, features, hidden };  ///< hidden: two dense layers

struct Variant {
  std::string_view name;
  std::array<Stage, 5> stages;
  std::int64_t group = 0;
  double ratio = 0.25;
  bool inverted = false;  ///< RegNet-Z: no activation after the sum, no projection in the shortcut
  std::int64_t stem_width = 64;
  Stem stem = Stem::tiered;
  Pool pool = Pool::none;
  Gate gate = Gate::none;
  int squeeze = 16;       ///< squeeze-excite divides the width by this
  std::int64_t last = 0;  ///< channels of a last 1x1
  int image = 256;
  std::string_view act = "silu";
  Norm norm = Norm::batch;
  double width = 1;
  bool averaged = false;  ///< strides are average pooling (CLIP)
  bool extra = false;     ///< a second 3x3 in every bottleneck
  Head head = Head::linear;
  std::int64_t classes = 1000;
};

using Stages = std::array<Stage, 5>;
constexpr Stages kB16 = {{{2, 48}, {6, 96}, {12, 192}, {2, 288}}};
constexpr Stages kD = {{{3, 64, 1}, {6, 128}, {12, 256}, {3, 384}}};
constexpr Stages kE = {{{3, 96, 1}, {8, 192}, {16, 384}, {3, 512}}};
constexpr Stages k26 = {{{2, 256, 1}, {2, 512}, {2, 1024}, {2, 2048}}};
constexpr Stages k33 = {{{2, 256, 1}, {3, 512}, {3, 1536}, {2, 1536}}};
constexpr Stages k50 = {{{3, 256, 1}, {4, 512}, {6, 1024}, {3, 2048}}};
constexpr Stages k101 = {{{3, 256, 1}, {4, 512}, {23, 1024}, {3, 2048}}};
constexpr Stages k50x4 = {{{4, 256, 1}, {6, 512}, {10, 1024}, {6, 2048}}};
constexpr Stages k50x16 = {{{6, 256, 1}, {8, 512}, {18, 1024}, {8, 2048}}};
constexpr Stages k50x64 = {{{3, 256, 1}, {15, 512}, {36, 1024}, {10, 2048}}};
constexpr Stages k51 = {{{2, 256, 1}, {4, 512}, {6, 1536}, {4, 1536, 2, 1, 1}}};
constexpr Stages k61 = {{{1, 256, 1, 0, 1, Block::edge}, {4, 512}, {6, 1536}, {4, 1536, 2, 1, 1}}};
constexpr Stages kGerL = {{{1, 128, 2, 0, 1, Block::basic},
                           {2, 192, 2, 0, 1, Block::basic},
                           {6, 640},
                           {5, 640, 2, 1, 3},
                           {4, 640, 1, 1, 3}}};
constexpr Stages kGerM = {{{1, 128, 2, 0, 1, Block::basic},
                           {2, 192, 2, 0, 1, Block::basic},
                           {6, 640},
                           {4, 640, 2, 1, 3},
                           {1, 640, 1, 1, 3}}};
constexpr Stages kGerS = {{{1, 48, 2, 0, 1, Block::basic},
                           {3, 48, 2, 0, 1, Block::basic},
                           {7, 384},
                           {2, 560, 2, 1, 3},
                           {1, 256, 1, 1, 3}}};

constexpr Variant regnetz(std::string_view name, const Stages& stages, std::int64_t group, double ratio,
                          Stem stem, std::int64_t last, Norm norm = Norm::batch) {
  return {.name = name,
          .stages = stages,
          .group = group,
          .ratio = ratio,
          .inverted = true,
          .stem_width = stem == Stem::plain ? 32 : 64,
          .stem = stem,
          .gate = Gate::squeeze,
          .squeeze = 4,
          .last = last,
          .norm = norm};
}
/// ResNeXt with a tiered stem.
constexpr Variant next(std::string_view name, const Stages& stages, Gate gate) {
  return {.name = name, .stages = stages, .group = 32, .pool = Pool::max, .gate = gate};
}
constexpr Variant wide(std::string_view name, Gate gate, std::int64_t last = 1280) {
  return {.name = name, .stages = k33, .gate = gate, .last = last};
}
constexpr Variant quad(std::string_view name, const Stages& stages, Stem stem, bool extra) {
  return {.name = name,
          .stages = stages,
          .group = 32,
          .stem_width = 128,
          .stem = stem,
          .last = 2048,
          .extra = extra};
}
constexpr Variant clip(std::string_view name, const Stages& stages, double width, int image, Head head,
                       std::int64_t classes) {
  return {.name = name,
          .stages = stages,
          .stem = Stem::clip,
          .pool = Pool::average,
          .image = image,
          .act = "relu",
          .width = width,
          .averaged = true,
          .head = head,
          .classes = classes};
}
constexpr Variant ger(std::string_view name, const Stages& stages, std::int64_t stem, std::int64_t last,
                      int image) {
  return {.name = name,
          .stages = stages,
          .stem_width = stem,
          .stem = Stem::plain,
          .last = last,
          .image = image,
          .act = "relu"};
}

constexpr Variant kVariants[] = {
    regnetz("regnetz_b16", kB16, 16, 3, Stem::plain, 1536),
    regnetz("regnetz_c16", kB16, 16, 4, Stem::plain, 1536),
    regnetz("regnetz_d32", kD, 32, 4, Stem::tiered, 1792),
    regnetz("regnetz_d8", kD, 8, 4, Stem::tiered, 1792),
    regnetz("regnetz_e8", kE, 8, 4, Stem::tiered, 2048),
    regnetz("regnetz_b16_evos", kB16, 16, 3, Stem::plain, 1536, Norm::evo_s0),
    regnetz("regnetz_c16_evos", kB16, 16, 4, Stem::plain, 1536, Norm::evo_s0),
    regnetz("regnetz_d8_evos", kD, 8, 4, Stem::deep, 1792, Norm::evo_s0),
    next("resnext26ts", k26, Gate::none),
    next("seresnext26ts", k26, Gate::squeeze),
    next("eca_resnext26ts", k26, Gate::channels),
    next("gcresnext26ts", k26, Gate::context),
    next("gcresnext50ts", k50, Gate::context),
    wide("resnet32ts", Gate::none, 0),
    wide("resnet33ts", Gate::none),
    wide("seresnet33ts", Gate::squeeze),
    wide("eca_resnet33ts", Gate::channels),
    wide("gcresnet33ts", Gate::context),
    {.name = "gcresnet50t", .stages = k50, .gate = Gate::context, .act = "relu"},
    quad("resnet51q", k51, Stem::quad_two, false),
    quad("resnet61q", k61, Stem::quad, true),
    clip("resnet50_clip", k50, 1, 224, Head::attention, 1024),
    clip("resnet101_clip", k101, 1, 224, Head::attention, 512),
    clip("resnet50x4_clip", k50x4, 1.25, 288, Head::attention, 640),
    clip("resnet50x16_clip", k50x16, 1.5, 384, Head::attention, 768),
    clip("resnet50x64_clip", k50x64, 2, 448, Head::attention, 1024),
    clip("resnet50_clip_gap", k50, 1, 224, Head::features, 0),
    clip("resnet101_clip_gap", k101, 1, 224, Head::features, 0),
    clip("resnet50x4_clip_gap", k50x4, 1.25, 288, Head::features, 0),
    clip("resnet50x16_clip_gap", k50x16, 1.5, 384, Head::features, 0),
    clip("resnet50x64_clip_gap", k50x64, 2, 448, Head::features, 0),
    clip("resnet50_mlp", k50, 1, 256, Head::hidden, 1000),
    ger("gernet_s", kGerS, 13, 1920, 224),
    ger("gernet_m", kGerM, 32, 2560, 224),
    ger("gernet_l", kGerL, 32, 2560, 256),
};

void conv_norm(Builder& b, const Variant& v, std::string_view name, std::int64_t channels, const Conv& conv,
               bool active = true) {
  auto in_conv = b.in(name);
  b.conv("conv", channels, conv);
  norm_act(b, v.norm, "bn", active ? v.act : "");
}

/// The k x k of a block; where strides are average pooling, it comes after.
void conv_kxk(Builder& b, const Variant& v, std::string_view name, std::int64_t channels, int stride,
              std::int64_t group, bool active = true) {
  const std::int64_t groups = group > 0 ? channels / group : 1;
  conv_norm(b, v, name, channels, {.kernel = 3, .stride = v.averaged ? 1 : stride, .groups = groups}, active);
  if (v.averaged && stride > 1) b.average_pool("aa", {2, 2});
}

void gate(Builder& b, const Variant& v) {
  const std::int64_t channels = b.shape().channels;
  if (v.gate == Gate::squeeze)
    squeeze_excite(b, {.reduced = make_divisible(static_cast<double>(channels) / v.squeeze, 8, 0)});
  if (v.gate == Gate::channels) efficient_channel_attention(b, channels);
  if (v.gate == Gate::context) global_context(b, channels / 8);
}

void branch(Builder& b, const Variant& v, const Stage& stage, std::int64_t channels, int stride) {
  const double ratio = stage.ratio > 0 ? stage.ratio : v.ratio;
  const std::int64_t group = stage.group >= 0 ? stage.group : v.group;
  const auto middle = make_divisible(static_cast<double>(v.inverted ? b.shape().channels : channels) * ratio);
  if (stage.block == Block::basic) {
    conv_kxk(b, v, "conv1_kxk", middle, stride, 0);
    return conv_kxk(b, v, "conv2_kxk", channels, 1, group, false);
  }
  if (stage.block == Block::edge) {
    conv_kxk(b, v, "conv1_kxk", middle, stride, group);
    return conv_norm(b, v, "conv2_1x1", channels, {}, false);
  }
  conv_norm(b, v, "conv1_1x1", middle, {});
  conv_kxk(b, v, "conv2_kxk", middle, stride, group);
  if (v.extra) conv_kxk(b, v, "conv2b_kxk", middle, 1, group);
  gate(b, v);
  conv_norm(b, v, "conv3_1x1", channels, {}, false);
}

void residual_block(Builder& b, const Variant& v, const Stage& stage, int stride) {
  const Node input = b.here();
  const auto channels = make_divisible(static_cast<double>(stage.channels) * v.width);
  branch(b, v, stage, channels, stride);
  const Node out = b.here();
  const bool same = stride == 1 && b.shape_of(input).channels == channels;
  if (same) {
    b.add({out, input});
  } else if (!v.inverted) {
    b.at(input);
    if (v.averaged && stride > 1) b.average_pool("shortcut.pool", {2, 2, 0, true});
    conv_norm(b, v, "shortcut", channels, {1, v.averaged ? 1 : stride}, false);
    b.add({out, b.here()});
  }
  if (!v.inverted) b.act(v.act);
}

void stem(Builder& b, const Variant& v) {
  const auto w = static_cast<std::int64_t>(std::lround(static_cast<double>(v.stem_width) * v.width));
  std::vector<std::int64_t> widths;
  switch (v.stem) {
    case Stem::plain:
      return conv_norm(b, v, "stem", w, {3, 2});
    case Stem::tiered:
      widths = {w * 3 / 8, w / 2, w};
      break;
    case Stem::deep:
      widths = {w, w, w};
      break;
    case Stem::clip:
      widths = {w / 2, w / 2, w};
      break;
    default:
      widths = {w / 8, w / 4, w / 2, w};
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const bool last = i + 1 == widths.size() && v.pool == Pool::none;
    const Conv conv = {3, i == 0 || last ? 2 : 1};
    const std::string name = "stem.conv" + std::to_string(i + 1);
    v.stem == Stem::quad_two&& i < 2 ? static_cast<void>(b.conv(name, widths[i], conv))
                                     : conv_norm(b, v, name, widths[i], conv);
  }
  if (v.pool == Pool::max) b.max_pool("stem.pool", {3, 2, 1});
  if (v.pool == Pool::average) b.average_pool("stem.pool", {2, 2});
}

/// CLIP's head: the average of all positions attends to them with itself; heads of 64.
void attention_pool(Builder& b, const Variant& v) {
  auto in_head = b.in("head");
  const Shape image = b.shape();
  const std::int64_t width = image.channels, length = image.height * image.width + 1;
  Layer joined;
  joined.name = "mean_token";
  joined.op = Op::concat;
  joined.input = joined.output = {width, 1, length};
  b.push(std::move(joined)).parameter("pos_embed", width * length);
  const Node tokens = b.here();
  Layer core;
  core.name = "core";
  core.op = Op::attention;
  core.kind = "full";
  core.batch = width / 64;
  core.m = core.n = length;
  core.k = 64;
  core.input = {3 * width, 1, length};
  core.output = {width, 1, length};
  core.sources = {b.linear("q", width).here(), b.at(tokens).linear("k", width).here(),
                  b.at(tokens).linear("v", width).here()};
  b.push(std::move(core)).linear("proj", v.classes).shuffle("token", "slice", {v.classes, 1, 1});
}

void head(Builder& b, const Variant& v) {
  if (v.head == Head::attention) return attention_pool(b, v);
  b.global_pool("head.global_pool").flatten();
  if (v.head == Head::hidden) b.linear("head.pre_logits.fc", 1024).act(v.act);
  if (v.head != Head::features) b.linear("head.fc", v.classes);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm byobnet.py");
  stem(b, v);
  for (std::size_t i = 0; i < v.stages.size(); ++i) {
    auto in_stage = b.in("stages", static_cast<int>(i));
    for (int j = 0; j < v.stages[i].depth; ++j) {
      auto in_block = b.block("", j);
      residual_block(b, v, v.stages[i], j == 0 ? v.stages[i].stride : 1);
    }
  }
  if (v.last > 0) conv_norm(b, v, "final_conv", v.last, {});
  head(b, v);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_byob() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
