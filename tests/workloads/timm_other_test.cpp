// Parameters, multiply-accumulates and activations of networks of dense layers (Mixer, ResMLP, gMLP) and of
// transformers over windows, pyramids and patches (Swin, PVT v2, BEiT, CaiT, MobileViT), as timm prints them.
// The networks that make Swin v2's positions run once a step, so only its parameters are compared.
#include <gtest/gtest.h>

#include "timm_check.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kPrinted = R"(
beit_base_patch16_224 86.53 224 17.58 23.9
beit_base_patch16_384 86.74 384 55.54 101.56
beit_large_patch16_224 304.43 224 61.6 63.52
cait_s24_224 46.92 224 9.35 40.58
cait_xxs24_224 11.96 224 2.53 20.29
cait_xxs24_384 12.03 384 9.63 122.66
cait_xxs36_224 17.3 224 3.77 30.34
gmixer_12_224 12.7 224 2.67 7.26
gmixer_24_224 24.72 224 5.28 14.45
gmlp_b16_224 73.08 224 15.78 30.21
gmlp_s16_224 19.42 224 4.42 15.1
gmlp_ti16_224 5.87 224 1.34 7.55
mixer_b16_224 59.88 224 12.62 14.53
mixer_b32_224 60.29 224 3.24 6.29
mixer_l16_224 208.2 224 44.6 41.69
mixer_l32_224 206.94 224 11.27 19.86
mixer_s16_224 18.53 224 3.79 5.97
mixer_s32_224 19.1 224 1.0 2.28
mobilevit_s 5.58 256 2.03 19.94
mobilevit_xs 2.32 256 1.05 16.33
mobilevit_xxs 1.27 256 0.42 8.34
pvt_v2_b0 3.67 224 0.57 7.99
pvt_v2_b1 14.01 224 2.12 15.39
pvt_v2_b2 25.36 224 4.05 27.53
pvt_v2_b3 45.24 224 6.92 37.7
pvt_v2_b4 62.56 224 10.14 53.74
pvt_v2_b5 81.96 224 11.76 50.92
resmlp_12_224 15.35 224 3.01 5.5
resmlp_24_224 30.02 224 5.96 10.91
resmlp_36_224 44.69 224 8.91 16.33
resmlp_big_24_224 129.14 224 100.23 87.31
swin_base_patch4_window7_224 87.77 224 15.47 36.63
swin_large_patch4_window7_224 196.53 224 34.53 54.94
swin_small_patch4_window7_224 49.61 224 8.77 27.47
swin_tiny_patch4_window7_224 28.29 224 4.51 17.06
swinv2_base_window8_256 87.92 256 - -
swinv2_small_window16_256 49.73 256 - -
swinv2_small_window8_256 49.73 256 - -
swinv2_tiny_window16_256 28.35 256 - -
swinv2_tiny_window8_256 28.35 256 - -
)";

TEST(Timm, NetworksOfOtherDesignsCountAsTimmPrints) { expect_counts_of_timm(kPrinted); }

}  // namespace
}  // namespace scalesim::workloads
