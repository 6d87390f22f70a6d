// Xception: depthwise separable convolutions with linear residual connections. arXiv 1610.02357 figure 5
// (timm xception.py), and the aligned form of DeepLab, 1802.02611 figure 4 (timm xception_aligned.py).
#include <array>
#include <vector>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  int middle;                 ///< blocks of the middle flow; 0: the first Xception
  bool long_entry = false;    ///< the entry flow of Xception-71
  bool preactivated = false;  ///< an activation before each separable convolution and none inside it
};
constexpr Variant kVariants[] = {{"xception", 0},
                                 {"legacy_xception", 0},
                                 {"xception41", 8},
                                 {"xception65", 16},
                                 {"xception71", 16, true},
                                 {"xception41p", 8, false, true},
                                 {"xception65p", 16, false, true}};

/// The first form: a norm after the two convolutions only.
void separable(Builder& b, std::string_view name, std::int64_t channels) {
  auto in_conv = b.in(name);
  b.depthwise("conv1", 3).conv("pointwise", channels);
}

struct Block {
  std::int64_t channels;
  int repeats, stride;
  bool first_relu = true, grow_first = true;
};
constexpr Block kMiddle = {728, 3, 1};
constexpr std::array<Block, 12> kBlocks = {{{128, 2, 2, false},
                                            {256, 2, 2},
                                            {728, 2, 2},
                                            kMiddle,
                                            kMiddle,
                                            kMiddle,
                                            kMiddle,
                                            kMiddle,
                                            kMiddle,
                                            kMiddle,
                                            kMiddle,
                                            {1024, 2, 2, true, false}}};

void residual(Builder& b, const Block& block) {
  const Node input = b.here();
  const std::int64_t from = b.shape().channels;
  for (int i = 0; i < block.repeats; ++i) {
    if (i > 0 || block.first_relu) b.act();
    const bool grown = block.grow_first || i + 1 == block.repeats;
    separable(b, "rep." + std::to_string(i), grown ? block.channels : from);
    b.norm("rep.bn" + std::to_string(i));
  }
  if (block.stride > 1) b.max_pool("rep.pool", {3, 2, 1});
  const Node branch = b.here();
  if (block.stride == 1 && from == block.channels) {
    b.add({branch, input});
    return;
  }
  b.at(input).conv("skip", block.channels, {1, block.stride}).norm("skipbn");
  b.add({branch, b.here()});
}

void first_form(Builder& b) {
  b.conv("conv1", 32, {3, 2, 0}).norm("bn1").act().conv("conv2", 64, {3, 1, 0}).norm("bn2").act();
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    auto in_block = b.block("block", static_cast<int>(i + 1));
    residual(b, kBlocks[i]);
  }
  separable(b, "conv3", 1536);
  b.norm("bn3").act();
  separable(b, "conv4", 2048);
  b.norm("bn4").act();
}

/// Three separable convolutions with norms after both halves; the stride is on the last.
struct Aligned {
  std::array<std::int64_t, 3> channels;
  int stride;
  bool last = false;  ///< activation after each half instead of before, and no shortcut
};

void aligned(Builder& b, const Aligned& block) {
  const Node input = b.here();
  for (int i = 0; i < 3; ++i) {
    auto in_conv = b.in("stack", i);
    if (!block.last) b.act();
    b.depthwise("conv_dw", 3, i == 2 ? block.stride : 1).norm("bn_dw");
    if (block.last) b.act();
    b.conv("conv_pw", block.channels[static_cast<std::size_t>(i)]).norm("bn_pw");
    if (block.last) b.act();
  }
  if (block.last) return;
  const Node branch = b.here();
  if (b.shape_of(branch) == b.shape_of(input)) {
    b.add({branch, input});
    return;
  }
  b.at(input).conv("shortcut.conv", block.channels[2], {1, block.stride}).norm("shortcut.bn");
  b.add({branch, b.here()});
}

/// The same with norm and activation before each separable convolution, none between its halves, and the
/// shortcut from behind the first norm.
void preactivated(Builder& b, const Aligned& block) {
  const Node input = b.norm("norm").act().here();
  for (int i = 0; i < 3; ++i) {
    auto in_conv = b.in("stack", i);
    if (i > 0) b.norm("norm").act();
    b.depthwise("conv_dw", 3, i == 2 ? block.stride : 1);
    b.conv("conv_pw", block.channels[static_cast<std::size_t>(i)]);
  }
  if (block.last) return;
  const Node branch = b.here();
  if (b.shape_of(branch) == b.shape_of(input)) {
    b.add({branch, input});
    return;
  }
  b.at(input).conv("shortcut", block.channels[2], {1, block.stride});
  b.add({branch, b.here()});
}

std::vector<Aligned> aligned_blocks(const Variant& v) {
  const auto wide = [](std::int64_t c, int stride) { return Aligned{{c, c, c}, stride}; };
  std::vector<Aligned> blocks = {wide(128, 2), wide(256, v.long_entry ? 1 : 2)};
  if (v.long_entry) blocks.insert(blocks.end(), {wide(256, 2), wide(728, 1)});
  blocks.push_back(wide(728, 2));
  for (int i = 0; i < v.middle; ++i) blocks.push_back(wide(728, 1));
  blocks.push_back({{728, 1024, 1024}, 2});
  blocks.push_back({{1536, 1536, 2048}, 1, true});
  return blocks;
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 299), "timm xception.py, xception_aligned.py; arXiv 1610.02357");
  if (v.middle == 0) {
    first_form(b);
  } else {
    b.conv("stem.0.conv", 32, {3, 2}).norm("stem.0.bn").act().conv("stem.1.conv", 64, {3});
    if (!v.preactivated) b.norm("stem.1.bn").act();
    int index = 0;
    for (const Aligned& block : aligned_blocks(v)) {
      auto in_block = b.block("blocks", index++);
      v.preactivated ? preactivated(b, block) : aligned(b, block);
    }
    if (v.preactivated) b.act();
  }
  b.global_pool("global_pool").flatten().linear("fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_xception() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
