// Pre-activation residual networks (arXiv 1603.05027), Big Transfer (arXiv 1912.11370: group norm, wider) and
// the same with other norms.
// timm resnetv2.py.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 4> blocks;
  int width = 1;
  Norm norm = Norm::batch;
  int deep_stem = 0;  ///< 0: 7x7; else the first width of three 3x3 and average pooling in the shortcut
  bool bottleneck = true;
  int image = 224;
};

constexpr std::array<int, 4> k18 = {2, 2, 2, 2}, k50 = {3, 4, 6, 3}, k101 = {3, 4, 23, 3},
                             k152 = {3, 8, 36, 3};
constexpr Variant kVariants[] = {
    {"resnetv2_50", k50},
    {"resnetv2_101", k101},
    {"resnetv2_152", k152},
    {"resnetv2_18", k18, 1, Norm::batch, 0, false},
    {"resnetv2_34", k50, 1, Norm::batch, 0, false},
    {"resnetv2_18d", k18, 1, Norm::batch, 32, false},
    {"resnetv2_34d", k50, 1, Norm::batch, 32, false},
    {"resnetv2_50t", k50, 1, Norm::batch, 24},
    {"resnetv2_50d", k50, 1, Norm::batch, 32},
    {"resnetv2_101d", k101, 1, Norm::batch, 32},
    {"resnetv2_152d", k152, 1, Norm::batch, 32},
    {"resnetv2_50d_gn", k50, 1, Norm::group, 32},
    {"resnetv2_50d_evob", k50, 1, Norm::evo_b0, 32},
    {"resnetv2_50d_evos", k50, 1, Norm::evo_s0, 32},
    {"resnetv2_50d_frn", k50, 1, Norm::filter_response, 32},
    {"resnetv2_50x1_bit", k50, 1, Norm::group},
    {"resnetv2_50x3_bit", k50, 3, Norm::group},
    {"resnetv2_101x1_bit", k101, 1, Norm::group},
    {"resnetv2_101x3_bit", k101, 3, Norm::group},
    {"resnetv2_152x2_bit", k152, 2, Norm::group},
    {"resnetv2_152x4_bit", k152, 4, Norm::group, 0, true, 480},
    {"resnetv2_50x1_bitm", k50, 1, Norm::group, 0, true, 448},
    {"resnetv2_50x3_bitm", k50, 3, Norm::group, 0, true, 448},
    {"resnetv2_101x1_bitm", k101, 1, Norm::group, 0, true, 448},
    {"resnetv2_101x3_bitm", k101, 3, Norm::group, 0, true, 448},
    {"resnetv2_152x2_bitm", k152, 2, Norm::group, 0, true, 448},
    {"resnetv2_152x4_bitm", k152, 4, Norm::group, 0, true, 480},
    {"resnetv2_50x1_bit_distilled", k50, 1, Norm::group},
    {"resnetv2_152x2_bit_teacher", k152, 2, Norm::group},
    {"resnetv2_152x2_bit_teacher_384", k152, 2, Norm::group, 0, true, 384},
};

Node shortcut(Builder& b, const Variant& v, Node active, std::int64_t channels, int stride) {
  auto in_downsample = b.in("downsample");
  b.at(active);
  if (v.deep_stem && stride > 1) b.average_pool("pool", {2, 2, 0, true});
  return b.conv("conv", channels, {1, v.deep_stem ? 1 : stride}).here();
}

void block(Builder& b, const Variant& v, std::int64_t channels, int stride) {
  const Node input = b.here();
  norm_act(b, v.norm, "norm1", "relu");
  const Node active = b.here();
  const bool same = stride == 1 && b.shape().channels == channels;
  const Node identity = same ? input : shortcut(b, v, active, channels, stride);
  b.at(active);
  if (v.bottleneck) {
    b.conv("conv1", channels / 4);
    norm_act(b, v.norm, "norm2", "relu");
    b.conv("conv2", channels / 4, {3, stride});
    norm_act(b, v.norm, "norm3", "relu");
    b.conv("conv3", channels);
  } else {
    b.conv("conv1", channels, {3, stride});
    norm_act(b, v.norm, "norm2", "relu");
    b.conv("conv2", channels, {3});
  }
  b.add({b.here(), identity});
}

void stem(Builder& b, const Variant& v) {
  if (v.deep_stem == 0) {
    b.conv("stem.conv", 64 * v.width, {7, 2});
  } else {
    b.conv("stem.conv1", v.deep_stem, {3, 2});
    norm_act(b, v.norm, "stem.norm1", "relu");
    b.conv("stem.conv2", 32, {3});
    norm_act(b, v.norm, "stem.norm2", "relu");
    b.conv("stem.conv3", 64, {3});
  }
  b.max_pool("stem.pool", {3, 2, 1});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "timm resnetv2.py; arXiv 1603.05027, 1912.11370");
  stem(b, v);
  for (int stage = 0; stage < 4; ++stage) {
    auto in_stage = b.in("stages", stage);
    for (int i = 0; i < v.blocks[static_cast<std::size_t>(stage)]; ++i) {
      auto in_block = b.block("blocks", i);
      block(b, v, std::int64_t{v.bottleneck ? 256 : 64} * v.width << stage, stage > 0 && i == 0 ? 2 : 1);
    }
  }
  norm_act(b, v.norm, "norm", "relu");
  b.global_pool("head.global_pool").conv("head.fc", 1000, {.bias = true});
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_resnetv2() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
