// RegNet X, Y, V and Z: widths from a line, quantised to powers. arXiv 2003.13678 section 3.3 and tables of
// the appendix (pycls); timm regnet.py; torchvision/models/regnet.py. V is pre-activated, Z (2103.06877)
// inverts the bottleneck.
#include <cmath>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

enum class Kind { x, y, v, z, s };  ///< s: y with SiLU

struct Variant {
  std::string_view name;
  Kind kind;
  int depth;
  double initial, slope, multiplier;
  int group;
  double group_limit = 0;  ///< torchvision: rounding a width to whole groups may not take more than a tenth
  int head = 0;
  bool average_shortcut = false;
  Norm norm = Norm::batch;
};

using enum Kind;
constexpr Variant kVariants[] = {
    {"regnetx_002", x, 13, 24, 36.44, 2.49, 8},
    {"regnetx_004", x, 22, 24, 24.48, 2.54, 16},
    {"regnetx_004_tv", x, 22, 24, 24.48, 2.54, 16, 0.9},
    {"regnetx_006", x, 16, 48, 36.97, 2.24, 24},
    {"regnetx_008", x, 16, 56, 35.73, 2.28, 16},
    {"regnetx_016", x, 18, 80, 34.01, 2.25, 24},
    {"regnetx_032", x, 25, 88, 26.31, 2.25, 48},
    {"regnetx_040", x, 23, 96, 38.65, 2.43, 40},
    {"regnetx_064", x, 17, 184, 60.83, 2.07, 56},
    {"regnetx_080", x, 23, 80, 49.56, 2.88, 120},
    {"regnetx_120", x, 19, 168, 73.36, 2.37, 112},
    {"regnetx_160", x, 22, 216, 55.59, 2.1, 128},
    {"regnetx_320", x, 23, 320, 69.86, 2.0, 168},
    {"regnety_002", y, 13, 24, 36.44, 2.49, 8},
    {"regnety_004", y, 16, 48, 27.89, 2.09, 8},
    {"regnety_006", y, 15, 48, 32.54, 2.32, 16},
    {"regnety_008", y, 14, 56, 38.84, 2.4, 16},
    {"regnety_008_tv", y, 14, 56, 38.84, 2.4, 16, 0.9},
    {"regnety_016", y, 27, 48, 20.71, 2.65, 24},
    {"regnety_032", y, 21, 80, 42.63, 2.66, 24},
    {"regnety_040", y, 22, 96, 31.41, 2.24, 64},
    {"regnety_064", y, 25, 112, 33.22, 2.27, 72},
    {"regnety_080", y, 17, 192, 76.82, 2.19, 56},
    {"regnety_080_tv", y, 17, 192, 76.82, 2.19, 56, 0.9},
    {"regnety_120", y, 19, 168, 73.36, 2.37, 112},
    {"regnety_160", y, 18, 200, 106.23, 2.48, 112},
    {"regnety_320", y, 20, 232, 115.89, 2.53, 232},
    {"regnety_640", y, 20, 352, 147.48, 2.4, 328},
    {"regnety_1280", y, 27, 456, 160.83, 2.52, 264},
    {"regnety_2560", y, 27, 640, 230.83, 2.53, 373},
    {"regnety_040_sgn", s, 22, 96, 31.41, 2.24, 64, 0, 0, false, Norm::group},
    {"regnety_040s_gn", s, 22, 96, 31.41, 2.24, 64, 0, 0, false, Norm::group},
    {"regnetv_040", v, 22, 96, 31.41, 2.24, 64},
    {"regnetv_064", v, 25, 112, 33.22, 2.27, 72, 0, 0, true},
    {"regnetz_005", z, 21, 16, 10.7, 2.51, 4, 0, 1024},
    {"regnetz_040", z, 28, 48, 14.5, 2.226, 8},
    {"regnetz_040_h", z, 28, 48, 14.5, 2.226, 8, 0, 1536},
    {"regnetz_040h", z, 28, 48, 14.5, 2.226, 8, 0, 1536},
    {"regnet_x_400mf", x, 22, 24, 24.48, 2.54, 16, 0.9},
    {"regnet_x_800mf", x, 16, 56, 35.73, 2.28, 16, 0.9},
    {"regnet_x_1_6gf", x, 18, 80, 34.01, 2.25, 24, 0.9},
    {"regnet_x_3_2gf", x, 25, 88, 26.31, 2.25, 48, 0.9},
    {"regnet_x_8gf", x, 23, 80, 49.56, 2.88, 120, 0.9},
    {"regnet_x_16gf", x, 22, 216, 55.59, 2.1, 128, 0.9},
    {"regnet_x_32gf", x, 23, 320, 69.86, 2.0, 168, 0.9},
    {"regnet_y_400mf", y, 16, 48, 27.89, 2.09, 8, 0.9},
    {"regnet_y_800mf", y, 14, 56, 38.84, 2.4, 16, 0.9},
    {"regnet_y_1_6gf", y, 27, 48, 20.71, 2.65, 24, 0.9},
    {"regnet_y_3_2gf", y, 21, 80, 42.63, 2.66, 24, 0.9},
    {"regnet_y_8gf", y, 17, 192, 76.82, 2.19, 56, 0.9},
    {"regnet_y_16gf", y, 18, 200, 106.23, 2.48, 112, 0.9},
    {"regnet_y_32gf", y, 20, 232, 115.89, 2.53, 232, 0.9},
    {"regnet_y_128gf", y, 27, 456, 160.83, 2.52, 264, 0.9},
};

struct Stage {
  std::int64_t width = 0, middle = 0;
  std::int64_t group = 0;
  int depth = 0;
};

/// pycls rounds halves to even, torchvision upwards and not below `limit`.
std::int64_t whole_groups(std::int64_t width, std::int64_t group, double limit) {
  if (limit > 0) return make_divisible(static_cast<double>(width), group, limit);
  return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(width) / static_cast<double>(group))) *
         group;
}

/// Blocks of equal quantised width are a stage; its bottleneck is rounded to whole groups.
std::vector<Stage> stages_of(const Variant& v) {
  const std::int64_t expansion = v.kind == z ? 4 : 1;
  std::vector<Stage> stages;
  std::int64_t previous = 0;
  for (int i = 0; i < v.depth; ++i) {
    const double exact = v.initial + v.slope * i;
    const double power = std::nearbyint(std::log(exact / v.initial) / std::log(v.multiplier));
    const auto width =
        static_cast<std::int64_t>(std::nearbyint(v.initial * std::pow(v.multiplier, power) / 8)) * 8;
    if (width != previous) {
      Stage stage;
      stage.group = std::min<std::int64_t>(v.group, width * expansion);
      stage.middle = whole_groups(width * expansion, stage.group, v.group_limit);
      stage.width = stage.middle / expansion;
      stages.push_back(stage);
      previous = width;
    }
    ++stages.back().depth;
  }
  return stages;
}

std::string_view act_of(const Variant& variant) {
  return variant.kind == Kind::x || variant.kind == Kind::y ? "relu" : "silu";
}

struct Block {
  const Variant& v;
  const Stage& stage;
  int stride;
  std::string_view act() const { return act_of(v); }
};

Node shortcut(Builder& b, const Block& block, Node input) {
  const bool same = block.stride == 1 && b.shape_of(input).channels == block.stage.width;
  if (same) return input;
  auto in_downsample = b.in("downsample");
  b.at(input);
  if (block.v.average_shortcut && block.stride > 1) b.average_pool("pool", {2, 2, 0, true});
  b.conv("conv", block.stage.width, {1, block.v.average_shortcut ? 1 : block.stride});
  if (block.v.kind != Kind::v) norm_act(b, block.v.norm, "bn");
  return b.here();
}

void squeeze(Builder& b, const Block& block, std::int64_t inputs) {
  if (block.v.kind == x) return;
  squeeze_excite(b, {.reduced = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(inputs) * 0.25)),
                     .act = block.act()});
}

Conv grouped(const Block& block) {
  return {.kernel = 3, .stride = block.stride, .groups = block.stage.middle / block.stage.group};
}

void bottleneck(Builder& b, const Block& block) {
  const Node input = b.here();
  const std::int64_t inputs = b.shape().channels;
  b.conv("conv1", block.stage.middle);
  norm_act(b, block.v.norm, "bn1", block.act());
  b.conv("conv2", block.stage.middle, grouped(block));
  norm_act(b, block.v.norm, "bn2", block.act());
  squeeze(b, block, inputs);
  b.conv("conv3", block.stage.width);
  norm_act(b, block.v.norm, "bn3");
  const Node branch = b.here();
  if (block.v.kind ==
      z) {  // no activation at the end, and no projection: blocks that change the shape have no shortcut
    if (block.stride == 1 && inputs == block.stage.width) b.add({branch, input});
    return;
  }
  b.add({branch, shortcut(b, block, input)}).act(block.act());
}

void preactivated(Builder& b, const Block& block) {
  const Node input = b.here();
  const std::int64_t inputs = b.shape().channels;
  const Node active = b.norm("norm1").act(block.act()).here();
  b.conv("conv1", block.stage.middle).norm("norm2").act(block.act());
  b.conv("conv2", block.stage.middle, grouped(block)).norm("norm3").act(block.act());
  squeeze(b, block, inputs);
  b.conv("conv3", block.stage.width);
  const Node branch = b.here();
  const bool same = block.stride == 1 && inputs == block.stage.width;
  b.add({branch, same ? input : shortcut(b, block, active)});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm regnet.py; arXiv 2003.13678");
  const std::string_view act = act_of(v);
  b.conv("stem.conv", 32, {3, 2});
  norm_act(b, v.norm, "stem.bn", act);
  int index = 1;
  for (const Stage& stage : stages_of(v)) {
    auto in_stage = b.in("s" + std::to_string(index++));
    for (int i = 0; i < stage.depth; ++i) {
      auto in_block = b.block("b" + std::to_string(i + 1));
      const Block block{v, stage, i == 0 ? 2 : 1};
      v.kind == Kind::v ? preactivated(b, block) : bottleneck(b, block);
    }
  }
  if (v.kind == Kind::v) b.norm("final_norm").act(act);
  if (v.kind == z && v.head == 0) b.act(act);
  if (v.head > 0) b.conv("final_conv.conv", v.head).norm("final_conv.bn").act(act);
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_regnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
