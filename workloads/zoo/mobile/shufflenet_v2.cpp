// ShuffleNet v2: split, convolve one half, concatenate, shuffle. arXiv 1807.11164 table 5;
// torchvision/models/shufflenetv2.py.
#include <array>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 3> channels;
  int head = 1024;
};
constexpr Variant kVariants[] = {
    {"shufflenet_v2_x0_5", {48, 96, 192}},
    {"shufflenet_v2_x1_0", {116, 232, 464}},
    {"shufflenet_v2_x1_5", {176, 352, 704}},
    {"shufflenet_v2_x2_0", {244, 488, 976}, 2048},
};

void branch(Builder& b, int width, int stride) {
  auto in_branch = b.in("branch2");
  b.conv("0", width).norm("1").act().depthwise("3", 3, stride).norm("4").conv("5", width).norm("6").act();
}

void downsample_unit(Builder& b, int channels) {
  const Node input = b.here();
  {
    auto in_branch = b.in("branch1");
    b.depthwise("0", 3, 2).norm("1").conv("2", channels / 2).norm("3").act();
  }
  const Node left = b.here();
  branch(b.at(input), channels / 2, 2);
  b.concat({left, b.here()});
}

/// One half passes untouched: chunk is a view, but the convolution wants its half in one piece.
void basic_unit(Builder& b, int channels) {
  const Shape half{channels / 2, b.shape().height, b.shape().width};
  const Node input = b.here();
  branch(b.shuffle("chunk", "slice", half), channels / 2, 1);
  Layer joined;
  joined.name = "concat";
  joined.op = Op::concat;
  joined.sources = {input, b.here()};
  joined.input = joined.output = b.shape_of(input);
  b.push(std::move(joined));
}

Model build(const Variant& v, const ModelOptions& options) {
  constexpr std::array<int, 3> kRepeats = {4, 8, 4};
  Builder b(v.name, image_input(options, 224), "torchvision/models/shufflenetv2.py; arXiv 1807.11164");
  b.conv("conv1.0", 24, {3, 2}).norm("conv1.1").act().max_pool("maxpool", {3, 2, 1});
  for (std::size_t stage = 0; stage < 3; ++stage) {
    auto in_stage = b.in("stage" + std::to_string(stage + 2));
    for (int i = 0; i < kRepeats[stage]; ++i) {
      auto in_block = b.block("", i);
      i == 0 ? downsample_unit(b, v.channels[stage]) : basic_unit(b, v.channels[stage]);
      b.shuffle("channel_shuffle", "permute", b.shape());
    }
  }
  b.conv("conv5.0", v.head).norm("conv5.1").act().global_pool("mean").flatten().linear("fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_shufflenet_v2() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
