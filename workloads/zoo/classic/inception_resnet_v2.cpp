// Inception-ResNet v2: inception branches whose concatenation is added to the input. arXiv 1602.07261 figures
// 10 to 19; timm inception_resnet_v2.py.
#include <vector>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
};
constexpr Variant kVariants[] = {{"inception_resnet_v2"}};

/// Convolutions one after another, each with norm and relu.
struct Step {
  std::int64_t channels;
  Conv conv = {};
};

Node branch(Builder& b, std::string_view name, Node input, const std::vector<Step>& steps) {
  auto in_branch = b.in(name);
  b.at(input);
  int index = 0;
  for (const Step& step : steps) {
    auto in_step = b.in("", index++);
    b.conv("conv", step.channels, step.conv).norm("bn").act();
  }
  return b.here();
}

constexpr Conv k3 = {.kernel = 3}, k3Valid = {.kernel = 3, .padding = 0}, kHalf = {3, 2, 0},
               k5 = {.kernel = 5};
constexpr Conv k1x7 = {.kernel = 1, .kernel_w = 7}, k7x1 = {.kernel = 7, .kernel_w = 1},
               k1x3 = {.kernel = 1, .kernel_w = 3}, k3x1 = {.kernel = 3, .kernel_w = 1};

void stem(Builder& b) {
  branch(b, "conv2d_1", -1, {{32, kHalf}, {32, k3Valid}, {64, k3}});
  b.max_pool("maxpool_3a", {3, 2});
  branch(b, "conv2d_3", b.here(), {{80}, {192, k3Valid}});
  b.max_pool("maxpool_5a", {3, 2});
}

/// The first mixture of branches, without a residual.
void mixed_5b(Builder& b) {
  auto in_block = b.block("mixed_5b");
  const Node input = b.here();
  const Node one = branch(b, "branch0", input, {{96}}), two = branch(b, "branch1", input, {{48}, {64, k5}}),
             three = branch(b, "branch2", input, {{64}, {96, k3}, {96, k3}});
  b.at(input).average_pool("pool", {3, 1, 1});
  b.concat({one, two, three, branch(b, "branch3", b.here(), {{64}})});
}

/// Branches side by side, brought back to the input's width, scaled and added.
void residual(Builder& b, const std::vector<std::vector<Step>>& branches, bool relu = true) {
  const Node input = b.here();
  std::vector<Node> parts;
  for (std::size_t i = 0; i < branches.size(); ++i)
    parts.push_back(branch(b, "branch" + std::to_string(i), input, branches[i]));
  b.concat(parts).conv("conv2d", b.shape_of(input).channels, {.bias = true});
  b.add({input, b.here()});
  if (relu) b.act();
}

void reduction(Builder& b, const std::vector<std::vector<Step>>& branches) {
  const Node input = b.here();
  std::vector<Node> parts;
  for (std::size_t i = 0; i < branches.size(); ++i)
    parts.push_back(branch(b, "branch" + std::to_string(i), input, branches[i]));
  parts.push_back(b.at(input).max_pool("pool", {3, 2}).here());
  b.concat(parts);
}

void residuals(Builder& b, std::string_view name, int count, const std::vector<std::vector<Step>>& branches) {
  for (int i = 0; i < count; ++i) {
    auto in_block = b.block(name, i);
    residual(b, branches);
  }
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 299), "timm inception_resnet_v2.py; arXiv 1602.07261");
  stem(b);
  mixed_5b(b);
  residuals(b, "repeat", 10, {{{32}}, {{32}, {32, k3}}, {{32}, {48, k3}, {64, k3}}});
  reduction(b, {{{384, kHalf}}, {{256}, {256, k3}, {384, kHalf}}});
  residuals(b, "repeat_1", 20, {{{192}}, {{128}, {160, k1x7}, {192, k7x1}}});
  reduction(b, {{{256}, {384, kHalf}}, {{256}, {288, kHalf}}, {{256}, {288, k3}, {320, kHalf}}});
  const std::vector<std::vector<Step>> block8 = {{{192}}, {{192}, {224, k1x3}, {256, k3x1}}};
  residuals(b, "repeat_2", 9, block8);
  {
    auto in_block = b.block("block8");
    residual(b, block8, false);
  }
  b.conv("conv2d_7b.conv", 1536).norm("conv2d_7b.bn").act();
  b.global_pool("global_pool").flatten().linear("classif", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_inception_resnet_v2() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
