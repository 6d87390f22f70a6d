// Parameters, multiply-accumulates and activations of MobileNet v1 to v4, EfficientNet, MnasNet, FBNet,
// LCNet, MixNet, TinyNet and GhostNet, as timm prints them.
#include <gtest/gtest.h>

#include "timm_check.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kPrinted = R"(
efficientnet_b0 5.29 224 0.4 6.75, 256 0.52 8.81
efficientnet_b0_g16_evos 8.11 224 1.01 7.42
efficientnet_b0_g8_gn 6.56 224 0.66 6.75
efficientnet_b0_gn 5.29 224 0.42 6.75
efficientnet_b1 7.79 224 0.59 9.36, 240 0.71 10.88, 256 0.77 12.22
efficientnet_b1_pruned 6.33 240 0.4 6.21
efficientnet_b2 9.11 256 0.89 12.81, 288 1.12 16.2
efficientnet_b2_pruned 8.31 260 0.73 9.13
efficientnet_b2a 9.11 256 - -, 288 1.12 16.2
efficientnet_b3 12.23 288 1.63 21.49, 320 2.01 26.52
efficientnet_b3_g8_gn 14.25 288 2.59 23.35, 320 3.2 28.83
efficientnet_b3_gn 11.73 288 1.74 23.35, 320 2.14 28.83
efficientnet_b3_pruned 9.86 300 1.04 11.86
efficientnet_b3a 12.23 288 - -, 320 2.01 26.52
efficientnet_b4 19.34 320 3.13 34.76, 384 4.51 50.04
efficientnet_b5 30.39 416 8.27 80.68, 448 9.59 93.56, 456 10.46 98.86
efficientnet_b6 43.04 528 19.4 167.39
efficientnet_b7 66.35 600 38.33 289.94
efficientnet_b8 87.41 672 63.48 442.89
efficientnet_blur_b0 5.29 224 0.43 8.72
efficientnet_cc_b0_4e 13.31 224 0.41 9.42
efficientnet_cc_b0_8e 24.01 224 0.42 9.42
efficientnet_cc_b1_8e 39.72 240 0.75 15.44
efficientnet_el 10.59 300 8.0 30.7
efficientnet_el_pruned 10.59 300 8.0 30.7
efficientnet_em 6.9 240 3.04 14.34
efficientnet_es 5.44 224 1.81 8.73
efficientnet_es_pruned 5.44 224 1.81 8.73
efficientnet_l2 480.31 800 479.12 1707.39
efficientnet_lite0 4.65 224 0.4 6.74
efficientnet_lite1 5.42 240 0.62 10.14
efficientnet_lite2 6.09 260 0.89 12.9
efficientnet_lite3 8.2 300 1.65 21.85
efficientnet_lite4 13.01 380 4.04 45.66
efficientnetv2_l 118.52 384 36.1 101.16, 480 56.4 157.99
efficientnetv2_m 54.14 320 11.01 39.97, 416 18.6 67.5
efficientnetv2_rw_m 53.24 320 12.72 47.14, 416 21.49 79.62
efficientnetv2_rw_s 23.94 288 4.91 21.41, 384 8.72 38.03
efficientnetv2_rw_t 13.65 224 1.93 9.94, 288 3.19 16.42
efficientnetv2_s 21.46 288 4.75 20.13, 384 8.44 35.77
efficientnetv2_xl 208.12 384 52.81 139.2, 512 93.85 247.32
fbnetc_100 5.57 224 0.4 6.51
fbnetv3_b 8.6 224 0.42 6.97, 256 0.55 9.1
fbnetv3_d 10.31 224 0.52 8.5, 256 0.68 11.1
fbnetv3_g 16.62 240 1.28 14.87, 288 1.77 21.09
ghostnet_050 2.59 224 0.05 1.77
ghostnet_100 5.18 224 0.15 3.55
ghostnet_130 7.36 224 0.24 4.6
ghostnetv2_100 6.16 224 0.18 4.55
ghostnetv2_130 8.96 224 0.28 5.9
ghostnetv2_160 12.39 224 - -
lcnet_035 1.64 224 0.03 1.04
lcnet_050 1.88 224 0.05 1.26
lcnet_075 2.36 224 0.1 1.99
lcnet_100 2.95 224 0.16 2.52
lcnet_150 4.5 224 0.34 3.79
mixnet_l 7.33 224 0.58 10.84
mixnet_m 5.01 224 0.36 8.19
mixnet_s 4.13 224 0.25 6.25
mixnet_xl 11.9 224 0.93 14.57
mixnet_xxl 23.96 224 2.04 23.43
mnasnet_050 2.22 224 0.11 3.07
mnasnet_075 3.17 224 0.23 4.77
mnasnet_100 4.38 224 0.33 5.46
mnasnet_140 7.12 224 0.6 7.71
mnasnet_a1 3.89 224 0.32 6.23
mnasnet_b1 4.38 224 0.33 5.46
mnasnet_small 2.03 224 0.07 2.16
mobilenet_edgetpu_100 4.09 224 1.0 5.75
mobilenet_edgetpu_v2_l 10.92 224 2.55 9.05
mobilenet_edgetpu_v2_m 8.46 224 1.85 8.15, 256 2.42 10.65
mobilenet_edgetpu_v2_s 5.99 224 1.21 6.6
mobilenet_edgetpu_v2_xs 4.46 224 0.7 4.8
mobilenetv1_100 4.23 224 0.58 5.04, 256 0.76 6.59
mobilenetv1_100h 5.28 224 0.63 5.09, 256 0.82 6.65
mobilenetv1_125 6.27 224 0.89 6.3, 256 1.16 8.23
mobilenetv2_035 1.68 224 0.07 2.86
mobilenetv2_050 1.97 224 0.1 3.64
mobilenetv2_075 2.64 224 0.22 5.86
mobilenetv2_100 3.5 224 0.31 6.68
mobilenetv2_110d 4.52 224 0.45 8.71
mobilenetv2_120d 5.83 224 0.69 11.97
mobilenetv2_140 6.11 224 0.6 9.57
mobilenetv3_large_075 3.99 224 0.16 4.0
mobilenetv3_large_100 5.48 224 0.23 4.41, 256 0.29 5.75
mobilenetv3_large_100_miil 5.48 224 0.23 4.41
mobilenetv3_large_150d 14.62 224 - -, 256 1.03 12.35, 320 1.61 19.29
mobilenetv3_rw 5.48 224 0.23 4.41
mobilenetv3_small_050 1.59 224 0.03 0.92
mobilenetv3_small_075 2.04 224 0.05 1.3
mobilenetv3_small_100 2.54 224 0.06 1.42
mobilenetv4_conv_aa_large 32.59 384 7.07 32.29, 448 9.63 43.94, 480 11.05 50.45, 544 14.19 64.79
mobilenetv4_conv_aa_medium 9.72 256 1.58 10.3
mobilenetv4_conv_blur_medium 9.72 224 1.22 8.58, 256 1.59 11.2
mobilenetv4_conv_large 32.59 256 2.86 12.14, 320 4.47 18.97, 384 6.43 27.31, 448 8.75 37.17
mobilenetv4_conv_medium 9.72 224 0.84 5.8, 256 1.1 7.58, 320 1.71 11.84, 384 2.46 17.05
mobilenetv4_conv_small 3.77 224 0.19 1.97, 256 0.25 2.57, 320 0.39 4.01
mobilenetv4_conv_small_035 1.91 224 0.05 0.98
mobilenetv4_conv_small_050 2.24 224 0.07 1.18, 256 0.09 1.55
mobilenetv4_hybrid_large 37.76 384 7.77 34.52, 448 10.74 48.61
mobilenetv4_hybrid_large_075 22.75 256 2.06 11.64
mobilenetv4_hybrid_medium 11.07 224 0.98 6.84, 256 1.29 9.01, 320 2.05 14.36, 384 3.01 21.18, 448 4.2 29.64
mobilenetv4_hybrid_medium_075 7.31 224 0.66 5.65
repghostnet_050 2.31 224 0.05 2.02
repghostnet_058 2.55 224 0.07 2.59
repghostnet_080 3.28 224 0.1 3.22
repghostnet_111 4.54 224 0.18 4.38
repghostnet_130 5.48 224 0.25 5.24
repghostnet_150 6.58 224 0.32 6.0
repghostnet_200 9.8 224 0.54 7.96
semnasnet_050 2.08 224 0.11 3.44
semnasnet_075 2.91 224 0.23 5.54
semnasnet_100 3.89 224 0.32 6.23
semnasnet_140 6.11 224 0.6 8.87
spnasnet_100 4.42 224 0.35 6.03
tf_efficientnet_b0 5.29 224 0.4 6.75
tf_efficientnet_b0_ap 5.29 224 0.4 6.75
tf_efficientnet_b0_ns 5.29 224 0.4 6.75
tf_efficientnet_b1 7.79 240 0.71 10.88
tf_efficientnet_b1_ap 7.79 240 0.71 10.88
tf_efficientnet_b1_ns 7.79 240 0.71 10.88
tf_efficientnet_b2 9.11 260 1.02 13.83
tf_efficientnet_b2_ap 9.11 260 1.02 13.83
tf_efficientnet_b2_ns 9.11 260 1.02 13.83
tf_efficientnet_b3 12.23 300 1.87 23.83
tf_efficientnet_b3_ap 12.23 300 1.87 23.83
tf_efficientnet_b3_ns 12.23 300 1.87 23.83
tf_efficientnet_b4 19.34 380 4.49 49.49
tf_efficientnet_b4_ap 19.34 380 4.49 49.49
tf_efficientnet_b4_ns 19.34 380 4.49 49.49
tf_efficientnet_b5 30.39 456 10.46 98.86
tf_efficientnet_b5_ap 30.39 456 10.46 98.86
tf_efficientnet_b5_ns 30.39 456 10.46 98.86
tf_efficientnet_b6 43.04 528 19.4 167.39
tf_efficientnet_b6_ap 43.04 528 19.4 167.39
tf_efficientnet_b6_ns 43.04 528 19.4 167.39
tf_efficientnet_b7 66.35 600 38.33 289.94
tf_efficientnet_b7_ap 66.35 600 38.33 289.94
tf_efficientnet_b7_ns 66.35 600 38.33 289.94
tf_efficientnet_b8 87.41 672 63.48 442.89
tf_efficientnet_b8_ap 87.41 672 63.48 442.89
tf_efficientnet_cc_b0_4e 13.31 224 0.41 9.42
tf_efficientnet_cc_b0_8e 24.01 224 0.42 9.42
tf_efficientnet_cc_b1_8e 39.72 240 0.75 15.44
tf_efficientnet_el 10.59 300 8.0 30.7
tf_efficientnet_em 6.9 240 3.04 14.34
tf_efficientnet_es 5.44 224 1.81 8.73
tf_efficientnet_l2 480.31 475 172.11 609.89, 800 479.12 1707.39
tf_efficientnet_l2_ns 480.31 800 479.12 1707.39
tf_efficientnet_l2_ns_475 480.31 475 172.11 609.89
tf_efficientnet_lite0 4.65 224 0.4 6.74
tf_efficientnet_lite1 5.42 240 0.62 10.14
tf_efficientnet_lite2 6.09 260 0.89 12.9
tf_efficientnet_lite3 8.2 300 1.65 21.85
tf_efficientnet_lite4 13.01 380 4.04 45.66
tf_efficientnetv2_b0 7.14 192 0.54 3.51, 224 0.73 4.77
tf_efficientnetv2_b1 8.14 192 0.76 4.59, 240 1.21 7.34
tf_efficientnetv2_b2 10.1 208 1.06 6.0, 260 1.72 9.84
tf_efficientnetv2_b3 14.36 240 1.93 9.95, 300 3.04 15.74
tf_efficientnetv2_l 118.52 384 36.1 101.16, 480 56.4 157.99
tf_efficientnetv2_l_in21ft1k 118.52 384 - -, 480 56.4 157.99
tf_efficientnetv2_m 54.14 384 15.85 57.52, 480 24.76 89.84
tf_efficientnetv2_m_in21ft1k 54.14 384 - -, 480 24.76 89.84
tf_efficientnetv2_s 21.46 300 5.35 22.73, 384 8.44 35.77
tf_efficientnetv2_s_in21ft1k 21.46 300 - -, 384 8.44 35.77
tf_efficientnetv2_xl 208.12 384 52.81 139.2, 512 93.85 247.32
tf_efficientnetv2_xl_in21ft1k 208.12 384 - -, 512 93.85 247.32
tf_mixnet_l 7.33 224 0.58 10.84
tf_mixnet_m 5.01 224 0.36 8.19
tf_mixnet_s 4.13 224 0.25 6.25
tf_mobilenetv3_large_075 3.99 224 0.16 4.0
tf_mobilenetv3_large_100 5.48 224 0.23 4.41
tf_mobilenetv3_large_minimal_100 3.92 224 0.22 4.4
tf_mobilenetv3_small_075 2.04 224 0.05 1.3
tf_mobilenetv3_small_100 2.54 224 0.06 1.42
tf_mobilenetv3_small_minimal_100 2.04 224 0.06 1.41
tinynet_a 6.19 192 0.35 5.41
tinynet_b 3.73 188 0.21 4.44
tinynet_c 2.46 184 0.11 2.87
tinynet_d 2.34 152 0.05 1.42
tinynet_e 2.04 106 0.03 0.69
)";

TEST(Timm, MobileNetworksCountAsTimmPrints) { expect_counts_of_timm(kPrinted); }

}  // namespace
}  // namespace scalesim::workloads
