// U-Net: down four times, up four times, with the old features beside the new. arXiv 1505.04597 fig. 1, with
// padding and batch norm as in the PyTorch code most people train (milesial/Pytorch-UNet).
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int classes;
};
constexpr Variant kVariants[] = {{"unet", 2}};

void double_conv(Builder& b, std::int64_t channels) {
  b.conv("double_conv.0", channels, {3}).norm("double_conv.1").act();
  b.conv("double_conv.3", channels, {3}).norm("double_conv.4").act();
}

/// A transposed 2x2 convolution of stride 2: each output position is one input position times one tap.
void up_conv(Builder& b) {
  const Shape in = b.shape();
  Layer layer;
  layer.name = "up";
  layer.op = Op::conv;
  layer.kind = "transposed 2x2";
  layer.output = {in.channels / 2, 2 * in.height, 2 * in.width};
  layer.parameters = {{"weight", in.channels * in.channels / 2 * 4}, {"bias", in.channels / 2}};
  b.push(std::move(layer));
}

void up(Builder& b, Node skip) {
  up_conv(b);
  const Shape wanted = b.shape_of(skip);
  if (b.shape() != wanted) b.shuffle("pad", "pad", {b.shape().channels, wanted.height, wanted.width});
  b.concat({skip, b.here()});
  double_conv(b, wanted.channels);
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 572), "milesial/Pytorch-UNet; arXiv 1505.04597");
  std::vector<Node> skips;
  for (int level = 0; level < 5; ++level) {
    auto in_block = b.block(level == 0 ? "inc" : "down" + std::to_string(level));
    if (level > 0) b.max_pool("pool", {2, 2});
    double_conv(b, std::int64_t{64} << level);
    skips.push_back(b.here());
  }
  for (int level = 3; level >= 0; --level) {
    auto in_block = b.block("up" + std::to_string(4 - level));
    up(b, skips[static_cast<std::size_t>(level)]);
  }
  b.conv("outc.conv", v.classes, {.bias = true});
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_unet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
