// MobileNetV4's convolutional networks. arXiv 2404.10518 tables 11-13; timm mobilenetv3.py.
#include "workloads/mobile_blocks.h"
#include "workloads/variants.h"

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

constexpr MobileNet conv(std::string_view name, std::string_view stages, int stem, int image) {
  return {.name = name,
          .stages = stages,
          .image = image,
          .stem = stem,
          .fix_head = true,
          .pool_first = true,
          .head_bias = false,
          .head_norm = true,
          .source = "arXiv 2404.10518; timm mobilenetv3.py"};
}

constexpr MobileNet kVariants[] = {
    conv("mobilenetv4_conv_small", kSmall, 32, 224),
    conv("mobilenetv4_conv_medium", kMedium, 32, 224),
    conv("mobilenetv4_conv_large", kLarge, 24, 256),
};

}  // namespace

std::unique_ptr<Family> make_family_mobilenetv4() { return make_variants(kVariants, build_mobile); }

}  // namespace scalesim::workloads
