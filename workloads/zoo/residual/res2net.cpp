// Residual networks whose 3x3 looks at several scales or versions: Res2Net (arXiv 1904.01169 table 1) and
// ResNeSt (2004.08955 table 3). timm res2net.py, resnest.py.
#include "workloads/build/resnet_blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

using Blocks = std::array<int, 4>;
constexpr Blocks k14 = {1, 1, 1, 1}, k26 = {2, 2, 2, 2}, k50 = {3, 4, 6, 3}, k101 = {3, 4, 23, 3},
                 k200 = {3, 24, 36, 3}, k269 = {3, 30, 48, 8};

constexpr ResNet scales(std::string_view name, Blocks blocks, int width, int scale, int groups = 1) {
  return {.name = name, .blocks = blocks, .groups = groups, .width = width, .scale = scale};
}
constexpr ResNet split(std::string_view name, Blocks blocks, int stem, int image, int radix = 2,
                       int groups = 1, int width = 64, bool average_first = false) {
  return {.name = name,
          .blocks = blocks,
          .groups = groups,
          .width = width,
          .stem = Stem::deep,
          .stem_width = stem,
          .average_shortcut = true,
          .image = image,
          .radix = radix,
          .average_first = average_first};
}

constexpr ResNet kNetworks[] = {
    scales("res2net50_26w_4s", k50, 26, 4),
    scales("res2net101_26w_4s", k101, 26, 4),
    scales("res2net50_26w_6s", k50, 26, 6),
    scales("res2net50_26w_8s", k50, 26, 8),
    scales("res2net50_48w_2s", k50, 48, 2),
    scales("res2net50_14w_8s", k50, 14, 8),
    scales("res2next50", k50, 4, 4, 8),
    split("resnest14d", k14, 32, 224),
    split("resnest26d", k26, 32, 224),
    split("resnest50d", k50, 32, 224),
    split("resnest101e", k101, 64, 256),
    split("resnest200e", k200, 64, 320),
    split("resnest269e", k269, 64, 416),
    split("resnest50d_4s2x40d", k50, 32, 224, 4, 2, 40, true),
    split("resnest50d_1s4x24d", k50, 32, 224, 1, 4, 24, true),
};

}  // namespace

std::unique_ptr<Family> make_family_res2net() { return make_variants(kNetworks, build_resnet); }

}  // namespace scalesim::workloads
