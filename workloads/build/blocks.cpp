// Gates, norms and width rounding.
#include "workloads/build/blocks.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

/// Multiplies each channel by a learned number: one pass.
void per_channel(Builder& b, std::string_view name) {
  Layer layer;
  layer.name = name;
  layer.op = Op::add;
  layer.kind = "scale";
  layer.output = b.shape();
  layer.parameters = {{std::string(name), b.shape().channels}};
  b.push(std::move(layer));
}

/// The norms below are written in PyTorch's own operators, so every step of them is a pass: the cast to 32
/// bits for the statistics, the division, the learned factor and the learned shift.
void statistics(Builder& b, std::string_view name) {
  b.shuffle("cast", "cast", b.shape());
  Layer layer;
  layer.name = name;
  layer.op = Op::layer_norm;
  layer.kind = "group";
  layer.output = b.shape();
  b.push(std::move(layer));
}

void learned_line(Builder& b) {
  per_channel(b, "weight");
  Layer layer;
  layer.name = "bias";
  layer.op = Op::add;
  layer.kind = "sum";
  layer.output = b.shape();
  layer.parameters = {{"bias", b.shape().channels}};
  b.push(std::move(layer));
}

/// x * sigmoid(v x) over the deviation within groups; not activated, x over the deviation.
void evo_norm_s0(Builder& b, std::string_view name, bool active) {
  auto in_norm = b.in(name);
  if (active) {
    const Node input = b.here();
    per_channel(b, "v");
    b.act("sigmoid");
    b.multiply({input, b.here()});
  }
  statistics(b, "deviation");
  learned_line(b);
}

/// x over the larger of the batch's deviation and v x plus the sample's own.
void evo_norm_b0(Builder& b, std::string_view name) {
  auto in_norm = b.in(name);
  const Node input = b.here();
  statistics(b, "batch_deviation");
  const Node batch = b.here();
  b.at(input);
  per_channel(b, "v");
  const Node scaled = b.here();
  b.at(input);
  statistics(b, "sample_deviation");
  const Node sum = b.add({scaled, b.here()}).here();
  const Node larger = b.multiply({batch, sum}, "maximum").here();
  b.multiply({input, larger}, "divide");
  learned_line(b);
}

/// x over the root of its mean square, then the larger of that and a learned threshold.
void filter_response_norm(Builder& b, std::string_view name, bool active) {
  auto in_norm = b.in(name);
  b.act("square", false);
  statistics(b, "deviation");
  learned_line(b);
  if (active) b.act("threshold", false).parameter("tau", b.shape().channels);
}

}  // namespace

std::int64_t make_divisible(double value, std::int64_t divisor, double limit) {
  const auto nearest =
      static_cast<std::int64_t>(value + static_cast<double>(divisor) / 2) / divisor * divisor;
  const std::int64_t rounded = std::max(divisor, nearest);
  return static_cast<double>(rounded) < limit * value ? rounded + divisor : rounded;
}

void squeeze_excite(Builder& b, const SqueezeExcite& se) {
  auto in_se = b.in("se");
  const Node input = b.here();
  const std::int64_t channels = b.shape().channels;
  b.global_pool("pool").conv("conv_reduce", se.reduced, {.bias = true});
  if (se.norm) b.norm("bn");
  b.act(se.act).conv("conv_expand", channels, {.bias = true}).act(se.gate);
  b.scale(input, b.here());
}

void efficient_channel_attention(Builder& b, std::int64_t channels) {
  auto in_se = b.in("se");
  const Node input = b.here();
  const std::int64_t gates = b.shape().channels;
  const int half = static_cast<int>((std::log2(static_cast<double>(channels)) + 1) / 2);
  b.global_pool("pool").view({1, 1, gates});
  b.conv("conv", 1, {.kernel = 1, .padding = -1, .kernel_w = std::max(3, half % 2 ? half : half + 1)});
  b.view({gates, 1, 1}).act("sigmoid");
  b.scale(input, b.here());
}

void anti_alias(Builder& b, AntiAlias kind, std::string_view name) {
  if (kind == AntiAlias::average) {
    b.average_pool(name, {2, 2});
    return;
  }
  const Shape in = b.shape();
  b.shuffle(std::string(name) + ".pad", "pad", {in.channels, in.height + 2, in.width + 2});
  Layer layer;
  layer.name = name;
  layer.op = Op::conv;
  layer.kind = "blur";
  layer.output = {in.channels, (in.height + 1) / 2, (in.width + 1) / 2};
  layer.kernel_h = layer.kernel_w = 3;
  layer.stride = 2;
  layer.groups = in.channels;
  b.push(std::move(layer));
}

void global_context(Builder& b, std::int64_t reduced) {
  auto in_context = b.in("context");
  const Node input = b.here();
  const Shape image = b.shape();
  b.conv("conv_attn", 1, {.bias = true}).view({1, 1, image.height * image.width}).softmax("softmax");
  Layer sum;
  sum.name = "weighted_sum";
  sum.op = Op::matmul;
  sum.batch = sum.n = 1;
  sum.m = image.channels;
  sum.k = image.height * image.width;
  sum.sources = {input, b.here()};
  sum.input = image;
  sum.output = {image.channels, 1, 1};
  b.push(std::move(sum)).conv("fc1", reduced, {.bias = true}).layer_norm("norm").act();
  b.conv("fc2", image.channels, {.bias = true});
  Layer add;
  add.name = "add";
  add.op = Op::add;
  add.kind = "sum";
  add.sources = {input, b.here()};
  add.input = add.output = image;
  b.push(std::move(add));
}

void unfused_attention(Builder& b, const UnfusedAttention& a, Node scored, Node valued, const Shape& output) {
  const auto product = [&](std::string_view name, std::int64_t n, std::int64_t k, const Shape& made,
                           std::vector<Node> sources) {
    Layer layer;
    layer.name = name;
    layer.op = Op::matmul;
    layer.batch = a.products;
    layer.m = a.places;
    layer.n = n;
    layer.k = k;
    layer.input = {a.products * (a.places * k + k * n), 1, 1};
    layer.output = made;
    layer.sources = std::move(sources);
    b.push(std::move(layer));
  };
  const auto added = [&](std::string_view name) {
    Layer layer;
    layer.name = name;
    layer.op = Op::add;
    layer.kind = "sum";
    layer.output = b.shape();
    b.push(std::move(layer));
  };
  product("scores", a.places, a.width, {a.products, a.places, a.places}, {scored});
  added("bias");
  b.parameter("bias", a.bias);
  if (a.masked) added("mask");
  b.softmax("softmax");
  product("values", a.width, a.places, output, {b.here(), valued});
}

void layer_scale(Builder& b, std::string_view name) { per_channel(b, name); }

void norm_act(Builder& b, Norm norm, std::string_view name, std::string_view act) {
  if (norm == Norm::evo_s0) {
    evo_norm_s0(b, name, !act.empty());
  } else if (norm == Norm::evo_b0) {
    SCALESIM_CHECK(!act.empty());
    evo_norm_b0(b, name);
  } else if (norm == Norm::filter_response) {
    filter_response_norm(b, name, !act.empty());
  } else {
    norm == Norm::batch ? b.norm(name) : b.group_norm(name);
    if (!act.empty()) b.act(act);
  }
}

}  // namespace scalesim::workloads
