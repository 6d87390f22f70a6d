// HRNet: branches of 1/4 to 1/32 resolution side by side, fused again and again. arXiv 1908.07919; timm
// hrnet.py.
#include <array>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int width;
  int first_blocks, first_width;  ///< bottlenecks of stage 1
  std::array<int, 3> modules;     ///< of stages 2, 3, 4
  int blocks;                     ///< per branch
};
constexpr Variant kVariants[] = {
    {"hrnet_w18_small", 16, 1, 32, {1, 1, 1}, 2}, {"hrnet_w18_small_v2", 18, 2, 64, {1, 3, 2}, 2},
    {"hrnet_w18", 18, 4, 64, {1, 4, 3}, 4},       {"hrnet_w30", 30, 4, 64, {1, 4, 3}, 4},
    {"hrnet_w32", 32, 4, 64, {1, 4, 3}, 4},       {"hrnet_w40", 40, 4, 64, {1, 4, 3}, 4},
    {"hrnet_w44", 44, 4, 64, {1, 4, 3}, 4},       {"hrnet_w48", 48, 4, 64, {1, 4, 3}, 4},
    {"hrnet_w64", 64, 4, 64, {1, 4, 3}, 4},
};

using Branches = std::vector<Node>;

void bottleneck(Builder& b, std::int64_t width) {
  const Node input = b.here();
  b.conv("conv1", width).norm("bn1").act().conv("conv2", width, {3}).norm("bn2").act();
  const Node branch = b.conv("conv3", 4 * width).norm("bn3").here();
  Node shortcut = input;
  if (b.shape_of(input).channels != 4 * width)
    shortcut = b.at(input).conv("downsample.0", 4 * width).norm("downsample.1").here();
  b.add({branch, shortcut}).act();
}

void basic(Builder& b, std::int64_t width) {
  const Node input = b.here();
  b.conv("conv1", width, {3}).norm("bn1").act().conv("conv2", width, {3}).norm("bn2");
  b.add({b.here(), input}).act();
}

/// Doubling of size: 1x1 convolution, then nearest-neighbour copies.
Node raise(Builder& b, Node from, const Shape& wanted) {
  b.at(from).conv("0", wanted.channels).norm("1");
  return b.shuffle("2", "upsample", wanted).here();
}

/// Halving step by step; the width changes, and the activation is missing, at the last step.
Node lower(Builder& b, Node from, int steps, std::int64_t channels) {
  b.at(from);
  for (int step = 0; step < steps; ++step) {
    const bool last = step + 1 == steps;
    b.conv(std::to_string(step) + ".0", last ? channels : b.shape().channels, {3, 2})
        .norm(std::to_string(step) + ".1");
    if (!last) b.act();
  }
  return b.here();
}

/// Every branch receives the sum of all branches at its own resolution.
Branches fuse(Builder& b, const Branches& branches) {
  Branches fused;
  for (std::size_t to = 0; to < branches.size(); ++to) {
    auto in_fuse = b.in("fuse_layers", static_cast<int>(to));
    const Shape wanted = b.shape_of(branches[to]);
    Node sum = -1;
    for (std::size_t from = 0; from < branches.size(); ++from) {
      auto in_path = b.in("", static_cast<int>(from));
      Node part = branches[from];
      if (from > to) part = raise(b, part, wanted);
      if (from < to) part = lower(b, part, static_cast<int>(to - from), wanted.channels);
      sum = from == 0 ? part : b.add({sum, part}).here();
    }
    fused.push_back(b.at(sum).act().here());
  }
  return fused;
}

Branches module(Builder& b, const Variant& v, Branches branches) {
  auto in_module = b.block("module");
  for (std::size_t i = 0; i < branches.size(); ++i) {
    auto in_branch = b.in("branches", static_cast<int>(i));
    b.at(branches[i]);
    for (int k = 0; k < v.blocks; ++k) {
      auto in_block = b.in("", k);
      basic(b, std::int64_t{v.width} << i);
    }
    branches[i] = b.here();
  }
  return fuse(b, branches);
}

/// The widths of the next stage, and one more branch from the lowest resolution.
Branches transition(Builder& b, const Variant& v, Branches branches) {
  auto in_transition = b.in("transition" + std::to_string(branches.size()));
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const std::int64_t width = std::int64_t{v.width} << i;
    if (b.shape_of(branches[i]).channels == width) continue;
    branches[i] = b.at(branches[i]).conv("0.0", width, {3}).norm("0.1").act().here();
  }
  return branches;
}

Branches grow(Builder& b, const Variant& v, const Branches& before) {
  Branches branches = transition(b, v, before);
  const std::int64_t width = std::int64_t{v.width} << before.size();
  branches.push_back(
      b.at(before.back()).conv("transition.0", width, {3, 2}).norm("transition.1").act().here());
  return branches;
}

/// Classification head: branches widened and added into the lowest resolution.
void head(Builder& b, const Branches& branches) {
  Node sum = -1;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    Node wide = -1;
    {
      auto in_increase = b.in("incre_modules." + std::to_string(i), 0);
      bottleneck(b.at(branches[i]), std::int64_t{32} << i);
      wide = b.here();
    }
    if (i > 0) {
      b.at(sum).conv("downsamp_modules.0", b.shape_of(wide).channels,
                     {.kernel = 3, .stride = 2, .bias = true});
      b.norm("downsamp_modules.1").act();
      wide = b.add({wide, b.here()}).here();
    }
    sum = wide;
  }
  b.at(sum).conv("final_layer.0", 2048, {.bias = true}).norm("final_layer.1").act();
  b.global_pool("global_pool").flatten().linear("classifier", 1000);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm hrnet.py; arXiv 1908.07919");
  b.conv("conv1", 64, {3, 2}).norm("bn1").act().conv("conv2", 64, {3, 2}).norm("bn2").act();
  for (int i = 0; i < v.first_blocks; ++i) {
    auto in_block = b.block("layer1", i);
    bottleneck(b, v.first_width);
  }
  Branches branches = {b.here()};
  for (std::size_t stage = 0; stage < v.modules.size(); ++stage) {
    auto in_stage = b.in("stage" + std::to_string(stage + 2));
    branches = grow(b, v, branches);
    for (int i = 0; i < v.modules[stage]; ++i) branches = module(b, v, branches);
  }
  head(b, branches);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_hrnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
