// Stems, blocks and shortcuts of residual networks.
#include "workloads/build/resnet_blocks.h"

#include <algorithm>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

/// `channels` are those the network has before pruning, which the taps of ECA were chosen for.
void gate(Builder& b, Gate kind, std::int64_t channels) {
  const auto width = static_cast<double>(channels);
  if (kind == Gate::se) squeeze_excite(b, {.reduced = make_divisible(width / 16, 8, 0)});
  if (kind == Gate::se_quarter) squeeze_excite(b, {.reduced = make_divisible(width / 4, 8, 0)});
  if (kind == Gate::eca) efficient_channel_attention(b, channels);
}

/// What one of the two kernels sees: all channels, or its half of them.
Node selective_path(Builder& b, const ResNet& v, Node input, int path, std::int64_t channels, int stride) {
  auto in_path = b.in("paths", path);
  b.at(input);
  const Shape in = b.shape();
  if (v.selective != Selective::whole) b.shuffle("split", "slice", {in.channels / 2, in.height, in.width});
  b.conv("conv", channels, {.kernel = 3, .stride = stride, .groups = v.groups, .dilation = path + 1});
  norm_act(b, v.norm, "bn", "relu");
  return b.here();
}

/// Both results side by side, weighted by a softmax over the two, are summed.
void selective_sum(Builder& b, const ResNet& v, std::initializer_list<Node> paths) {
  auto in_attention = b.in("attn");
  const Shape out = b.shape();
  const auto width = static_cast<double>(out.channels);
  const std::int64_t reduced = v.selective == Selective::reduced ? make_divisible(width / 8, 16)
                               : v.selective == Selective::split ? make_divisible(width / 16, 8)
                                                                 : make_divisible(width / 16, 32);
  const Node both = b.concat(paths, "stack").here();
  b.add(paths, "sum").global_pool("pool").conv("fc_reduce", reduced).norm("bn").act();
  b.conv("fc_select", 2 * out.channels).softmax("softmax");
  b.scale(both, b.here());
  Layer sum;
  sum.name = "select";
  sum.op = Op::add;
  sum.kind = "sum";
  sum.inputs = 2;
  sum.input = sum.output = out;
  b.push(std::move(sum));
}

Node part_of(Builder& b, Node whole, std::int64_t channels) {
  const Shape shape = b.shape_of(whole);
  return b.at(whole).shuffle("split", "slice", {channels, shape.height, shape.width}).here();
}

/// Each part's 3x3 also reads what the part before it made, except in blocks that change the shape; the last
/// part has none.
void chained_convs(Builder& b, const ResNet& v, std::int64_t channels, int stride, bool first) {
  const Node whole = b.here();
  const std::int64_t part = channels / v.scale;
  std::vector<Node> parts;
  for (int i = 0; i + 1 < v.scale; ++i) {
    const Node own = part_of(b, whole, part);
    if (i > 0 && !first) b.add({parts.back(), own}, "add" + std::to_string(i));
    b.conv("convs." + std::to_string(i), part, {.kernel = 3, .stride = stride, .groups = v.groups});
    parts.push_back(b.norm("bns." + std::to_string(i)).act().here());
  }
  parts.push_back(part_of(b, whole, part));
  if (first) parts.back() = b.average_pool("pool", {3, stride, 1}).here();
  b.concat(parts, "cat");
}

/// Versions of the features, weighted by a softmax over them, are summed.
void split_attention(Builder& b, const ResNet& v, std::int64_t channels, int stride) {
  if (v.average_first && stride > 1) b.average_pool("avd_first", {3, stride, 1});
  auto in_conv = b.in("conv2");
  const std::int64_t reduced =
      std::max<std::int64_t>(32, make_divisible(static_cast<double>(channels * v.radix) / 4));
  b.conv("conv", channels * v.radix, {.kernel = 3, .groups = v.groups * v.radix}).norm("bn0").act();
  const Node versions = b.here();
  Shape one = b.shape();
  one.channels = channels;
  const auto sum = [&](std::string_view name) {
    Layer layer;
    layer.name = name;
    layer.op = Op::add;
    layer.kind = "sum";
    layer.inputs = v.radix;
    layer.input = layer.output = one;
    b.push(std::move(layer));
  };
  if (v.radix > 1) sum("sum");
  b.global_pool("pool").conv("fc1", reduced, {.groups = v.groups, .bias = true}).norm("bn1").act();
  b.conv("fc2", channels * v.radix, {.groups = v.groups, .bias = true}).softmax("softmax");
  b.scale(versions, b.here());
  if (v.radix > 1) sum("select");
  if (!v.average_first && stride > 1) b.average_pool("avd_last", {3, stride, 1});
}

/// A 3x3, or a 3x3 of stride 1 followed by anti-aliased subsampling, or selective kernels.
void conv3x3(Builder& b, const ResNet& v, std::string_view conv, std::string_view norm, std::int64_t channels,
             int stride) {
  if (v.selective != Selective::none) {
    auto in_conv = b.in(conv);
    const Node input = b.here();
    const Node near = selective_path(b, v, input, 0, channels, stride);
    return selective_sum(b, v, {near, selective_path(b, v, input, 1, channels, stride)});
  }
  const bool smoothed = v.blur != AntiAlias::none && stride == 2;
  b.conv(conv, channels, {.kernel = 3, .stride = smoothed ? 1 : stride, .groups = v.groups});
  norm_act(b, v.norm, norm, "relu");
  if (smoothed) anti_alias(b, v.blur);
}

struct Widths {
  std::int64_t first, second, out;
};

/// A plain block has two convolutions, a bottleneck a third that widens.
void residual_branch(Builder& b, const ResNet& v, const Widths& widths, int stride) {
  const bool changes = stride > 1 || b.shape().channels != widths.out;
  if (!v.bottleneck) {
    conv3x3(b, v, "conv1", "bn1", widths.first, stride);
    b.conv("conv2", widths.out, {3});
    return norm_act(b, v.norm, "bn2");
  }
  const bool first = v.caffe && v.groups == 1;
  b.conv("conv1", widths.first, {1, first ? stride : 1});
  norm_act(b, v.norm, "bn1", "relu");
  if (v.scale > 0)
    chained_convs(b, v, widths.second, stride, changes);
  else if (v.radix > 0)
    split_attention(b, v, widths.second, stride);
  else
    conv3x3(b, v, "conv2", "bn2", widths.second, first ? 1 : stride);
  b.conv("conv3", widths.out);
  norm_act(b, v.norm, "bn3");
}

Node shortcut(Builder& b, const ResNet& v, Node input, const Shape& wanted, int stride) {
  if (b.shape_of(input) == wanted) return input;
  auto in_downsample = b.in("downsample");
  b.at(input);
  if (v.average_shortcut && stride > 1) b.average_pool("0", {2, 2, 0, true});
  b.conv(v.average_shortcut ? "1" : "0", wanted.channels, {1, v.average_shortcut ? 1 : stride});
  norm_act(b, v.norm, v.average_shortcut ? "2" : "1");
  return b.here();
}

void stem(Builder& b, const ResNet& v) {
  if (v.stem == Stem::plain) {
    b.conv("conv1", 64, {7, 2});
    return norm_act(b, v.norm, "bn1", "relu");
  }
  b.conv("conv1.0", v.stem == Stem::tiered ? v.stem_width / 4 * 3 : v.stem_width, {3, 2});
  norm_act(b, v.norm, "conv1.1", "relu");
  b.conv("conv1.3", v.stem_width, {3});
  norm_act(b, v.norm, "conv1.4", "relu");
  b.conv("conv1.6", 2 * v.stem_width, {3});
  norm_act(b, v.norm, "bn1", "relu");
}

void stem_pool(Builder& b, const ResNet& v) {
  if (v.conv_pool) {
    b.conv("maxpool.0", b.shape().channels, {3, 2}).norm("maxpool.1").act();
  } else if (v.blur == AntiAlias::average) {
    b.average_pool("maxpool", {2, 2});
  } else if (v.blur == AntiAlias::blur) {
    b.max_pool("maxpool.0", {3, 1, 1});
    anti_alias(b, v.blur);
  } else {
    b.max_pool("maxpool", v.caffe ? Window{3, 2, 0, true} : Window{3, 2, 1, false});
  }
}

/// `block` counts over all stages.
Widths widths_of(const ResNet& v, std::size_t stage, std::size_t block) {
  if (v.pruned) {
    const auto& [first, second] = v.pruned->blocks[block];
    return {first, second, v.pruned->stages[stage]};
  }
  const std::int64_t planes = std::int64_t{64} << stage;
  if (!v.bottleneck) return {planes, planes, planes};
  const std::int64_t width = planes * v.width / 64 * v.groups * std::max(1, v.scale);
  return {width, width, planes * 4};
}

void residual_block(Builder& b, const ResNet& v, std::size_t stage, std::size_t block, int stride) {
  const Node input = b.here();
  residual_branch(b, v, widths_of(v, stage, block), stride);
  gate(b, v.gate, std::int64_t{v.bottleneck ? 256 : 64} << stage);
  const Node branch = b.here();
  b.add({branch, shortcut(b, v, input, b.shape_of(branch), stride)}).act();
}

}  // namespace

void resnet_features(Builder& b, const ResNet& v) {
  stem(b, v);
  stem_pool(b, v);
  std::size_t block = 0;
  for (std::size_t stage = 0; stage < v.blocks.size(); ++stage) {
    auto in_stage = b.in("layer" + std::to_string(stage + 1));
    for (int i = 0; i < v.blocks[stage]; ++i) {
      auto in_block = b.block("", i);
      residual_block(b, v, stage, block++, stage > 0 && i == 0 ? 2 : 1);
    }
  }
}

Model build_resnet(const ResNet& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, v.image), "torchvision/models/resnet.py; arXiv 1512.03385");
  resnet_features(b, v);
  b.global_pool("avgpool").flatten().linear("fc", 1000);
  return b.take();
}

}  // namespace scalesim::workloads
