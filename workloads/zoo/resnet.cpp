// Residual networks as torchvision builds them ("v1.5": the stride is on the 3x3), and their wide and grouped
// forms. arXiv 1512.03385 table 1; wide 1605.07146; ResNeXt 1611.05431; torchvision/models/resnet.py.
#include <algorithm>
#include <array>

#include "workloads/builder.h"
#include "workloads/zoo.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 4> blocks;
  bool bottleneck;
  int groups = 1;
  int width_per_group = 64;
};

constexpr std::array<Variant, 11> kVariants = {{
    {"resnet18", {2, 2, 2, 2}, false},
    {"resnet34", {3, 4, 6, 3}, false},
    {"resnet50", {3, 4, 6, 3}, true},
    {"resnet101", {3, 4, 23, 3}, true},
    {"resnet152", {3, 8, 36, 3}, true},
    {"resnext50_32x4d", {3, 4, 6, 3}, true, 32, 4},
    {"resnext101_32x4d", {3, 4, 23, 3}, true, 32, 4},
    {"resnext101_32x8d", {3, 4, 23, 3}, true, 32, 8},
    {"resnext101_64x4d", {3, 4, 23, 3}, true, 64, 4},
    {"wide_resnet50_2", {3, 4, 6, 3}, true, 1, 128},
    {"wide_resnet101_2", {3, 4, 23, 3}, true, 1, 128},
}};

void residual_branch(Builder& b, const Variant& v, std::int64_t planes, int stride) {
  if (!v.bottleneck) {
    b.conv("conv1", planes, {3, stride}).norm("bn1").act();
    b.conv("conv2", planes, {3}).norm("bn2");
    return;
  }
  const std::int64_t width = planes * v.width_per_group / 64 * v.groups;
  b.conv("conv1", width).norm("bn1").act();
  b.conv("conv2", width, {.kernel = 3, .stride = stride, .groups = v.groups}).norm("bn2").act();
  b.conv("conv3", planes * 4).norm("bn3");
}

void residual_block(Builder& b, const Variant& v, std::int64_t planes, int stride) {
  const Node input = b.here();
  residual_branch(b, v, planes, stride);
  const Node branch = b.here();
  Node shortcut = input;
  if (b.shape() != b.shape_of(input)) {
    b.at(input).conv("downsample.0", b.shape_of(branch).channels, {1, stride}).norm("downsample.1");
    shortcut = b.here();
  }
  b.add({branch, shortcut}).act();
}

class ResNet : public Family {
 public:
  std::vector<std::string_view> names() const override {
    std::vector<std::string_view> names;
    for (const Variant& v : kVariants) names.push_back(v.name);
    return names;
  }

  Model build(std::string_view name, const ModelOptions& options) const override {
    const Variant& v =
        *std::find_if(kVariants.begin(), kVariants.end(), [&](auto& x) { return x.name == name; });
    const std::int64_t size = options.image.value_or(224);
    Builder b(name, {3, size, size}, "torchvision/models/resnet.py; arXiv 1512.03385");
    b.conv("conv1", 64, {7, 2}).norm("bn1").act().max_pool("maxpool", {3, 2, 1});
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
};

}  // namespace

std::unique_ptr<Family> make_family_resnet() { return std::make_unique<ResNet>(); }

}  // namespace scalesim::workloads
