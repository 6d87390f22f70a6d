// VoVNet: one-shot aggregation of five 3x3 convolutions, concatenated once. arXiv 1904.09730 table 1; with
// identity and effective squeeze-excite 1911.06667; timm vovnet.py.
#include <array>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
  std::array<int, 3> stem;
  std::array<int, 4> middle, out, blocks;
  int convs;
  bool effective = false;  ///< identity shortcuts and eSE
  bool depthwise = false;
};

constexpr std::array<int, 4> kMiddle = {128, 160, 192, 224}, kOut = {256, 512, 768, 1024};
constexpr Variant kVariants[] = {
    {"vovnet39a", {64, 64, 128}, kMiddle, kOut, {1, 1, 2, 2}, 5},
    {"vovnet57a", {64, 64, 128}, kMiddle, kOut, {1, 1, 4, 3}, 5},
    {"ese_vovnet19b_slim_dw",
     {64, 64, 64},
     {64, 80, 96, 112},
     {112, 256, 384, 512},
     {1, 1, 1, 1},
     3,
     true,
     true},
    {"ese_vovnet19b_dw", {64, 64, 64}, kMiddle, kOut, {1, 1, 1, 1}, 3, true, true},
    {"ese_vovnet19b_slim", {64, 64, 128}, {64, 80, 96, 112}, {112, 256, 384, 512}, {1, 1, 1, 1}, 3, true},
    {"ese_vovnet19b", {64, 64, 128}, kMiddle, kOut, {1, 1, 1, 1}, 3, true},
    {"ese_vovnet39b", {64, 64, 128}, kMiddle, kOut, {1, 1, 2, 2}, 5, true},
    {"ese_vovnet57b", {64, 64, 128}, kMiddle, kOut, {1, 1, 4, 3}, 5, true},
    {"ese_vovnet99b", {64, 64, 128}, kMiddle, kOut, {1, 3, 9, 3}, 5, true},
};

Node conv(Builder& b, std::string_view name, std::int64_t channels, int kernel, int stride, bool separable) {
  auto in_conv = b.in(name);
  if (separable)
    b.depthwise("conv_dw", kernel, stride).conv("conv_pw", channels);
  else
    b.conv("conv", channels, {kernel, stride});
  return b.norm("bn").act().here();
}

/// One 1x1 of full width instead of two narrow ones.
void effective_squeeze(Builder& b) {
  auto in_attn = b.in("attn");
  const Node input = b.here();
  b.global_pool("pool").conv("fc", b.shape_of(input).channels, {.bias = true}).act("hard_sigmoid");
  b.scale(input, b.here());
}

void aggregation(Builder& b, const Variant& v, std::size_t stage, bool first, bool last) {
  const Node input = b.here();
  std::vector<Node> parts = {input};
  if (v.depthwise && b.shape().channels != v.middle[stage])
    conv(b, "conv_reduction", v.middle[stage], 1, 1, false);
  for (int i = 0; i < v.convs; ++i) {
    parts.push_back(conv(b, "conv_mid." + std::to_string(i), v.middle[stage], 3, 1, v.depthwise));
  }
  b.concat(parts);
  conv(b, "conv_concat", v.out[stage], 1, 1, false);
  if (v.effective && last) effective_squeeze(b);
  if (v.effective && !first) b.add({b.here(), input});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "timm vovnet.py; arXiv 1904.09730");
  conv(b, "stem.0", v.stem[0], 3, 2, false);
  conv(b, "stem.1", v.stem[1], 3, 1, v.depthwise);
  conv(b, "stem.2", v.stem[2], 3, 2, v.depthwise);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    auto in_stage = b.in("stages", static_cast<int>(stage));
    if (stage > 0) b.max_pool("pool", {3, 2, 0, true});
    for (int i = 0; i < v.blocks[stage]; ++i) {
      auto in_block = b.block("blocks", i);
      aggregation(b, v, stage, i == 0, i + 1 == v.blocks[stage]);
    }
  }
  b.global_pool("head.global_pool").flatten().linear("head.fc", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_vovnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
