// Residual networks with all the changes that were made to them since (workloads/build/resnet_blocks.h).
// arXiv 1512.03385 table 1; wide 1605.07146; ResNeXt 1611.05431; the stems and shortcuts of C, D, T and S
// 1812.01187; squeeze-excite 1709.01507; ECA 1910.03151; blur pooling 1904.11486; selective kernels
// 1903.06586; ResNet-RS 2103.07579.
#include "workloads/build/resnet_blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

using Blocks = std::array<int, 4>;
constexpr Blocks k10 = {1, 1, 1, 1}, k18 = {2, 2, 2, 2}, k50 = {3, 4, 6, 3}, k101 = {3, 4, 23, 3},
                 k152 = {3, 8, 36, 3}, k200 = {3, 24, 36, 3}, k269 = {3, 30, 48, 8};

/// What is left of ECA-ResNet-D after pruning (arXiv 2002.08258): channels of the first and second
/// convolution of every block, and of what the stages put out.
constexpr std::array<int, 2> kBlocks50[] = {
    {47, 18},   {52, 22},   {64, 35},   {85, 37},   {107, 80},  {120, 85},  {125, 87},  {198, 126},
    {255, 232}, {256, 233}, {253, 235}, {256, 225}, {256, 239}, {492, 237}, {512, 500}, {512, 490}};
constexpr std::array<int, 2> kBlocks101[] = {
    {45, 25},   {53, 20},   {60, 27},   {81, 24},   {93, 49},   {102, 54},  {122, 78},
    {101, 25},  {239, 160}, {234, 156}, {250, 176}, {253, 191}, {251, 175}, {230, 128},
    {244, 154}, {244, 159}, {238, 97},  {244, 149}, {253, 181}, {245, 119}, {255, 216},
    {256, 201}, {253, 149}, {254, 141}, {256, 190}, {256, 217}, {255, 156}, {256, 155},
    {256, 232}, {256, 214}, {499, 289}, {512, 512}, {512, 502}};
constexpr PrunedWidths kPruned50 = {kBlocks50, {19, 171, 818, 2022}};
constexpr PrunedWidths kPruned101 = {kBlocks101, {26, 142, 278, 2042}};

constexpr ResNet basic(std::string_view name, Blocks blocks) {
  return {.name = name, .blocks = blocks, .bottleneck = false};
}
constexpr ResNet deep(std::string_view name, Blocks blocks) { return {.name = name, .blocks = blocks}; }
constexpr ResNet grouped(std::string_view name, Blocks blocks, int groups, int width) {
  return {.name = name, .blocks = blocks, .groups = groups, .width = width};
}
constexpr ResNet with_stem(ResNet v, Stem stem, int width = 32) {
  v.stem = stem;
  v.stem_width = width;
  return v;
}
/// ResNet D: deep stem and average pooling in the shortcut.
constexpr ResNet d(ResNet v, Stem stem = Stem::deep, int width = 32) {
  v.average_shortcut = true;
  return with_stem(v, stem, width);
}
constexpr ResNet gated(ResNet v, Gate gate) {
  v.gate = gate;
  return v;
}
constexpr ResNet se(ResNet v) { return gated(v, Gate::se); }
constexpr ResNet eca(ResNet v) { return gated(v, Gate::eca); }
constexpr ResNet smooth(ResNet v, AntiAlias blur) {
  v.blur = blur;
  return v;
}
constexpr ResNet rs(std::string_view name, Blocks blocks, int image) {
  ResNet v = d(gated(deep(name, blocks), Gate::se_quarter));
  v.conv_pool = true;
  v.image = image;
  return v;
}
constexpr ResNet selective(ResNet v, Selective kind) {
  v.selective = kind;
  return v;
}
constexpr ResNet group_norm(ResNet v) {
  v.norm = Norm::group;
  return v;
}
constexpr ResNet pruned(ResNet v, const PrunedWidths& widths) {
  v.pruned = &widths;
  return v;
}
constexpr ResNet caffe(ResNet v) {
  v.caffe = true;
  return se(v);
}

constexpr ResNet kNetworks[] = {
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
    selective(basic("skresnet18", k18), Selective::reduced),
    selective(basic("skresnet34", k50), Selective::reduced),
    selective(deep("skresnet50", k50), Selective::split),
    selective(d(deep("skresnet50d", k50)), Selective::split),
    selective(grouped("skresnext50_32x4d", k50, 32, 4), Selective::whole),
    group_norm(deep("resnet50_gn", k50)),
    pruned(eca(d(deep("ecaresnet50d_pruned", k50))), kPruned50),
    pruned(eca(d(deep("ecaresnet101d_pruned", k101))), kPruned101),
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

}  // namespace

std::unique_ptr<Family> make_family_resnet() { return make_variants(kNetworks, build_resnet); }

}  // namespace scalesim::workloads
