// MobileNetV4, convolutional and with attention. arXiv 2404.10518 tables 11-15; timm mobilenetv3.py.
#include "workloads/build/mobile_blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kSmall =
    "cn_r1_k3_s2_c32 cn_r1_k1_s1_c32|cn_r1_k3_s2_c96 cn_r1_k1_s1_c64|"
    "uib_r1_a5_k5_s2_e3_c96 uib_r4_a0_k3_s1_e2_c96 uib_r1_a3_k0_s1_e4_c96|"
    "uib_r1_a3_k3_s2_e6_c128 uib_r1_a5_k5_s1_e4_c128 uib_r1_a0_k5_s1_e4_c128 uib_r1_a0_k5_s1_e3_c128 "
    "uib_r2_a0_k3_s1_e4_c128|cn_r1_k1_s1_c960";
constexpr std::string_view kMedium =
    "er_r1_k3_s2_e4_c48|uib_r1_a3_k5_s2_e4_c80 uib_r1_a3_k3_s1_e2_c80|"
    "uib_r1_a3_k5_s2_e6_c160 uib_r2_a3_k3_s1_e4_c160 uib_r1_a3_k5_s1_e4_c160 uib_r1_a3_k3_s1_e4_c160 "
    "uib_r1_a3_k0_s1_e4_c160 uib_r1_a0_k0_s1_e2_c160 uib_r1_a3_k0_s1_e4_c160|"
    "uib_r1_a5_k5_s2_e6_c256 uib_r1_a5_k5_s1_e4_c256 uib_r2_a3_k5_s1_e4_c256 uib_r1_a0_k0_s1_e4_c256 "
    "uib_r1_a3_k0_s1_e4_c256 uib_r1_a3_k5_s1_e2_c256 uib_r1_a5_k5_s1_e4_c256 uib_r2_a0_k0_s1_e4_c256 "
    "uib_r1_a5_k0_s1_e2_c256|cn_r1_k1_s1_c960";
constexpr std::string_view kLarge =
    "er_r1_k3_s2_e4_c48|uib_r1_a3_k5_s2_e4_c96 uib_r1_a3_k3_s1_e4_c96|"
    "uib_r1_a3_k5_s2_e4_c192 uib_r3_a3_k3_s1_e4_c192 uib_r1_a3_k5_s1_e4_c192 uib_r5_a5_k3_s1_e4_c192 "
    "uib_r1_a3_k0_s1_e4_c192|"
    "uib_r4_a5_k5_s2_e4_c512 uib_r1_a5_k0_s1_e4_c512 uib_r1_a5_k3_s1_e4_c512 uib_r2_a5_k0_s1_e4_c512 "
    "uib_r1_a5_k3_s1_e4_c512 uib_r1_a5_k5_s1_e4_c512 uib_r3_a5_k0_s1_e4_c512|cn_r1_k1_s1_c960";

constexpr std::string_view kHybridMedium =
    "er_r1_k3_s2_e4_c48|uib_r1_a3_k5_s2_e4_c80 uib_r1_a3_k3_s1_e2_c80|"
    "uib_a3_k5_s2_e6_c160 uib_a0_k0_e2_c160 uib_a3_k3_e4_c160 uib_a3_k5_e4_c160 mqa_k3_h4_v2_d64_c160 "
    "uib_a3_k3_e4_c160 mqa_k3_h4_v2_d64_c160 uib_a3_k0_e4_c160 mqa_k3_h4_v2_d64_c160 uib_a3_k3_e4_c160 "
    "mqa_k3_h4_v2_d64_c160 uib_a3_k0_e4_c160|"
    "uib_a5_k5_s2_e6_c256 uib_a5_k5_e4_c256 uib_r2_a3_k5_e4_c256 uib_a0_k0_e2_c256 uib_a3_k5_e2_c256 "
    "uib_a0_k0_e2_c256 uib_a0_k0_e4_c256 mqa_k3_h4_d64_c256 uib_a3_k0_e4_c256 mqa_k3_h4_d64_c256 "
    "uib_a5_k5_e4_c256 mqa_k3_h4_d64_c256 uib_a5_k0_e4_c256 mqa_k3_h4_d64_c256 uib_a5_k0_e4_c256|cn_k1_c960";
constexpr std::string_view kHybridLarge =
    "er_k3_s2_e4_c48|uib_a3_k5_s2_e4_c96 uib_a3_k3_e4_c96|"
    "uib_a3_k5_s2_e4_c192 uib_r3_a3_k3_e4_c192 uib_a3_k5_e4_c192 uib_r2_a5_k3_e4_c192 mqa_k3_h8_v2_d48_c192 "
    "uib_a5_k3_e4_c192 mqa_k3_h8_v2_d48_c192 uib_a5_k3_e4_c192 mqa_k3_h8_v2_d48_c192 uib_a5_k3_e4_c192 "
    "mqa_k3_h8_v2_d48_c192 uib_a3_k0_e4_c192|"
    "uib_r4_a5_k5_s2_e4_c512 uib_a5_k0_e4_c512 uib_a5_k3_e4_c512 uib_r2_a5_k0_e4_c512 uib_a5_k3_e4_c512 "
    "uib_a5_k5_e4_c512 mqa_k3_h8_d64_c512 uib_a5_k0_e4_c512 mqa_k3_h8_d64_c512 uib_a5_k0_e4_c512 "
    "mqa_k3_h8_d64_c512 uib_a5_k0_e4_c512 mqa_k3_h8_d64_c512 uib_a5_k0_e4_c512|cn_k1_c960";

constexpr MobileNet conv(std::string_view name, std::string_view stages, int stem, int image,
                         double width = 1) {
  MobileNet net = scaled(name, stages, width, 1, image);
  net.stem = stem;
  net.fix_stem = width < 1;
  net.fix_head = net.pool_first = net.head_norm = true;
  net.head_bias = false;
  net.source = "arXiv 2404.10518; timm mobilenetv3.py";
  return net;
}
constexpr MobileNet smooth(MobileNet net, AntiAlias kind) {
  net.blur = kind;
  return net;
}
constexpr MobileNet hybrid(MobileNet net, std::string_view act) {
  net.act = act;
  net.layer_scale = true;
  return net;
}

constexpr MobileNet kVariants[] = {
    conv("mobilenetv4_conv_small_035", kSmall, 32, 224, 0.35),
    conv("mobilenetv4_conv_small_050", kSmall, 32, 224, 0.5),
    conv("mobilenetv4_conv_small", kSmall, 32, 224),
    conv("mobilenetv4_conv_medium", kMedium, 32, 224),
    conv("mobilenetv4_conv_large", kLarge, 24, 256),
    smooth(conv("mobilenetv4_conv_aa_medium", kMedium, 32, 256), AntiAlias::average),
    smooth(conv("mobilenetv4_conv_blur_medium", kMedium, 32, 224), AntiAlias::blur),
    smooth(conv("mobilenetv4_conv_aa_large", kLarge, 24, 384), AntiAlias::average),
    hybrid(conv("mobilenetv4_hybrid_medium_075", kHybridMedium, 32, 224, 0.75), "relu"),
    hybrid(conv("mobilenetv4_hybrid_medium", kHybridMedium, 32, 256), "relu"),
    hybrid(conv("mobilenetv4_hybrid_large_075", kHybridLarge, 24, 256, 0.75), "gelu"),
    hybrid(conv("mobilenetv4_hybrid_large", kHybridLarge, 24, 384), "gelu"),
};

}  // namespace

std::unique_ptr<Family> make_family_mobilenetv4() { return make_variants(kVariants, build_mobile); }

}  // namespace scalesim::workloads
