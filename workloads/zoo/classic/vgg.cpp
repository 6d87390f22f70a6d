// VGG 11 to 19, with and without batch norm. arXiv 1409.1556 table 1; torchvision/models/vgg.py.
#include <array>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 5> convs;  ///< 3x3 convolutions before each pooling
  bool batch_norm = false;
};

constexpr Variant kVariants[] = {
    {"vgg11", {1, 1, 2, 2, 2}},          {"vgg13", {2, 2, 2, 2, 2}},
    {"vgg16", {2, 2, 3, 3, 3}},          {"vgg19", {2, 2, 4, 4, 4}},
    {"vgg11_bn", {1, 1, 2, 2, 2}, true}, {"vgg13_bn", {2, 2, 2, 2, 2}, true},
    {"vgg16_bn", {2, 2, 3, 3, 3}, true}, {"vgg19_bn", {2, 2, 4, 4, 4}, true},
};
constexpr std::array<std::int64_t, 5> kChannels = {64, 128, 256, 512, 512};

void features(Builder& b, const Variant& v) {
  auto in_features = b.in("features");
  int index = 0;
  for (std::size_t stage = 0; stage < 5; ++stage) {
    for (int i = 0; i < v.convs[stage]; ++i) {
      b.conv(std::to_string(index++), kChannels[stage], {.kernel = 3, .bias = true});
      if (v.batch_norm) b.norm(std::to_string(index++));
      b.act();
      ++index;
    }
    b.max_pool(std::to_string(index++), {2, 2});
  }
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "torchvision/models/vgg.py; arXiv 1409.1556");
  features(b, v);
  b.global_pool("avgpool", 7).flatten();
  b.linear("classifier.0", 4096).act().dropout("classifier.2");
  b.linear("classifier.3", 4096).act().dropout("classifier.5").linear("classifier.6", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_vgg() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
