// DenseNet: every layer reads everything before it. arXiv 1608.06993 table 1; torchvision/models/densenet.py.
#include <array>

#include "workloads/build/blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 4> layers;
  int growth = 32, stem = 64;
  bool deep_stem = false;
  bool blur = false;  ///< blurred subsampling in the stem (arXiv 1904.11486)
};
constexpr Variant kVariants[] = {
    {"densenet121", {6, 12, 24, 16}},
    {"densenet161", {6, 12, 36, 24}, 48, 96},
    {"densenet169", {6, 12, 32, 32}},
    {"densenet201", {6, 12, 48, 32}},
    {"densenet264", {6, 12, 64, 48}, 48, 96},
    {"densenet121d", {6, 12, 24, 16}, 32, 64, true},
    {"densenet264d", {6, 12, 64, 48}, 48, 96, true},
    {"densenetblur121d", {6, 12, 24, 16}, 32, 64, true, true},
};

void stem(Builder& b, const Variant& v) {
  auto in_features = b.in("features");
  if (v.deep_stem) {
    b.conv("conv0", v.stem / 2, {3, 2});
    b.norm("norm0").act();
    b.conv("conv1", v.stem / 2, {3});
    b.norm("norm1").act();
    b.conv("conv2", v.stem, {3});
    b.norm("norm2").act();
  } else {
    b.conv("conv0", v.stem, {7, 2});
    b.norm("norm0").act();
  }
  b.max_pool("pool0", {3, v.blur ? 1 : 2, 1});
  if (v.blur) anti_alias(b, AntiAlias::blur, "pool0.blur");
}

/// The concatenation of all features so far is written anew for every layer, as PyTorch does.
void dense_block(Builder& b, int layers, int growth) {
  std::vector<Node> features = {b.here()};
  for (int i = 1; i <= layers; ++i) {
    auto in_layer = b.block("denselayer" + std::to_string(i));
    if (features.size() > 1) b.concat(features);
    b.norm("norm1").act();
    b.conv("conv1", 4 * growth);
    b.norm("norm2").act();
    b.conv("conv2", growth, {3});
    features.push_back(b.here());
  }
  b.concat(features);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "torchvision/models/densenet.py; arXiv 1608.06993");
  stem(b, v);
  auto in_features = b.in("features");
  for (int stage = 0; stage < 4; ++stage) {
    {
      auto in_block = b.in("denseblock" + std::to_string(stage + 1));
      dense_block(b, v.layers[static_cast<std::size_t>(stage)], v.growth);
    }
    if (stage == 3) break;
    auto in_transition = b.in("transition" + std::to_string(stage + 1));
    b.norm("norm").act();
    b.conv("conv", b.shape().channels / 2);
    b.average_pool("pool", {2, 2});
  }
  b.norm("norm5").act();
  b.global_pool("pool5").flatten().linear("classifier", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_densenet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
