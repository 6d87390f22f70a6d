// Scales depth and width of block strings (arXiv 1905.11946 section 3.3) and builds the blocks.
#include "workloads/build/mobile_blocks.h"

#include <algorithm>
#include <cmath>

#include "workloads/build/blocks.h"
#include "workloads/build/builder.h"
#include "workloads/build/mobile_words.h"

namespace scalesim::workloads {
namespace {

/// Shares the scaled depth of a stage over its blocks, the last first, so that early ones keep their number.
void scale_depth(std::vector<MobileBlock>& stage, double depth, bool round_depth) {
  int total = 0;
  for (const MobileBlock& block : stage) total += block.repeats;
  int scaled =
      static_cast<int>(round_depth ? std::max(1.0, std::nearbyint(total * depth)) : std::ceil(total * depth));
  for (auto block = stage.rbegin(); block != stage.rend(); ++block) {
    const int share =
        std::max(1, static_cast<int>(std::nearbyint(static_cast<double>(block->repeats) / total * scaled)));
    total -= block->repeats;
    scaled -= share;
    block->repeats = share;
  }
}

class MobileBuilder {
 public:
  MobileBuilder(const MobileNet& net, const Shape& input) : net_(net), b_(net.name, input, net.source) {}

  Model build() {
    b_.conv("conv_stem", net_.fix_stem ? net_.stem : round(net_.stem), {net_.stem_kernel, 2});
    norm_act(b_, net_.norm, "bn1", net_.act);
    auto stages = decode_stages();
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      auto in_stage = b_.in("blocks", static_cast<int>(stage));
      int index = 0;
      for (const MobileBlock& block : stages[stage]) {
        for (int i = 0; i < block.repeats; ++i) add(block, i == 0, index++);
      }
    }
    if (!net_.backbone) head();
    return b_.take();
  }

 private:
  std::int64_t round(std::int64_t channels) const {
    if (net_.divisor == 1) return channels;
    return make_divisible(static_cast<double>(channels) * net_.width, net_.divisor, net_.round_limit);
  }

  std::vector<std::vector<MobileBlock>> decode_stages() const {
    auto stages = decode_blocks(net_.stages);
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const bool fixed = net_.fix_first_last && (i == 0 || i + 1 == stages.size());
      if (!fixed) scale_depth(stages[i], net_.depth, net_.round_depth);
    }
    return stages;
  }

  void add(const MobileBlock& block, bool first, int index) {
    auto in_block = b_.block("", index);
    const Node input = b_.here();
    routing_ = block.experts > 0 ? route(block.experts * net_.experts) : kEverySample;
    group_ = block.group > 0 ? block.group : net_.group;
    b_.at(input);
    const int stride = first ? block.stride : 1;
    const std::string_view act = block.act.empty() ? net_.act : block.act;
    if (block.type == "ir")
      inverted(block, stride, act);
    else if (block.type == "ds" || block.type == "dsa")
      separable(block, stride, act);
    else if (block.type == "er")
      fused(block, stride, act, first);
    else if (block.type == "tk")
      tucker(block, stride, act);
    else if (block.type == "uib")
      universal(block, stride, act);
    else if (block.type == "mqa")
      multi_query(block);
    else
      conv_split("conv", block.kernels, round(block.channels), stride, "bn1", act);
    if (net_.layer_scale && (block.type == "uib" || block.type == "mqa")) layer_scale(b_);
    if (block.skip && block.type != "dsa" && b_.shape() == b_.shape_of(input)) b_.add({input, b_.here()});
  }

  /// Convolution, norm and activation (none when empty); several kernels split the channels evenly among
  /// them.
  void conv_split(std::string_view name, const std::vector<int>& kernels, std::int64_t channels, int stride,
                  std::string_view norm, std::string_view act, bool depthwise = false) {
    const bool smoothed = net_.blur != AntiAlias::none && stride > 1;
    const Conv conv = {.kernel = kernels[0],
                       .stride = smoothed ? 1 : stride,
                       .groups = depthwise ? b_.shape().channels / group_ : groups_of(kernels[0], channels)};
    if (kernels.size() > 1)
      mixed(name, kernels, channels, stride, depthwise);
    else if (routing_ == kEverySample)
      b_.conv(name, depthwise ? b_.shape().channels : channels, conv);
    else
      expert_conv(name, depthwise ? b_.shape().channels : channels, conv);
    norm_act(b_, net_.norm, norm, act);
    if (smoothed) anti_alias(b_, net_.blur);
  }

  /// Groups of a convolution that is not depthwise.
  std::int64_t groups_of(int kernel, std::int64_t channels) const {
    return kernel > 1 && group_ > 1 ? channels / group_ : 1;
  }

  /// How much of each expert a sample takes, from the average of the block's input.
  Node route(std::int64_t experts) {
    return b_.global_pool("routing_pool").flatten().linear("routing_fn", experts).act("sigmoid").here();
  }

  /// The sample's own weights are a product of its routing and all experts' weights.
  void expert_conv(std::string_view name, std::int64_t channels, const Conv& conv) {
    const Node input = b_.here();
    const std::int64_t weights = channels * (b_.shape().channels / conv.groups) * conv.kernel * conv.kernel;
    b_.at(routing_).linear(std::string(name) + ".weight", weights, false);
    const Node mixed = b_.here();
    if (conv.kernel == 1 && conv.groups == 1) return sample_product(name, channels, input, mixed);
    b_.at(input).conv(name, channels, conv);
    b_.model().layers.back().parameters.clear();
    b_.model().layers.back().sources.push_back(mixed);
  }

  /// A 1x1 convolution with weights of the sample's own: a product for each sample instead of one for all.
  void sample_product(std::string_view name, std::int64_t channels, Node input, Node weights) {
    const Shape in = b_.shape_of(input);
    Layer product;
    product.name = name;
    product.op = Op::matmul;
    product.batch = 1;
    product.m = in.height * in.width;
    product.n = channels;
    product.k = in.channels;
    product.sources = {input, weights};
    product.input = {in.elements() + b_.shape_of(weights).elements(), 1, 1};
    product.output = {channels, in.height, in.width};
    b_.push(std::move(product));
  }

  /// MixConv (arXiv 1907.09595): the first group also takes what does not divide.
  void mixed(std::string_view name, const std::vector<int>& kernels, std::int64_t channels, int stride,
             bool depthwise) {
    const Node input = b_.here();
    const Shape whole = b_.shape();
    const auto groups = static_cast<std::int64_t>(kernels.size());
    std::vector<Node> parts;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      auto part = [&](std::int64_t total) { return total / groups + (i == 0 ? total % groups : 0); };
      auto in_conv = b_.in(name, static_cast<int>(i));
      b_.at(input).shuffle("split", "slice", {part(whole.channels), whole.height, whole.width});
      depthwise ? b_.depthwise("conv", kernels[i], stride)
                : b_.conv("conv", part(channels), {kernels[i], stride});
      parts.push_back(b_.here());
    }
    b_.concat(parts, std::string(name) + "_cat");
  }

  void squeeze(const MobileBlock& block) {
    if (block.squeeze == 0 && block.squeezed == 0) return;
    const double ratio = net_.se_of_expansion ? block.squeeze : block.squeeze / block.expansion;
    const double reduced = static_cast<double>(b_.shape().channels) * ratio;
    SqueezeExcite se;
    se.reduced = block.squeezed > 0 ? block.squeezed
                 : net_.se_round    ? make_divisible(reduced, 8, net_.round_limit)
                                    : static_cast<std::int64_t>(std::nearbyint(reduced));
    se.act = net_.se_act.empty() ? (block.act.empty() ? net_.act : block.act) : net_.se_act;
    se.gate = net_.se_gate;
    squeeze_excite(b_, se);
  }

  void inverted(const MobileBlock& block, int stride, std::string_view act) {
    const std::int64_t middle =
        block.middle > 0 ? block.middle
                         : make_divisible(static_cast<double>(b_.shape().channels) * block.expansion);
    conv_split("conv_pw", block.expand_kernels, middle, 1, "bn1", act);
    conv_split("conv_dw", block.kernels, middle, stride, "bn2", act, true);
    squeeze(block);
    conv_split("conv_pwl", block.project_kernels, round(block.channels), 1, "bn3", "");
  }

  void separable(const MobileBlock& block, int stride, std::string_view act) {
    conv_split("conv_dw", block.kernels, b_.shape().channels, stride, "bn1", act, true);
    squeeze(block);
    conv_split("conv_pw", block.project_kernels, round(block.channels), 1, "bn2",
               block.type == "dsa" ? act : "");
  }

  void fused(const MobileBlock& block, int stride, std::string_view act, bool first) {
    const std::int64_t from = block.expand_from && first ? round(block.expand_from) : b_.shape().channels;
    conv_split("conv_exp", block.kernels, make_divisible(static_cast<double>(from) * block.expansion), stride,
               "bn1", act);
    squeeze(block);
    conv_split("conv_pwl", {1}, round(block.channels), 1, "bn2", "");
  }

  /// Compress by 1x1, convolve to a share of the output width, project by 1x1 (MobileDets, arXiv 2004.14525
  /// fig. 4).
  void tucker(const MobileBlock& block, int stride, std::string_view act) {
    const double input = static_cast<double>(b_.shape().channels),
                 output = static_cast<double>(round(block.channels));
    conv_split("conv_compress", {1}, make_divisible(input * block.compression), 1, "bn1", act);
    conv_split("conv_full", block.kernels, make_divisible(output * block.expansion), stride, "bn2", act);
    squeeze(block);
    conv_split("conv_project", {1}, round(block.channels), 1, "bn3", "");
  }

  /// Depthwise before the expansion, after it, both or neither (MobileNetV4, arXiv 2404.10518 fig. 4).
  void universal(const MobileBlock& block, int stride, std::string_view act) {
    const bool middle = block.kernels[0] > 0;
    const auto expanded = make_divisible(static_cast<double>(b_.shape().channels) * block.expansion);
    if (block.expand_kernels[0] > 0)
      conv_split("dw_start", block.expand_kernels, 0, middle ? 1 : stride, "bn0", "", true);
    conv_split("pw_exp", {1}, expanded, 1, "bn1", act);
    if (middle) conv_split("dw_mid", block.kernels, expanded, stride, "bn2", act, true);
    conv_split("pw_proj", {1}, round(block.channels), 1, "bn3", "");
  }

  Node key_or_value(const MobileBlock& block, Node input, std::string_view name) {
    auto in_path = b_.in(name);
    b_.at(input);
    if (block.key_stride > 1) b_.depthwise("down_conv", block.kernels[0], block.key_stride).norm("norm");
    return b_.conv("proj", block.head_dim).here();
  }

  /// Attention over all positions, keys and values from a coarser grid (arXiv 2404.10518 section 3.2).
  void multi_query(const MobileBlock& block) {
    norm_act(b_, net_.norm, "norm");
    auto in_attention = b_.in("attn");
    const Node input = b_.here();
    const Node query = b_.conv("query.proj", block.heads * block.head_dim).here();
    const Shape queries = b_.shape();
    const Node key = key_or_value(block, input, "key"), value = key_or_value(block, input, "value");
    const Shape values = b_.shape();
    Layer core;
    core.name = "core";
    core.op = Op::attention;
    core.kind = "multi query";
    core.batch = core.groups = block.heads;
    core.m = queries.height * queries.width;
    core.n = values.height * values.width;
    core.k = block.head_dim;
    core.input = {queries.elements() + 2 * values.elements(), 1, 1};
    core.output = queries;
    core.sources = {query, key, value};
    b_.push(std::move(core)).conv("output.proj", round(block.channels));
  }

  std::int64_t head_width() const {
    if (net_.fix_head) return net_.head;
    return net_.head_only_widens ? std::max<std::int64_t>(net_.head, round(net_.head)) : round(net_.head);
  }

  void head() {
    if (net_.pool_first) {
      b_.global_pool("global_pool").conv("conv_head", head_width(), {.bias = net_.head_bias});
      if (net_.head_norm) b_.norm("norm_head");
      b_.act(net_.act);
    } else {
      if (net_.head > 0) {
        b_.conv("conv_head", head_width());
        norm_act(b_, net_.norm, "bn2", net_.act);
      }
      b_.global_pool("global_pool");
    }
    b_.flatten().linear("classifier", 1000);
  }

  static constexpr Node kEverySample = -1;  ///< all samples share their weights

  const MobileNet& net_;
  Builder b_;
  Node routing_ = kEverySample;
  std::int64_t group_ = 1;  ///< of the block at hand
};

}  // namespace

Model build_mobile(const MobileNet& net, const ModelOptions& options) {
  const std::int64_t size = options.image.value_or(net.image);
  return MobileBuilder(net, {3, size, size}).build();
}

}  // namespace scalesim::workloads
