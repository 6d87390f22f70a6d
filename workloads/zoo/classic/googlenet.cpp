// GoogLeNet, arXiv 1409.4842 table 1; torchvision/models/googlenet.py with batch norm and without the
// auxiliary heads. torchvision's "5x5" branch is a 3x3 (a slip kept for its weights); googlenet_5x5 has the
// paper's.
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int large_kernel;
};
constexpr Variant kVariants[] = {{"googlenet", 3}, {"googlenet_5x5", 5}};

struct Inception {
  std::string_view name;
  int ones, reduce3, threes, reduce5, fives, pool;
};
constexpr Inception kModules[] = {
    {"inception3a", 64, 96, 128, 16, 32, 32},     {"inception3b", 128, 128, 192, 32, 96, 64},
    {"inception4a", 192, 96, 208, 16, 48, 64},    {"inception4b", 160, 112, 224, 24, 64, 64},
    {"inception4c", 128, 128, 256, 24, 64, 64},   {"inception4d", 112, 144, 288, 32, 64, 64},
    {"inception4e", 256, 160, 320, 32, 128, 128}, {"inception5a", 256, 160, 320, 32, 128, 128},
    {"inception5b", 384, 192, 384, 48, 128, 128},
};

Node conv(Builder& b, std::string_view name, int channels, int kernel = 1) {
  auto in_conv = b.in(name);
  return b.conv("conv", channels, {kernel}).norm("bn").act().here();
}

void inception(Builder& b, const Inception& m, int large_kernel) {
  auto in_block = b.block(m.name);
  const Node input = b.here();
  const Node ones = conv(b, "branch1", m.ones);
  conv(b.at(input), "branch2.0", m.reduce3);
  const Node threes = conv(b, "branch2.1", m.threes, 3);
  conv(b.at(input), "branch3.0", m.reduce5);
  const Node fives = conv(b, "branch3.1", m.fives, large_kernel);
  const Node pooled = conv(b.at(input).max_pool("branch4.0", {3, 1, 1, true}), "branch4.1", m.pool);
  b.concat({ones, threes, fives, pooled});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "torchvision/models/googlenet.py; arXiv 1409.4842");
  const Window pool{3, 2, 0, true};
  {
    auto in_conv = b.in("conv1");
    b.conv("conv", 64, {7, 2}).norm("bn").act();
  }
  b.max_pool("maxpool1", pool);
  conv(b, "conv2", 64);
  conv(b, "conv3", 192, 3);
  b.max_pool("maxpool2", pool);
  for (const Inception& m : kModules) {
    if (m.name == "inception4a") b.max_pool("maxpool3", pool);
    if (m.name == "inception5a") b.max_pool("maxpool4", {2, 2, 0, true});
    inception(b, m, v.large_kernel);
  }
  b.global_pool("avgpool").flatten().dropout().linear("fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_googlenet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
