// Deep layer aggregation: trees whose roots join all their leaves. arXiv 1707.06484 table 1; timm dla.py.
#include <array>
#include <vector>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 6> levels, channels;
  bool bottleneck;
  int groups = 1, width = 64;
  bool residual_root = false;
};

constexpr std::array<int, 6> kSmall = {16, 32, 64, 128, 256, 512}, kLarge = {16, 32, 128, 256, 512, 1024},
                             kCompact = {16, 32, 64, 64, 128, 256};
constexpr Variant kVariants[] = {
    {"dla34", {1, 1, 1, 2, 2, 1}, kSmall, false},
    {"dla46_c", {1, 1, 1, 2, 2, 1}, kCompact, true},
    {"dla46x_c", {1, 1, 1, 2, 2, 1}, kCompact, true, 32, 4},
    {"dla60x_c", {1, 1, 1, 2, 3, 1}, kCompact, true, 32, 4},
    {"dla60", {1, 1, 1, 2, 3, 1}, kLarge, true},
    {"dla60x", {1, 1, 1, 2, 3, 1}, kLarge, true, 32, 4},
    {"dla102", {1, 1, 1, 3, 4, 1}, kLarge, true, 1, 64, true},
    {"dla102x", {1, 1, 1, 3, 4, 1}, kLarge, true, 32, 4, true},
    {"dla102x2", {1, 1, 1, 3, 4, 1}, kLarge, true, 64, 4, true},
    {"dla169", {1, 1, 2, 3, 5, 1}, kLarge, true, 1, 64, true},
};

/// A residual block whose shortcut is made by the tree it hangs in.
Node leaf(Builder& b, const Variant& v, Node input, Node shortcut, int channels, int stride) {
  b.at(input);
  if (v.bottleneck) {
    const std::int64_t width = channels * v.width / 64 * v.groups / 2;
    b.conv("conv1", width).norm("bn1").act();
    b.conv("conv2", width, {.kernel = 3, .stride = stride, .groups = v.groups}).norm("bn2").act();
    b.conv("conv3", channels).norm("bn3");
  } else {
    b.conv("conv1", channels, {3, stride}).norm("bn1").act().conv("conv2", channels, {3}).norm("bn2");
  }
  return b.add({b.here(), shortcut}).act().here();
}

/// 1x1 over all children.
Node root(Builder& b, const std::vector<Node>& children, int channels, bool residual) {
  auto in_root = b.in("root");
  b.concat(children).conv("conv", channels).norm("bn");
  if (residual) b.add({b.here(), children[0]});
  return b.act().here();
}

struct Tree {
  int levels, channels, stride;
  bool level_root;
};

Node grow(Builder& b, const Variant& v, const Tree& tree, Node input, std::vector<Node> children);

/// The shortcut of a tree of one level: pooled when it strides, widened when the channels change.
Node shortcut(Builder& b, const Tree& tree, Node bottom) {
  if (b.shape_of(bottom).channels == tree.channels) return bottom;
  return b.at(bottom).conv("project.0", tree.channels).norm("project.1").here();
}

Node grow(Builder& b, const Variant& v, const Tree& tree, Node input, std::vector<Node> children) {
  Node bottom = input;
  const bool used = tree.levels == 1 || tree.level_root;  // deeper trees pool again for themselves
  if (tree.stride > 1 && used) bottom = b.at(input).max_pool("downsample", {tree.stride, tree.stride}).here();
  if (tree.level_root) children.push_back(bottom);
  if (tree.levels == 1) {
    const Node residual = shortcut(b, tree, bottom);
    Node first = -1, second = -1;
    {
      auto in_leaf = b.in("tree1");
      first = leaf(b, v, input, residual, tree.channels, tree.stride);
    }
    {
      auto in_leaf = b.in("tree2");
      second = leaf(b, v, first, first, tree.channels, 1);
    }
    std::vector<Node> all = {second, first};
    all.insert(all.end(), children.begin(), children.end());
    return root(b, all, tree.channels, v.residual_root);
  }
  Node first = -1;
  {
    auto in_tree = b.in("tree1");
    first = grow(b, v, {tree.levels - 1, tree.channels, tree.stride, false}, input, {});
  }
  children.push_back(first);
  auto in_tree = b.in("tree2");
  return grow(b, v, {tree.levels - 1, tree.channels, 1, false}, first, children);
}

void plain_level(Builder& b, std::string_view name, int channels, int depth, int stride) {
  auto in_level = b.in(name);
  for (int i = 0; i < depth; ++i) {
    b.conv(std::to_string(3 * i), channels, {3, i == 0 ? stride : 1}).norm(std::to_string(3 * i + 1)).act();
  }
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm dla.py; arXiv 1707.06484");
  b.conv("base_layer.0", v.channels[0], {7}).norm("base_layer.1").act();
  plain_level(b, "level0", v.channels[0], v.levels[0], 1);
  plain_level(b, "level1", v.channels[1], v.levels[1], 2);
  for (std::size_t level = 2; level < 6; ++level) {
    auto in_level = b.block("level" + std::to_string(level));
    grow(b, v, {v.levels[level], v.channels[level], 2, level > 2}, b.here(), {});
  }
  b.global_pool("global_pool").conv("fc", 1000, {.bias = true});
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_dla() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
