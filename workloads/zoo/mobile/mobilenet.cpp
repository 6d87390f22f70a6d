// MobileNet v1 to v3 and their relatives on phones, as block strings (workloads/build/mobile_blocks.h).
// v1 arXiv 1704.04861, v2 1801.04381, v3 1905.02244, MnasNet 1807.11626, FBNet 1812.03443 and 2006.02049,
// Single-Path NAS 1904.02877, LCNet 2109.15099, MobileNet EdgeTPU (Google AI blog, 2019).
#include "workloads/build/mobile_blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kV1 =
    "dsa_r1_k3_s1_c64|dsa_r2_k3_s2_c128|dsa_r2_k3_s2_c256|dsa_r6_k3_s2_c512|dsa_r2_k3_s2_c1024";
constexpr std::string_view kV2 =
    "ds_r1_k3_s1_c16|ir_r2_k3_s2_e6_c24|ir_r3_k3_s2_e6_c32|ir_r4_k3_s2_e6_c64|ir_r3_k3_s1_e6_c96|ir_r3_k3_s2_"
    "e6_c160|"
    "ir_r1_k3_s1_e6_c320";
constexpr std::string_view kV3Large =
    "ds_r1_k3_s1_e1_c16_nre|ir_r1_k3_s2_e4_c24_nre ir_r1_k3_s1_e3_c24_nre|ir_r3_k5_s2_e3_c40_se0.25_nre|"
    "ir_r1_k3_s2_e6_c80 ir_r1_k3_s1_e2.5_c80 ir_r2_k3_s1_e2.3_c80|ir_r2_k3_s1_e6_c112_se0.25|"
    "ir_r3_k5_s2_e6_c160_se0.25|cn_r1_k1_s1_c960";
constexpr std::string_view kV3Small =
    "ds_r1_k3_s2_e1_c16_se0.25_nre|ir_r1_k3_s2_e4.5_c24_nre ir_r1_k3_s1_e3.67_c24_nre|"
    "ir_r1_k5_s2_e4_c40_se0.25 ir_r2_k5_s1_e6_c40_se0.25|ir_r2_k5_s1_e3_c48_se0.25|ir_r3_k5_s2_e6_c96_se0.25|"
    "cn_r1_k1_s1_c576";
constexpr std::string_view kV3LargeMinimal =
    "ds_r1_k3_s1_e1_c16|ir_r1_k3_s2_e4_c24 ir_r1_k3_s1_e3_c24|ir_r3_k3_s2_e3_c40|"
    "ir_r1_k3_s2_e6_c80 ir_r1_k3_s1_e2.5_c80 ir_r2_k3_s1_e2.3_c80|ir_r2_k3_s1_e6_c112|ir_r3_k3_s2_e6_c160|"
    "cn_r1_k1_s1_c960";
constexpr std::string_view kV3SmallMinimal =
    "ds_r1_k3_s2_e1_c16|ir_r1_k3_s2_e4.5_c24 ir_r1_k3_s1_e3.67_c24|ir_r1_k3_s2_e4_c40 ir_r2_k3_s1_e6_c40|"
    "ir_r2_k3_s1_e3_c48|ir_r3_k3_s2_e6_c96|cn_r1_k1_s1_c576";
constexpr std::string_view kMnasB1 =
    "ds_r1_k3_s1_c16_noskip|ir_r3_k3_s2_e3_c24|ir_r3_k5_s2_e3_c40|ir_r3_k5_s2_e6_c80|ir_r2_k3_s1_e6_c96|"
    "ir_r4_k5_s2_e6_c192|ir_r1_k3_s1_e6_c320_noskip";
constexpr std::string_view kMnasA1 =
    "ds_r1_k3_s1_e1_c16_noskip|ir_r2_k3_s2_e6_c24|ir_r3_k5_s2_e3_c40_se0.25|ir_r4_k3_s2_e6_c80|"
    "ir_r2_k3_s1_e6_c112_se0.25|ir_r3_k5_s2_e6_c160_se0.25|ir_r1_k3_s1_e6_c320";
constexpr std::string_view kMnasSmall =
    "ds_r1_k3_s1_c8|ir_r1_k3_s2_e3_c16|ir_r2_k3_s2_e6_c16|ir_r4_k5_s2_e6_c32_se0.25|ir_r3_k3_s1_e6_c32_se0."
    "25|"
    "ir_r3_k5_s2_e6_c88_se0.25|ir_r1_k3_s1_e6_c144";
constexpr std::string_view kFbnetC =
    "ir_r1_k3_s1_e1_c16|ir_r1_k3_s2_e6_c24 ir_r2_k3_s1_e1_c24|"
    "ir_r1_k5_s2_e6_c32 ir_r1_k5_s1_e3_c32 ir_r1_k5_s1_e6_c32 ir_r1_k3_s1_e6_c32|"
    "ir_r1_k5_s2_e6_c64 ir_r1_k5_s1_e3_c64 ir_r2_k5_s1_e6_c64|ir_r3_k5_s1_e6_c112 ir_r1_k5_s1_e3_c112|"
    "ir_r4_k5_s2_e6_c184|ir_r1_k3_s1_e6_c352";
constexpr std::string_view kSpnas =
    "ds_r1_k3_s1_c16_noskip|ir_r3_k3_s2_e3_c24|ir_r1_k5_s2_e6_c40 ir_r3_k3_s1_e3_c40|"
    "ir_r1_k5_s2_e6_c80 ir_r3_k3_s1_e3_c80|ir_r1_k5_s1_e6_c96 ir_r3_k5_s1_e3_c96|ir_r4_k5_s2_e6_c192|"
    "ir_r1_k3_s1_e6_c320_noskip";
constexpr std::string_view kLcnet =
    "dsa_r1_k3_s1_c32|dsa_r2_k3_s2_c64|dsa_r2_k3_s2_c128|dsa_r1_k3_s2_c256 "
    "dsa_r1_k5_s1_c256|dsa_r4_k5_s1_c256|"
    "dsa_r2_k5_s2_c512_se0.25";
constexpr std::string_view kFbnetV3B =
    "ds_r2_k3_s1_e1_c16|ir_r1_k5_s2_e4_c24 ir_r3_k5_s1_e2_c24|ir_r1_k5_s2_e5_c40_se0.25 "
    "ir_r4_k5_s1_e3_c40_se0.25|"
    "ir_r1_k5_s2_e5_c72 ir_r4_k3_s1_e3_c72|ir_r1_k3_s1_e5_c120_se0.25 ir_r5_k5_s1_e3_c120_se0.25|"
    "ir_r1_k3_s2_e6_c184_se0.25 ir_r5_k5_s1_e4_c184_se0.25 ir_r1_k5_s1_e6_c224_se0.25|cn_r1_k1_s1_c1344";
constexpr std::string_view kFbnetV3D =
    "ds_r2_k3_s1_e1_c16|ir_r1_k3_s2_e5_c24 ir_r5_k3_s1_e2_c24|ir_r1_k5_s2_e4_c40_se0.25 "
    "ir_r4_k3_s1_e3_c40_se0.25|"
    "ir_r1_k3_s2_e5_c72 ir_r4_k3_s1_e3_c72|ir_r1_k3_s1_e5_c128_se0.25 ir_r6_k5_s1_e3_c128_se0.25|"
    "ir_r1_k3_s2_e6_c208_se0.25 ir_r5_k5_s1_e5_c208_se0.25 ir_r1_k5_s1_e6_c240_se0.25|cn_r1_k1_s1_c1440";
constexpr std::string_view kFbnetV3G =
    "ds_r3_k3_s1_e1_c24|ir_r1_k5_s2_e4_c40 ir_r4_k5_s1_e2_c40|ir_r1_k5_s2_e4_c56_se0.25 "
    "ir_r4_k5_s1_e3_c56_se0.25|"
    "ir_r1_k5_s2_e5_c104 ir_r4_k3_s1_e3_c104|ir_r1_k3_s1_e5_c160_se0.25 ir_r8_k5_s1_e3_c160_se0.25|"
    "ir_r1_k3_s2_e6_c264_se0.25 ir_r6_k5_s1_e5_c264_se0.25 ir_r2_k5_s1_e6_c288_se0.25|cn_r1_k1_s1_c1728";
constexpr std::string_view kEdgeTpu =
    "cn_r1_k1_s1_c16|er_r1_k3_s2_e8_c32 er_r3_k3_s1_e4_c32|er_r1_k3_s2_e8_c48 er_r3_k3_s1_e4_c48|"
    "ir_r1_k3_s2_e8_c96 ir_r3_k3_s1_e4_c96|ir_r1_k3_s1_e8_c96_noskip ir_r3_k3_s1_e4_c96|"
    "ir_r1_k5_s2_e8_c160 ir_r3_k5_s1_e4_c160|ir_r1_k3_s1_e8_c192";
constexpr std::string_view kEdgeV2Xs =
    "cn_k1_c16|er_s2_e8_c32 er_e4_gs64_c32|er_s2_e8_c48 er_e4_gs64_c48 er_e4_c48 er_e4_gs64_c48|"
    "er_s2_e8_c96 ir_r3_e4_c96|ir_e8_c144 ir_r3_e4_c144|ir_s2_e8_c160 ir_r3_e4_c160|ir_e8_c192";
constexpr std::string_view kEdgeV2S =
    "cn_k1_c24|er_s2_e8_c48 er_e4_gs64_c48|er_s2_e8_c64 er_e4_gs64_c64 er_e4_c64 er_e4_gs64_c64|"
    "er_s2_e8_c128 ir_r3_e4_c128|ir_e8_c160 ir_r3_e4_c160|ir_s2_e8_c192 ir_r3_e4_c192|ir_e8_c256";
constexpr std::string_view kEdgeV2M =
    "cn_k1_c32|er_s2_e8_c64 er_e4_gs64_c64|er_s2_e8_c80 er_e4_gs64_c80 er_e4_c80 er_e4_gs64_c80|"
    "er_s2_e8_c160 ir_r3_e4_c160|ir_e8_c192 ir_r3_e4_c192|ir_s2_e8_c240 ir_r3_e4_c240|ir_e8_c320";
constexpr std::string_view kEdgeV2L =
    "cn_k1_c32|er_s2_e8_c64 er_e4_gs128_c64|er_s2_e8_c96 er_e4_gs128_c96 er_e4_c96 er_e4_gs128_c96|"
    "er_s2_e8_c192 ir_r3_e4_c192|ir_e8_c240 ir_r3_e4_c240|ir_s2_e8_c256 ir_r3_e4_c256|ir_e8_c384";

constexpr MobileNet v1(std::string_view name, double width, int head = 0) {
  MobileNet net = scaled(name, kV1, width, 1, 224, "relu6");
  net.head = head;
  net.fix_head = true;
  return net;
}
constexpr MobileNet v2(std::string_view name, double width, double depth = 1, bool fixed = false) {
  MobileNet net = scaled(name, kV2, width, depth, 224, "relu6");
  net.fix_stem = net.fix_head = net.fix_first_last = fixed;
  net.head_only_widens = true;
  net.source = "torchvision/models/mobilenetv2.py; arXiv 1801.04381";
  return net;
}
/// Pools before the last convolution.
constexpr MobileNet late(MobileNet net, int stem, int head, std::string_view source) {
  net.stem = stem;
  net.head = head;
  net.fix_head = net.pool_first = true;
  net.se_gate = "hard_sigmoid";
  net.source = source;
  return net;
}
constexpr MobileNet v3(std::string_view name, std::string_view stages, int head, double width,
                       double depth = 1, std::string_view act = "hard_swish") {
  MobileNet net = late(scaled(name, stages, width, depth, 224, act), 16, head,
                       "torchvision/models/mobilenetv3.py; arXiv 1905.02244");
  net.fix_stem = width < 0.75;
  net.se_of_expansion = net.se_round = true;
  net.se_act = "relu";
  return net;
}
constexpr MobileNet mnas(std::string_view name, std::string_view stages, double width, int stem = 32) {
  MobileNet net = scaled(name, stages, width, 1, 224);
  net.stem = stem;
  net.fix_head = true;
  net.source = "torchvision/models/mnasnet.py; arXiv 1807.11626";
  return net;
}
constexpr MobileNet lcnet(std::string_view name, double width) {
  MobileNet net = late(scaled(name, kLcnet, width, 1, 224, "hard_swish"), 16, 1280, "arXiv 2109.15099");
  net.se_of_expansion = true;
  net.se_act = "relu";
  return net;
}
constexpr MobileNet fbnet_v3(std::string_view name, std::string_view stages, int stem, int image) {
  MobileNet net = late(scaled(name, stages, 1, 1, image, "hard_swish"), stem, 1984, "arXiv 2006.02049");
  net.head_bias = false;
  net.se_round = true;
  net.se_act = "hard_swish";
  net.round_limit = 0.95;
  return net;
}
constexpr MobileNet edge_v2(std::string_view name, std::string_view stages, int stem, int kernel, int head) {
  MobileNet net = scaled(name, stages, 1, 1, 224);
  net.stem = stem;
  net.stem_kernel = kernel;
  net.head = head;
  net.fix_head = true;
  net.source = "tensorflow/models official/projects/edgetpu/vision";
  return net;
}

constexpr MobileNet kVariants[] = {
    v1("mobilenetv1_100", 1),
    v1("mobilenetv1_100h", 1, 1024),
    v1("mobilenetv1_125", 1.25),
    v1("mobilenetv1_075", 0.75),
    v1("mobilenetv1_050", 0.5),
    v1("mobilenet_v1", 1),
    v2("mobilenet_v2", 1),
    v2("mobilenetv2_035", 0.35),
    v2("mobilenetv2_050", 0.5),
    v2("mobilenetv2_075", 0.75),
    v2("mobilenetv2_100", 1),
    v2("mobilenetv2_140", 1.4),
    v2("mobilenetv2_110d", 1.1, 1.2, true),
    v2("mobilenetv2_120d", 1.2, 1.4, true),
    v3("mobilenet_v3_large", kV3Large, 1280, 1),
    v3("mobilenet_v3_small", kV3Small, 1024, 1),
    v3("mobilenetv3_large_075", kV3Large, 1280, 0.75),
    v3("mobilenetv3_large_100", kV3Large, 1280, 1),
    v3("mobilenetv3_large_150d", kV3Large, 1280, 1.5, 1.2),
    v3("mobilenetv3_rw", kV3Large, 1280, 1),
    v3("mobilenetv3_large_100_miil", kV3Large, 1280, 1),
    v3("mobilenetv3_small_050", kV3Small, 1024, 0.5),
    v3("mobilenetv3_small_075", kV3Small, 1024, 0.75),
    v3("mobilenetv3_small_100", kV3Small, 1024, 1),
    v3("mobilenetv3_large_minimal_100", kV3LargeMinimal, 1280, 1, 1, "relu"),
    v3("mobilenetv3_small_minimal_100", kV3SmallMinimal, 1024, 1, 1, "relu"),
    mnas("mnasnet0_5", kMnasB1, 0.5),
    mnas("mnasnet0_75", kMnasB1, 0.75),
    mnas("mnasnet1_0", kMnasB1, 1),
    mnas("mnasnet1_3", kMnasB1, 1.3),
    mnas("mnasnet_050", kMnasB1, 0.5),
    mnas("mnasnet_075", kMnasB1, 0.75),
    mnas("mnasnet_100", kMnasB1, 1),
    mnas("mnasnet_b1", kMnasB1, 1),
    mnas("mnasnet_140", kMnasB1, 1.4),
    mnas("mnasnet_a1", kMnasA1, 1),
    mnas("mnasnet_small", kMnasSmall, 1, 8),
    mnas("semnasnet_050", kMnasA1, 0.5),
    mnas("semnasnet_075", kMnasA1, 0.75),
    mnas("semnasnet_100", kMnasA1, 1),
    mnas("semnasnet_140", kMnasA1, 1.4),
    lcnet("lcnet_035", 0.35),
    lcnet("lcnet_050", 0.5),
    lcnet("lcnet_075", 0.75),
    lcnet("lcnet_100", 1),
    lcnet("lcnet_150", 1.5),
    fbnet_v3("fbnetv3_b", kFbnetV3B, 16, 224),
    fbnet_v3("fbnetv3_d", kFbnetV3D, 24, 224),
    fbnet_v3("fbnetv3_g", kFbnetV3G, 32, 240),
    edge_v2("mobilenet_edgetpu_v2_xs", kEdgeV2Xs, 32, 3, 1280),
    edge_v2("mobilenet_edgetpu_v2_s", kEdgeV2S, 64, 5, 1280),
    edge_v2("mobilenet_edgetpu_v2_m", kEdgeV2M, 64, 5, 1344),
    edge_v2("mobilenet_edgetpu_v2_l", kEdgeV2L, 64, 7, 1408),
    {.name = "fbnetc_100",
     .stages = kFbnetC,
     .stem = 16,
     .head = 1984,
     .fix_head = true,
     .source = "arXiv 1812.03443"},
    {.name = "spnasnet_100", .stages = kSpnas, .fix_head = true, .source = "arXiv 1904.02877"},
    {.name = "mobilenet_edgetpu_100",
     .stages = kEdgeTpu,
     .fix_head = true,
     .source = "Google AI blog, November 2019"},
};

}  // namespace

std::unique_ptr<Family> make_family_mobilenet() { return make_variants(kVariants, build_mobile); }

}  // namespace scalesim::workloads
