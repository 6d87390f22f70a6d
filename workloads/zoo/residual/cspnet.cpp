// Darknet53 (arXiv 1804.02767) and cross-stage partial networks (arXiv 1911.11929): half of the channels pass
// a stage by. timm cspnet.py.
#include <array>
#include <cmath>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

/// One stage; `expand` 0 is a plain Darknet stage without the cross-stage path.
struct Stage {
  int depth, channels, stride;
  double expand, bottle, block;
};

struct Variant {
  std::string_view name;
  bool dark;    ///< Darknet blocks (1x1, 3x3) else bottlenecks (1x1, 3x3, 1x1)
  bool linear;  ///< no activation after the expanding 1x1
  int groups;
  int stem;  ///< 0: 3x3 of 32; 1: 7x7 and pooling; 2: 3x3 of 32, 32, 64 and pooling
  std::array<Stage, 5> stages;
  int image = 256;
  bool average_down = false;
};

constexpr Stage kNone{0, 0, 0, 0, 0, 0};
constexpr std::array<Stage, 5> darknet(std::array<int, 5> d) {
  return {{{d[0], 64, 2, 0, 0.5, 1},
           {d[1], 128, 2, 0, 0.5, 1},
           {d[2], 256, 2, 0, 0.5, 1},
           {d[3], 512, 2, 0, 0.5, 1},
           {d[4], 1024, 2, 0, 0.5, 1}}};
}
constexpr std::array<Stage, 5> csp(int width, double expand, double bottle, double block) {
  return {{{3, width, 1, expand, bottle, block},
           {3, 2 * width, 2, expand, bottle, block},
           {5, 4 * width, 2, expand, bottle, block},
           {2, 8 * width, 2, expand, bottle, block},
           kNone}};
}

constexpr std::array<Stage, 5> kCspDarknet = {{{1, 64, 2, 2, 0.5, 1},
                                               {2, 128, 2, 1, 1, 0.5},
                                               {8, 256, 2, 1, 1, 0.5},
                                               {8, 512, 2, 1, 1, 0.5},
                                               {4, 1024, 2, 1, 1, 0.5}}};

constexpr Variant kVariants[] = {
    {"cspresnet50", false, true, 1, 1, csp(128, 2, 0.5, 1)},
    {"cspresnet50d", false, true, 1, 2, csp(128, 2, 0.5, 1)},
    {"cspresnet50w", false, true, 1, 2, csp(256, 1, 0.25, 0.5)},
    {"cspresnext50", false, true, 32, 1, csp(256, 1, 1, 0.5), 224},
    {"cspdarknet53", true, false, 1, 0, kCspDarknet},
    {"darknet17", true, false, 1, 0, darknet({1, 1, 1, 1, 1})},
    {"darknet21", true, false, 1, 0, darknet({1, 1, 1, 2, 2})},
    {"darknet53", true, false, 1, 0, darknet({1, 2, 8, 8, 4})},
    {"darknetaa53", true, false, 1, 0, darknet({1, 2, 8, 8, 4}), 256, true},
};

Node conv(Builder& b, std::string_view name, std::int64_t channels, const Conv& spec = {}, bool act = true) {
  auto in_conv = b.in(name);
  b.conv("conv", channels, spec).norm("bn");
  if (act) b.act("leaky_relu");
  return b.here();
}

std::int64_t share(int channels, double ratio) {
  return static_cast<std::int64_t>(std::nearbyint(channels * ratio));
}

void residual(Builder& b, const Variant& v, const Stage& s) {
  const Node input = b.here();
  const std::int64_t out = share(s.channels, s.block), middle = share(static_cast<int>(out), s.bottle);
  conv(b, "conv1", middle);
  if (v.dark) {
    conv(b, "conv2", out, {3});
    b.add({b.here(), input});
    return;
  }
  conv(b, "conv2", middle, {.kernel = 3, .groups = v.groups});
  conv(b, "conv3", out, {}, false);
  b.add({b.here(), input}).act("leaky_relu");
}

void blocks(Builder& b, const Variant& v, const Stage& s) {
  for (int i = 0; i < s.depth; ++i) {
    auto in_block = b.block("blocks", i);
    residual(b, v, s);
  }
}

/// Half of the expanded channels go through the blocks, then both halves are joined.
void cross_stage(Builder& b, const Variant& v, const Stage& s) {
  const std::int64_t expanded = share(s.channels, s.expand);
  const Node whole = conv(b, "conv_exp", expanded, {}, !v.linear);
  const Shape half{expanded / 2, b.shape().height, b.shape().width};
  b.shuffle("split", "slice", half);
  blocks(b, v, s);
  conv(b, "conv_transition_b", expanded / 2);
  Layer joined;
  joined.name = "concat";
  joined.op = Op::concat;
  joined.sources = {whole, b.here()};
  joined.input = joined.output = b.shape_of(whole);
  b.push(std::move(joined));
  conv(b, "conv_transition", s.channels);
}

void down(Builder& b, const Variant& v, const Stage& s) {
  if (s.stride == 1) return;
  if (v.average_down) {
    b.average_pool("conv_down.0", {2, 2});
    conv(b, "conv_down.1", s.channels);
    return;
  }
  const bool grows = s.expand == 0 || v.dark;
  conv(b, "conv_down", grows ? s.channels : b.shape().channels,
       {.kernel = 3, .stride = 2, .groups = grows ? 1 : v.groups});
}

void stem(Builder& b, const Variant& v) {
  auto in_stem = b.in("stem");
  if (v.stem == 0) {
    conv(b, "conv1", 32, {3});
  } else if (v.stem == 1) {
    conv(b, "conv1", 64, {7, 2});
  } else {
    conv(b, "conv1", 32, {3, 2});
    conv(b, "conv2", 32, {3});
    conv(b, "conv3", 64, {3});
  }
  if (v.stem > 0) b.max_pool("pool", {3, 2, 1});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm cspnet.py; arXiv 1911.11929");
  stem(b, v);
  for (std::size_t i = 0; i < v.stages.size() && v.stages[i].depth > 0; ++i) {
    const Stage& s = v.stages[i];
    auto in_stage = b.in("stages", static_cast<int>(i));
    down(b, v, s);
    s.expand == 0 ? blocks(b, v, s) : cross_stage(b, v, s);
  }
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_cspnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
