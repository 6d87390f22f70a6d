// Inception v3, arXiv 1512.00567 table 1; torchvision/models/inception.py. torchvision's parameters include
// the auxiliary head, whose products its GFLOPS column leaves out; inception_v3_no_aux is timm's.
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  bool auxiliary;
};
constexpr Variant kVariants[] = {{"inception_v3", true}, {"inception_v3_no_aux", false}};

/// Convolution, batch norm, relu; kernels are height x width, "same" unless padding says otherwise.
Node conv(Builder& b, std::string_view name, int channels, int height = 1, int width = 0, int stride = 1,
          int padding = -1) {
  auto in_conv = b.in(name);
  b.conv("conv", channels, {.kernel = height, .stride = stride, .padding = padding, .kernel_w = width});
  return b.norm("bn").act().here();
}

Node pooled(Builder& b, Node input, int channels) {
  return conv(b.at(input).average_pool("branch_pool.0", {3, 1, 1}), "branch_pool", channels);
}

/// 35 x 35: 1x1, 5x5, two 3x3, pool.
void module_a(Builder& b, std::string_view name, int pool_channels) {
  auto in_block = b.block(name);
  const Node input = b.here();
  const Node ones = conv(b, "branch1x1", 64);
  conv(b.at(input), "branch5x5_1", 48);
  const Node fives = conv(b, "branch5x5_2", 64, 5);
  conv(b.at(input), "branch3x3dbl_1", 64);
  conv(b, "branch3x3dbl_2", 96, 3);
  const Node threes = conv(b, "branch3x3dbl_3", 96, 3);
  b.concat({ones, fives, threes, pooled(b, input, pool_channels)});
}

/// 35 x 35 to 17 x 17.
void module_b(Builder& b, std::string_view name) {
  auto in_block = b.block(name);
  const Node input = b.here();
  const Node three = conv(b, "branch3x3", 384, 3, 0, 2, 0);
  conv(b.at(input), "branch3x3dbl_1", 64);
  conv(b, "branch3x3dbl_2", 96, 3);
  const Node threes = conv(b, "branch3x3dbl_3", 96, 3, 0, 2, 0);
  b.concat({three, threes, b.at(input).max_pool("branch_pool", {3, 2}).here()});
}

/// 17 x 17: 7x7 factored into 1x7 and 7x1.
void module_c(Builder& b, std::string_view name, int width) {
  auto in_block = b.block(name);
  const Node input = b.here();
  const Node ones = conv(b, "branch1x1", 192);
  conv(b.at(input), "branch7x7_1", width);
  conv(b, "branch7x7_2", width, 1, 7);
  const Node sevens = conv(b, "branch7x7_3", 192, 7, 1);
  conv(b.at(input), "branch7x7dbl_1", width);
  conv(b, "branch7x7dbl_2", width, 7, 1);
  conv(b, "branch7x7dbl_3", width, 1, 7);
  conv(b, "branch7x7dbl_4", width, 7, 1);
  const Node doubles = conv(b, "branch7x7dbl_5", 192, 1, 7);
  b.concat({ones, sevens, doubles, pooled(b, input, 192)});
}

/// 17 x 17 to 8 x 8.
void module_d(Builder& b, std::string_view name) {
  auto in_block = b.block(name);
  const Node input = b.here();
  conv(b, "branch3x3_1", 192);
  const Node threes = conv(b, "branch3x3_2", 320, 3, 0, 2, 0);
  conv(b.at(input), "branch7x7x3_1", 192);
  conv(b, "branch7x7x3_2", 192, 1, 7);
  conv(b, "branch7x7x3_3", 192, 7, 1);
  const Node sevens = conv(b, "branch7x7x3_4", 192, 3, 0, 2, 0);
  b.concat({threes, sevens, b.at(input).max_pool("branch_pool", {3, 2}).here()});
}

Node split_3x3(Builder& b, const std::string& name) {
  const Node input = b.here();
  const Node wide = conv(b, name + "a", 384, 1, 3);
  return b.concat({wide, conv(b.at(input), name + "b", 384, 3, 1)}, name + "_cat").here();
}

/// 8 x 8: the 3x3 branches end in parallel 1x3 and 3x1.
void module_e(Builder& b, std::string_view name) {
  auto in_block = b.block(name);
  const Node input = b.here();
  const Node ones = conv(b, "branch1x1", 320);
  conv(b.at(input), "branch3x3_1", 384);
  const Node threes = split_3x3(b, "branch3x3_2");
  conv(b.at(input), "branch3x3dbl_1", 448);
  conv(b, "branch3x3dbl_2", 384, 3);
  const Node doubles = split_3x3(b, "branch3x3dbl_3");
  b.concat({ones, threes, doubles, pooled(b, input, 192)});
}

/// Parameters only: the head is gone in evaluation, and its 5.6 M MACs are 0.1 % of a training step.
void auxiliary_head(Builder& b) {
  const Node main = b.here();
  auto in_aux = b.in("AuxLogits");
  auto held = [&](const char* name, std::int64_t weights, std::int64_t bias) {
    Layer layer;
    layer.name = name;
    layer.kind = "parameters of the auxiliary head";
    layer.input = layer.output = {1, 1, 1};
    layer.parameters = {{"weight", weights}, {"bias", bias}};
    b.at(main).push(std::move(layer));
  };
  auto held_conv = [&](const std::string& name, std::int64_t weights, std::int64_t channels) {
    held((name + ".conv_bn").c_str(), weights + channels, channels);
  };
  held_conv("conv0", std::int64_t{768} * 128, 128);
  held_conv("conv1", std::int64_t{128} * 768 * 25, 768);
  held("fc", 768 * 1000, 1000);
  b.at(main);
}

void stem(Builder& b) {
  conv(b, "Conv2d_1a_3x3", 32, 3, 0, 2, 0);
  conv(b, "Conv2d_2a_3x3", 32, 3, 0, 1, 0);
  conv(b, "Conv2d_2b_3x3", 64, 3);
  b.max_pool("maxpool1", {3, 2});
  conv(b, "Conv2d_3b_1x1", 80);
  conv(b, "Conv2d_4a_3x3", 192, 3, 0, 1, 0);
  b.max_pool("maxpool2", {3, 2});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 299), "torchvision/models/inception.py; arXiv 1512.00567");
  stem(b);
  module_a(b, "Mixed_5b", 32);
  module_a(b, "Mixed_5c", 64);
  module_a(b, "Mixed_5d", 64);
  module_b(b, "Mixed_6a");
  module_c(b, "Mixed_6b", 128);
  module_c(b, "Mixed_6c", 160);
  module_c(b, "Mixed_6d", 160);
  module_c(b, "Mixed_6e", 192);
  if (v.auxiliary) auxiliary_head(b);
  module_d(b, "Mixed_7a");
  module_e(b, "Mixed_7b");
  module_e(b, "Mixed_7c");
  b.global_pool("avgpool").flatten().dropout().linear("fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_inception_v3() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
