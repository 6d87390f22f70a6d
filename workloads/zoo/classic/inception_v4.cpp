// Inception v4, arXiv 1602.07261 figures 3 to 9; timm inception_v4.py.
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
};
constexpr Variant kVariants[] = {{"inception_v4"}};

/// Convolution, batch norm, relu; kernels are height x width, "same" unless padding says otherwise.
Node conv(Builder& b, std::string_view name, int channels, int height = 1, int width = 0, int stride = 1,
          int padding = -1) {
  auto in_conv = b.in(name);
  b.conv("conv", channels, {.kernel = height, .stride = stride, .padding = padding, .kernel_w = width});
  return b.norm("bn").act().here();
}

Node max_pool(Builder& b, Node input) { return b.at(input).max_pool("maxpool", {3, 2}).here(); }

Node pooled(Builder& b, Node input, int channels) {
  return conv(b.at(input).average_pool("avgpool", {3, 1, 1}), "branch_pool", channels);
}

void stem(Builder& b) {
  auto in_stem = b.in("stem");
  conv(b, "0", 32, 3, 0, 2, 0);
  conv(b, "1", 32, 3, 0, 1, 0);
  const Node start = conv(b, "2", 64, 3);
  const Node first = max_pool(b, start);
  const Node joined = b.concat({first, conv(b.at(start), "3", 96, 3, 0, 2, 0)}).here();
  conv(b.at(joined), "4.0.0", 64);
  const Node short_path = conv(b, "4.0.1", 96, 3, 0, 1, 0);
  conv(b.at(joined), "4.1.0", 64);
  conv(b, "4.1.1", 64, 1, 7);
  conv(b, "4.1.2", 64, 7, 1);
  const Node wide = b.concat({short_path, conv(b, "4.1.3", 96, 3, 0, 1, 0)}).here();
  const Node reduced = conv(b.at(wide), "5", 192, 3, 0, 2, 0);
  b.concat({reduced, max_pool(b, wide)});
}

void module_a(Builder& b) {
  const Node input = b.here();
  const Node ones = conv(b, "branch0", 96);
  conv(b.at(input), "branch1.0", 64);
  const Node threes = conv(b, "branch1.1", 96, 3);
  conv(b.at(input), "branch2.0", 64);
  conv(b, "branch2.1", 96, 3);
  const Node doubles = conv(b, "branch2.2", 96, 3);
  b.concat({ones, threes, doubles, pooled(b, input, 96)});
}

void reduction_a(Builder& b) {
  const Node input = b.here();
  const Node three = conv(b, "branch0", 384, 3, 0, 2, 0);
  conv(b.at(input), "branch1.0", 192);
  conv(b, "branch1.1", 224, 3);
  const Node doubles = conv(b, "branch1.2", 256, 3, 0, 2, 0);
  b.concat({three, doubles, max_pool(b, input)});
}

void module_b(Builder& b) {
  const Node input = b.here();
  const Node ones = conv(b, "branch0", 384);
  conv(b.at(input), "branch1.0", 192);
  conv(b, "branch1.1", 224, 1, 7);
  const Node sevens = conv(b, "branch1.2", 256, 7, 1);
  conv(b.at(input), "branch2.0", 192);
  conv(b, "branch2.1", 192, 7, 1);
  conv(b, "branch2.2", 224, 1, 7);
  conv(b, "branch2.3", 224, 7, 1);
  const Node doubles = conv(b, "branch2.4", 256, 1, 7);
  b.concat({ones, sevens, doubles, pooled(b, input, 128)});
}

void reduction_b(Builder& b) {
  const Node input = b.here();
  conv(b, "branch0.0", 192);
  const Node threes = conv(b, "branch0.1", 192, 3, 0, 2, 0);
  conv(b.at(input), "branch1.0", 256);
  conv(b, "branch1.1", 256, 1, 7);
  conv(b, "branch1.2", 320, 7, 1);
  const Node sevens = conv(b, "branch1.3", 320, 3, 0, 2, 0);
  b.concat({threes, sevens, max_pool(b, input)});
}

void module_c(Builder& b) {
  const Node input = b.here();
  const Node ones = conv(b, "branch0", 256);
  const Node middle = conv(b.at(input), "branch1.0", 384);
  const Node wide = conv(b, "branch1.1a", 256, 1, 3);
  const Node tall = conv(b.at(middle), "branch1.1b", 256, 3, 1);
  conv(b.at(input), "branch2.0", 384);
  conv(b, "branch2.1", 448, 3, 1);
  const Node deep = conv(b, "branch2.2", 512, 1, 3);
  const Node deep_wide = conv(b, "branch2.3a", 256, 1, 3);
  const Node deep_tall = conv(b.at(deep), "branch2.3b", 256, 3, 1);
  b.concat({ones, wide, tall, deep_wide, deep_tall, pooled(b, input, 256)});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 299), "timm inception_v4.py; arXiv 1602.07261");
  stem(b);
  int index = 6;
  auto repeat = [&](int times, void (*module)(Builder&)) {
    for (int i = 0; i < times; ++i) {
      auto in_block = b.block("features", index++);
      module(b);
    }
  };
  repeat(4, module_a);
  repeat(1, reduction_a);
  repeat(7, module_b);
  repeat(1, reduction_b);
  repeat(3, module_c);
  b.global_pool("global_pool").flatten().linear("last_linear", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_inception_v4() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
