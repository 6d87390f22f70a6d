// EfficientNet v1 and v2 and their relatives, as block strings (workloads/build/mobile_blocks.h).
// arXiv 1905.11946 table 1, v2 2104.00298 table 4, Lite and EdgeTPU (tensorflow/tpu), TinyNet 2010.14819,
// MixNet 1907.09595, CondConv 1904.04971.
#include "workloads/build/mobile_blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kV1 =
    "ds_r1_k3_s1_e1_c16_se0.25|ir_r2_k3_s2_e6_c24_se0.25|ir_r2_k5_s2_e6_c40_se0.25|ir_r3_k3_s2_e6_c80_se0.25|"
    "ir_r3_k5_s1_e6_c112_se0.25|ir_r4_k5_s2_e6_c192_se0.25|ir_r1_k3_s1_e6_c320_se0.25";
constexpr std::string_view kCondConv =
    "ds_r1_k3_s1_e1_c16_se0.25|ir_r2_k3_s2_e6_c24_se0.25|ir_r2_k5_s2_e6_c40_se0.25|ir_r3_k3_s2_e6_c80_se0.25|"
    "ir_r3_k5_s1_e6_c112_se0.25_cc4|ir_r4_k5_s2_e6_c192_se0.25_cc4|ir_r1_k3_s1_e6_c320_se0.25_cc4";
/// What is left of B1 to B3 after pruning (arXiv 2002.08258).
constexpr std::string_view kB1Pruned =
    "ds_c16_q8 ds_c16_q4|ir_s2_m48_c12_q4 ir_m62_c12_q6 ir_m48_c12_q6|"
    "ir_k5_s2_m70_c35_q6 ir_k5_m61_c35_q10 ir_k5_m51_c35_q10|"
    "ir_s2_m175_c74_q10 ir_m188_c74_q20 ir_m137_c74_q20 ir_m164_c74_q20|"
    "ir_k5_m399_c67_q20 ir_k5_m201_c67_q28 ir_k5_m160_c67_q28 ir_k5_m213_c67_q28|"
    "ir_k5_s2_m637_c192_q27 ir_k5_m806_c192_q48 ir_k5_m798_c192_q48 ir_k5_m891_c192_q48 ir_k5_m990_c192_q48|"
    "ir_m1152_c320_q48 ir_m1912_c320_q80";
constexpr std::string_view kB2Pruned =
    "ds_c16_q8 ds_c16_q4|ir_s2_m54_c17_q4 ir_m69_c17_q6 ir_m61_c17_q6|"
    "ir_k5_s2_m86_c42_q6 ir_k5_m72_c42_q12 ir_k5_m98_c42_q12|"
    "ir_s2_m245_c85_q12 ir_m274_c85_q22 ir_m254_c85_q22 ir_m292_c85_q22|"
    "ir_k5_m502_c116_q22 ir_k5_m315_c116_q30 ir_k5_m354_c116_q30 ir_k5_m443_c116_q30|"
    "ir_k5_s2_m719_c208_q30 ir_k5_m1148_c208_q52 ir_k5_m1160_c208_q52 ir_k5_m1182_c208_q52 "
    "ir_k5_m1228_c208_q52|ir_m1248_c352_q52 ir_m2112_c352_q88";
constexpr std::string_view kB3Pruned =
    "ds_c24_q10 ds_c24_q6|ir_s2_m27_c12_q6 ir_m49_c12_q8 ir_m48_c12_q8|"
    "ir_k5_s2_m83_c40_q8 ir_k5_m90_c40_q12 ir_k5_m85_c40_q12|"
    "ir_s2_m215_c93_q12 ir_m261_c93_q24 ir_m219_c93_q24 ir_m254_c93_q24 ir_m236_c93_q24|"
    "ir_k5_m480_c120_q24 ir_k5_m235_c120_q34 ir_k5_m217_c120_q34 ir_k5_m226_c120_q33 ir_k5_m340_c120_q34|"
    "ir_k5_s2_m802_c232_q34 ir_k5_m1030_c232_q58 ir_k5_m924_c232_q58 ir_k5_m1016_c232_q58 "
    "ir_k5_m1130_c232_q58 ir_k5_m1266_c232_q58|ir_m1392_c384_q58 ir_m2301_c384_q96";
constexpr std::string_view kLite =
    "ds_r1_k3_s1_e1_c16|ir_r2_k3_s2_e6_c24|ir_r2_k5_s2_e6_c40|ir_r3_k3_s2_e6_c80|ir_r3_k5_s1_e6_c112|"
    "ir_r4_k5_s2_e6_c192|ir_r1_k3_s1_e6_c320";
constexpr std::string_view kEdge =
    "er_r1_k3_s1_e4_c24_fc24_noskip|er_r2_k3_s2_e8_c32|er_r4_k3_s2_e8_c48|ir_r5_k5_s2_e8_c96|ir_r4_k5_s1_e8_"
    "c144|"
    "ir_r2_k5_s2_e8_c192";
constexpr std::string_view kV2Base =
    "cn_r1_k3_s1_e1_c16_skip|er_r2_k3_s2_e4_c32|er_r2_k3_s2_e4_c48|ir_r3_k3_s2_e4_c96_se0.25|"
    "ir_r5_k3_s1_e6_c112_se0.25|ir_r8_k3_s2_e6_c192_se0.25";
constexpr std::string_view kV2S =
    "cn_r2_k3_s1_e1_c24_skip|er_r4_k3_s2_e4_c48|er_r4_k3_s2_e4_c64|ir_r6_k3_s2_e4_c128_se0.25|"
    "ir_r9_k3_s1_e6_c160_se0.25|ir_r15_k3_s2_e6_c256_se0.25";
constexpr std::string_view kV2RwS =
    "er_r2_k3_s1_e1_c24|er_r4_k3_s2_e4_c48|er_r4_k3_s2_e4_c64|ir_r6_k3_s2_e4_c128_se0.25|"
    "ir_r9_k3_s1_e6_c160_se0.25|ir_r15_k3_s2_e6_c272_se0.25";
/// The same with depths of 1.2 in the first four stages and 1.6 in the last two.
constexpr std::string_view kV2RwM =
    "er_r3_k3_s1_e1_c24|er_r5_k3_s2_e4_c48|er_r5_k3_s2_e4_c64|ir_r8_k3_s2_e4_c128_se0.25|"
    "ir_r15_k3_s1_e6_c160_se0.25|ir_r24_k3_s2_e6_c272_se0.25";
constexpr std::string_view kV2M =
    "cn_r3_k3_s1_e1_c24_skip|er_r5_k3_s2_e4_c48|er_r5_k3_s2_e4_c80|ir_r7_k3_s2_e4_c160_se0.25|"
    "ir_r14_k3_s1_e6_c176_se0.25|ir_r18_k3_s2_e6_c304_se0.25|ir_r5_k3_s1_e6_c512_se0.25";
constexpr std::string_view kV2L =
    "cn_r4_k3_s1_e1_c32_skip|er_r7_k3_s2_e4_c64|er_r7_k3_s2_e4_c96|ir_r10_k3_s2_e4_c192_se0.25|"
    "ir_r19_k3_s1_e6_c224_se0.25|ir_r25_k3_s2_e6_c384_se0.25|ir_r7_k3_s1_e6_c640_se0.25";
constexpr std::string_view kV2Xl =
    "cn_r4_k3_s1_e1_c32_skip|er_r8_k3_s2_e4_c64|er_r8_k3_s2_e4_c96|ir_r16_k3_s2_e4_c192_se0.25|"
    "ir_r24_k3_s1_e6_c256_se0.25|ir_r32_k3_s2_e6_c512_se0.25|ir_r8_k3_s1_e6_c640_se0.25";
constexpr std::string_view kMixS =
    "ds_r1_k3_s1_e1_c16|ir_r1_k3_a1.1_p1.1_s2_e6_c24 ir_r1_k3_a1.1_p1.1_s1_e3_c24|"
    "ir_r1_k3.5.7_s2_e6_c40_se0.5_nsw ir_r3_k3.5_a1.1_p1.1_s1_e6_c40_se0.5_nsw|"
    "ir_r1_k3.5.7_p1.1_s2_e6_c80_se0.25_nsw ir_r2_k3.5_p1.1_s1_e6_c80_se0.25_nsw|"
    "ir_r1_k3.5.7_a1.1_p1.1_s1_e6_c120_se0.5_nsw ir_r2_k3.5.7.9_a1.1_p1.1_s1_e3_c120_se0.5_nsw|"
    "ir_r1_k3.5.7.9.11_s2_e6_c200_se0.5_nsw ir_r2_k3.5.7.9_p1.1_s1_e6_c200_se0.5_nsw";
constexpr std::string_view kMixM =
    "ds_r1_k3_s1_e1_c24|ir_r1_k3.5.7_a1.1_p1.1_s2_e6_c32 ir_r1_k3_a1.1_p1.1_s1_e3_c32|"
    "ir_r1_k3.5.7.9_s2_e6_c40_se0.5_nsw ir_r3_k3.5_a1.1_p1.1_s1_e6_c40_se0.5_nsw|"
    "ir_r1_k3.5.7_s2_e6_c80_se0.25_nsw ir_r3_k3.5.7.9_a1.1_p1.1_s1_e6_c80_se0.25_nsw|"
    "ir_r1_k3_s1_e6_c120_se0.5_nsw ir_r3_k3.5.7.9_a1.1_p1.1_s1_e3_c120_se0.5_nsw|"
    "ir_r1_k3.5.7.9_s2_e6_c200_se0.5_nsw ir_r3_k3.5.7.9_p1.1_s1_e6_c200_se0.5_nsw";

constexpr MobileNet v1(std::string_view name, double width, double depth, int image,
                       std::string_view stages = kV1) {
  MobileNet net = scaled(name, stages, width, depth, image, "silu");
  net.source = "torchvision/models/efficientnet.py; arXiv 1905.11946";
  return net;
}
/// Other norms than batch norm, and groups of channels instead of depthwise convolutions.
constexpr MobileNet normed(MobileNet net, Norm norm, int group, int divisor = 8) {
  net.norm = norm;
  net.group = group;
  net.divisor = divisor;
  return net;
}
constexpr MobileNet blurred(MobileNet net) {
  net.blur = AntiAlias::blur;
  return net;
}
/// Every sample mixes its weights from experts.
constexpr MobileNet mixed_weights(std::string_view name, double depth, int factor, int image) {
  MobileNet net = v1(name, 1, depth, image, kCondConv);
  net.experts = factor;
  return net;
}
constexpr MobileNet pruned(std::string_view name, std::string_view stages, int stem, int head, int image) {
  MobileNet net = v1(name, 1, 1, image, stages);
  net.stem = stem;
  net.head = head;
  net.divisor = 1;
  return net;
}
constexpr MobileNet lite(std::string_view name, double width, double depth, int image) {
  MobileNet net = scaled(name, kLite, width, depth, image, "relu6");
  net.fix_stem = net.fix_head = net.fix_first_last = true;
  return net;
}
constexpr MobileNet edge(std::string_view name, double width, double depth, int image) {
  return scaled(name, kEdge, width, depth, image);
}
constexpr MobileNet tiny(std::string_view name, double width, double depth, int image) {
  MobileNet net = v1(name, width, depth, image);
  net.fix_stem = net.head_only_widens = net.round_depth = true;
  net.source = "arXiv 2010.14819";
  return net;
}
constexpr MobileNet v2(std::string_view name, std::string_view stages, int stem, int image, int head = 1280,
                       double width = 1, double depth = 1) {
  MobileNet net = scaled(name, stages, width, depth, image, "silu");
  net.stem = stem;
  net.head = head;
  net.source = "torchvision/models/efficientnet.py; arXiv 2104.00298";
  return net;
}
constexpr MobileNet v2_base(std::string_view name, double width, double depth, int image) {
  MobileNet net = v2(name, kV2Base, 32, image, 1280, width, depth);
  net.round_limit = 0;
  return net;
}
constexpr MobileNet mix(std::string_view name, std::string_view stages, int stem, double width,
                        double depth) {
  MobileNet net = scaled(name, stages, width, depth, 224);
  net.stem = stem;
  net.head = 1536;
  net.fix_head = net.round_depth = true;
  net.source = "arXiv 1907.09595";
  return net;
}

constexpr MobileNet kVariants[] = {
    v1("efficientnet_b0", 1, 1, 224),
    v1("efficientnet_b1", 1, 1.1, 240),
    v1("efficientnet_b2", 1.1, 1.2, 288),
    v1("efficientnet_b3", 1.2, 1.4, 300),
    v1("efficientnet_b4", 1.4, 1.8, 380),
    v1("efficientnet_b5", 1.6, 2.2, 456),
    v1("efficientnet_b6", 1.8, 2.6, 528),
    v1("efficientnet_b7", 2, 3.1, 600),
    v1("efficientnet_b8", 2.2, 3.6, 672),
    v1("efficientnet_l2", 4.3, 5.3, 800),
    v1("efficientnet_b2a", 1.1, 1.2, 288),
    v1("efficientnet_b3a", 1.2, 1.4, 320),
    normed(v1("efficientnet_b0_gn", 1, 1, 224), Norm::group, 1),
    normed(v1("efficientnet_b0_g8_gn", 1, 1, 224), Norm::group, 8),
    normed(v1("efficientnet_b0_g16_evos", 1, 1, 224), Norm::batch, 16, 16),  // as timm builds it
    normed(v1("efficientnet_b3_gn", 1.2, 1.4, 288), Norm::group, 1, 16),
    normed(v1("efficientnet_b3_g8_gn", 1.2, 1.4, 288), Norm::group, 8, 16),
    blurred(v1("efficientnet_blur_b0", 1, 1, 224)),
    mixed_weights("efficientnet_cc_b0_4e", 1, 1, 224),
    mixed_weights("efficientnet_cc_b0_8e", 1, 2, 224),
    mixed_weights("efficientnet_cc_b1_8e", 1.1, 2, 240),
    pruned("efficientnet_b1_pruned", kB1Pruned, 32, 1280, 240),
    pruned("efficientnet_b2_pruned", kB2Pruned, 32, 1408, 260),
    pruned("efficientnet_b3_pruned", kB3Pruned, 40, 1536, 300),
    lite("efficientnet_lite0", 1, 1, 224),
    lite("efficientnet_lite1", 1, 1.1, 240),
    lite("efficientnet_lite2", 1.1, 1.2, 260),
    lite("efficientnet_lite3", 1.2, 1.4, 300),
    lite("efficientnet_lite4", 1.4, 1.8, 380),
    edge("efficientnet_es", 1, 1, 224),
    edge("efficientnet_em", 1, 1.1, 240),
    edge("efficientnet_el", 1.2, 1.4, 300),
    edge("efficientnet_es_pruned", 1, 1, 224),  // pruned to zeros, not to fewer channels
    edge("efficientnet_el_pruned", 1.2, 1.4, 300),
    v2_base("efficientnetv2_b0", 1, 1, 224),
    v2_base("efficientnetv2_b1", 1, 1.1, 240),
    v2_base("efficientnetv2_b2", 1.1, 1.2, 260),
    v2_base("efficientnetv2_b3", 1.2, 1.4, 300),
    v2("efficientnet_v2_s", kV2S, 24, 384),
    v2("efficientnet_v2_m", kV2M, 24, 480),
    v2("efficientnet_v2_l", kV2L, 32, 480),
    v2("efficientnetv2_s", kV2S, 24, 384),
    v2("efficientnetv2_m", kV2M, 24, 480),
    v2("efficientnetv2_l", kV2L, 32, 480),
    v2("efficientnetv2_xl", kV2Xl, 32, 512),
    v2("efficientnetv2_rw_s", kV2RwS, 24, 384, 1792),
    v2("efficientnetv2_rw_t", kV2S, 24, 288, 1280, 0.8, 0.9),
    v2("efficientnetv2_rw_m", kV2RwM, 24, 416, 1792, 1.2),
    tiny("tinynet_a", 1, 1.2, 192),
    tiny("tinynet_b", 0.75, 1.1, 188),
    tiny("tinynet_c", 0.54, 0.85, 184),
    tiny("tinynet_d", 0.54, 0.695, 152),
    tiny("tinynet_e", 0.51, 0.6, 106),
    mix("mixnet_s", kMixS, 16, 1, 1),
    mix("mixnet_m", kMixM, 24, 1, 1),
    mix("mixnet_l", kMixM, 24, 1.3, 1),
    mix("mixnet_xl", kMixM, 24, 1.6, 1.2),
    mix("mixnet_xxl", kMixM, 24, 2.4, 1.3),
};

}  // namespace

std::unique_ptr<Family> make_family_efficientnet() { return make_variants(kVariants, build_mobile); }

}  // namespace scalesim::workloads
