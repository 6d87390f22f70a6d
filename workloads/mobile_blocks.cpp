// Decodes block strings, scales depth and width (arXiv 1905.11946 section 3.3) and builds the blocks.
#include "workloads/mobile_blocks.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "workloads/blocks.h"
#include "workloads/builder.h"

namespace scalesim::workloads {
namespace {

struct Block {
  std::string_view type;
  int repeats = 1, stride = 1;
  std::vector<int> kernels = {3}, expand_kernels = {1}, project_kernels = {1};
  double expansion = 1, squeeze = 0, compression = 0;
  std::int64_t channels = 0, expand_from = 0;
  std::string_view act;
  bool skip = true;
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    if (end != 0 && !text.empty()) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

double number(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  SCALESIM_CHECK(result.ec == std::errc() && result.ptr == text.data() + text.size());
  return value;
}

std::vector<int> kernel_list(std::string_view text) {
  std::vector<int> kernels;
  for (std::string_view part : split(text, '.')) kernels.push_back(static_cast<int>(number(part)));
  return kernels;
}

std::string_view act_name(std::string_view code) {
  if (code == "re") return "relu";
  if (code == "r6") return "relu6";
  if (code == "sw") return "silu";
  SCALESIM_CHECK(code == "hs");
  return "hard_swish";
}

void set_word(Block& block, std::string_view word) {
  auto starts = [&](std::string_view start) { return word.substr(0, start.size()) == start; };
  if (word == "noskip")
    block.skip = false;
  else if (word == "skip")
    block.skip = true;
  else if (starts("se"))
    block.squeeze = number(word.substr(2));
  else if (starts("fc"))
    block.expand_from = static_cast<std::int64_t>(number(word.substr(2)));
  else if (starts("n"))
    block.act = act_name(word.substr(1));
  else if (starts("k"))
    block.kernels = kernel_list(word.substr(1));
  else if (starts("a"))
    block.expand_kernels = kernel_list(word.substr(1));
  else if (starts("p"))
    block.project_kernels = kernel_list(word.substr(1));
  else if (starts("r"))
    block.repeats = static_cast<int>(number(word.substr(1)));
  else if (starts("s"))
    block.stride = static_cast<int>(number(word.substr(1)));
  else if (starts("e"))
    block.expansion = number(word.substr(1));
  else if (starts("c"))
    block.channels = static_cast<std::int64_t>(number(word.substr(1)));
  else {
    SCALESIM_CHECK(starts("x"));
    block.compression = number(word.substr(1));
  }
}

Block decode(std::string_view text) {
  const auto words = split(text, '_');
  Block block;
  block.type = words.front();
  block.skip = block.type != "cn";
  for (std::size_t i = 1; i < words.size(); ++i) set_word(block, words[i]);
  return block;
}

/// Shares the scaled depth of a stage over its blocks, the last first, so that early ones keep their number.
void scale_depth(std::vector<Block>& stage, double depth, bool round_depth) {
  int total = 0;
  for (const Block& block : stage) total += block.repeats;
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
    b_.conv("conv_stem", net_.fix_stem ? net_.stem : round(net_.stem), {3, 2}).norm("bn1").act(net_.act);
    auto stages = decode_stages();
    for (std::size_t stage = 0; stage < stages.size(); ++stage) {
      auto in_stage = b_.in("blocks", static_cast<int>(stage));
      int index = 0;
      for (const Block& block : stages[stage]) {
        for (int i = 0; i < block.repeats; ++i) add(block, i == 0, index++);
      }
    }
    if (!net_.backbone) head();
    return b_.take();
  }

 private:
  std::int64_t round(std::int64_t channels) const {
    return make_divisible(static_cast<double>(channels) * net_.width, 8, net_.round_limit);
  }

  std::vector<std::vector<Block>> decode_stages() const {
    std::vector<std::vector<Block>> stages;
    for (std::string_view text : split(net_.stages, '|')) {
      std::vector<Block>& stage = stages.emplace_back();
      for (std::string_view block : split(text, ' ')) stage.push_back(decode(block));
    }
    for (std::size_t i = 0; i < stages.size(); ++i) {
      const bool fixed = net_.fix_first_last && (i == 0 || i + 1 == stages.size());
      if (!fixed) scale_depth(stages[i], net_.depth, net_.round_depth);
    }
    return stages;
  }

  void add(const Block& block, bool first, int index) {
    auto in_block = b_.block("", index);
    const Node input = b_.here();
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
    else
      conv_split("conv", block.kernels, round(block.channels), stride, "bn1", act);
    if (block.skip && block.type != "dsa" && b_.shape() == b_.shape_of(input)) b_.add({input, b_.here()});
  }

  /// Convolution, norm and activation (none when empty); several kernels split the channels evenly among
  /// them.
  void conv_split(std::string_view name, const std::vector<int>& kernels, std::int64_t channels, int stride,
                  std::string_view norm, std::string_view act, bool depthwise = false) {
    if (kernels.size() == 1) {
      depthwise ? b_.depthwise(name, kernels[0], stride) : b_.conv(name, channels, {kernels[0], stride});
    } else {
      mixed(name, kernels, channels, stride, depthwise);
    }
    b_.norm(norm);
    if (!act.empty()) b_.act(act);
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

  void squeeze(const Block& block) {
    if (block.squeeze == 0) return;
    const double ratio = net_.se_of_expansion ? block.squeeze : block.squeeze / block.expansion;
    const double reduced = static_cast<double>(b_.shape().channels) * ratio;
    SqueezeExcite se;
    se.reduced = net_.se_round ? make_divisible(reduced, 8, net_.round_limit)
                               : static_cast<std::int64_t>(std::nearbyint(reduced));
    se.act = net_.se_act.empty() ? (block.act.empty() ? net_.act : block.act) : net_.se_act;
    se.gate = net_.se_gate;
    squeeze_excite(b_, se);
  }

  void inverted(const Block& block, int stride, std::string_view act) {
    const std::int64_t middle = make_divisible(static_cast<double>(b_.shape().channels) * block.expansion);
    conv_split("conv_pw", block.expand_kernels, middle, 1, "bn1", act);
    conv_split("conv_dw", block.kernels, middle, stride, "bn2", act, true);
    squeeze(block);
    conv_split("conv_pwl", block.project_kernels, round(block.channels), 1, "bn3", "");
  }

  void separable(const Block& block, int stride, std::string_view act) {
    conv_split("conv_dw", block.kernels, b_.shape().channels, stride, "bn1", act, true);
    squeeze(block);
    conv_split("conv_pw", block.project_kernels, round(block.channels), 1, "bn2",
               block.type == "dsa" ? act : "");
  }

  void fused(const Block& block, int stride, std::string_view act, bool first) {
    const std::int64_t from = block.expand_from && first ? round(block.expand_from) : b_.shape().channels;
    conv_split("conv_exp", block.kernels, make_divisible(static_cast<double>(from) * block.expansion), stride,
               "bn1", act);
    squeeze(block);
    conv_split("conv_pwl", {1}, round(block.channels), 1, "bn2", "");
  }

  /// Compress by 1x1, convolve to a share of the output width, project by 1x1 (MobileDets, arXiv 2004.14525
  /// fig. 4).
  void tucker(const Block& block, int stride, std::string_view act) {
    const double input = static_cast<double>(b_.shape().channels),
                 output = static_cast<double>(round(block.channels));
    conv_split("conv_compress", {1}, make_divisible(input * block.compression), 1, "bn1", act);
    conv_split("conv_full", block.kernels, make_divisible(output * block.expansion), stride, "bn2", act);
    squeeze(block);
    conv_split("conv_project", {1}, round(block.channels), 1, "bn3", "");
  }

  /// Depthwise before the expansion, after it, both or neither (MobileNetV4, arXiv 2404.10518 fig. 4).
  void universal(const Block& block, int stride, std::string_view act) {
    const bool middle = block.kernels[0] > 0;
    const auto expanded = make_divisible(static_cast<double>(b_.shape().channels) * block.expansion);
    if (block.expand_kernels[0] > 0)
      conv_split("dw_start", block.expand_kernels, 0, middle ? 1 : stride, "bn0", "", true);
    conv_split("pw_exp", {1}, expanded, 1, "bn1", act);
    if (middle) conv_split("dw_mid", block.kernels, expanded, stride, "bn2", act, true);
    conv_split("pw_proj", {1}, round(block.channels), 1, "bn3", "");
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
      if (net_.head > 0) b_.conv("conv_head", head_width()).norm("bn2").act(net_.act);
      b_.global_pool("global_pool");
    }
    b_.flatten().linear("classifier", 1000);
  }

  const MobileNet& net_;
  Builder b_;
};

}  // namespace

Model build_mobile(const MobileNet& net, const ModelOptions& options) {
  const std::int64_t size = options.image.value_or(net.image);
  return MobileBuilder(net, {3, size, size}).build();
}

}  // namespace scalesim::workloads
