// Parameters, multiply-accumulates and activations of the other convolutional networks: RegNet, ConvNeXt,
// DenseNet, CSPNet, VGG, RepVGG, Inception, Xception, DLA, HRNet, VoVNet, GENet, NFNet, Res2Net, ResNeSt,
// PoolFormer and ConvMixer, as timm prints them. (It leaves out ConvMixer's depthwise convolutions, which are
// padded by name.)
#include <gtest/gtest.h>

#include "timm_check.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kPrinted = R"(
convmixer_1024_20_ks9_p14 24.38 224 - -
convmixer_768_32 21.11 224 - -
convnext_atto 3.7 224 0.55 3.81, 288 0.91 6.3
convnext_atto_ols 3.7 224 0.58 4.11, 288 0.96 6.8
convnext_atto_rms 3.69 224 0.55 3.81, 256 0.71 4.98
convnext_base 88.59 224 15.38 28.75, 256 20.09 37.55, 288 25.43 47.53, 320 31.39 58.68, 384 45.21 84.49
convnext_base_384_in22ft1k 88.59 384 45.2 84.49
convnext_base_in22ft1k 88.59 224 15.38 28.75
convnext_femto 5.22 224 0.79 4.57, 288 1.3 7.56
convnext_femto_ols 5.23 224 0.82 4.87, 288 1.35 8.06
convnext_large 197.77 224 34.4 43.13, 288 56.87 71.29, 384 101.1 126.74
convnext_large_384_in22ft1k 197.77 384 101.09 126.74
convnext_large_in22ft1k 197.77 224 34.4 43.13
convnext_large_mlp 200.13 256 44.94 56.33, 320 70.21 88.02, 384 101.11 126.74
convnext_nano 15.59 224 2.46 8.37, 288 4.06 13.84, 384 7.22 24.61
convnext_nano_hnf 15.59 224 2.45 8.37
convnext_nano_ols 15.65 224 2.65 9.38, 288 4.38 15.5
convnext_pico 9.05 224 1.37 6.1, 288 2.27 10.08
convnext_pico_ols 9.06 224 1.43 6.5, 288 2.37 10.74
convnext_small 50.22 224 8.7 21.56, 288 14.39 35.65, 384 25.58 63.37
convnext_small_384_in22ft1k 50.22 384 25.58 63.37
convnext_small_in22ft1k 50.22 224 8.71 21.56
convnext_tiny 28.59 224 4.47 13.44, 288 7.39 22.21, 384 13.14 39.48
convnext_tiny_hnf 28.59 224 4.47 13.44, 288 7.39 22.21
convnext_tiny_in22ft1k 28.59 224 4.47 13.44
convnext_xlarge 350.2 224 60.98 57.5, 288 100.8 95.05, 384 179.2 168.99
convnext_xlarge_384_in22ft1k 350.2 384 179.18 168.99
convnext_xlarge_in22ft1k 350.2 224 60.97 57.5
convnext_xxlarge 846.47 256 198.09 124.45
convnext_zepto_rms 2.16 224 0.3 2.75
convnext_zepto_rms_ols 2.16 224 0.34 3.15
convnextv2_atto 3.71 224 0.55 3.81, 288 0.91 6.3
convnextv2_base 88.72 224 15.38 28.75, 288 25.43 47.53, 384 45.21 84.49
convnextv2_femto 5.23 224 0.79 4.57, 288 1.3 7.56
convnextv2_huge 660.29 224 115.0 79.07, 288 190.1 130.7, 384 337.96 232.35, 512 600.81 413.07
convnextv2_large 197.96 224 34.4 43.13, 288 56.87 71.29, 384 101.1 126.74
convnextv2_nano 15.62 224 2.46 8.37, 288 4.06 13.84, 384 7.22 24.61
convnextv2_pico 9.07 224 1.37 6.1, 288 2.27 10.08
convnextv2_small 50.32 224 8.71 21.56
convnextv2_tiny 28.64 224 4.47 13.44, 288 7.39 22.21, 384 13.14 39.48
cspdarknet53 27.64 256 6.57 16.81
cspresnet50 21.62 256 4.54 11.5
cspresnet50d 21.64 256 4.86 12.55
cspresnet50w 28.12 256 5.04 12.19
cspresnext50 20.57 224 3.1 12.14, 256 4.05 15.86
darknet17 14.3 256 3.26 7.18
darknet21 20.86 256 3.93 7.47
darknet53 41.61 256 9.31 12.39, 288 11.78 15.68
darknetaa53 36.02 256 7.97 12.39, 288 10.08 15.68
densenet121 7.98 224 2.87 6.9, 288 4.74 11.41
densenet121d 8.0 224 3.11 7.7
densenet169 14.15 224 3.4 7.3
densenet264 72.69 224 12.95 12.8
densenet264d 72.74 224 13.57 14.0
densenetblur121d 8.0 224 3.11 7.9, 288 5.14 13.06
dla102 33.27 224 7.19 14.18
dla102x 26.31 224 5.89 19.42
dla102x2 41.28 224 9.34 29.91
dla169 53.39 224 11.6 20.2
dla34 15.74 224 3.07 5.02
dla46_c 1.3 224 0.58 4.5
dla46x_c 1.07 224 0.54 5.66
dla60 22.04 224 4.26 10.16
dla60x 17.35 224 3.54 13.8
dla60x_c 1.32 224 0.59 6.01
dm_nfnet_f0 71.49 256 12.62 18.05
dm_nfnet_f1 132.63 320 35.97 46.77
dm_nfnet_f2 193.78 352 63.22 79.06
eca_nfnet_l0 24.14 288 7.12 17.29
eca_nfnet_l1 41.41 320 14.92 34.42
eca_nfnet_l2 56.72 384 30.05 68.28
ese_vovnet39b 24.57 224 7.09 6.74
ese_vovnet99b 63.2 224 16.51 11.27
gernet_l 31.08 256 4.57 8.0
gernet_m 21.14 224 3.02 5.24
gernet_s 8.17 224 0.75 2.65
hrnet_w18 21.3 224 4.32 16.31
hrnet_w18_small 13.19 224 1.61 5.72
hrnet_w32 41.23 224 8.97 22.02
hrnet_w48 77.47 224 17.34 28.56
inception_resnet_v2 55.84 299 13.18 25.06
inception_v4 42.68 299 12.28 15.09
legacy_xception 22.86 299 8.4 35.83
nf_ecaresnet50 25.56 224 4.21 11.13
nf_resnet101 44.55 224 8.01 16.23
nf_resnet26 16.0 224 2.41 7.35
nf_resnet50 25.56 288 6.88 18.37
nf_seresnet50 28.09 224 4.21 11.13
nfnet_f0 71.49 256 12.62 18.05
nfnet_l0 35.07 288 7.13 17.29
poolformer_m36 56.17 224 8.8 22.02
poolformer_m48 73.47 224 11.59 29.17
poolformer_s12 11.92 224 1.82 5.53
poolformer_s24 21.39 224 3.41 10.68
poolformer_s36 30.86 224 5.0 15.82
regnetv_040 20.64 224 4.0 12.29, 288 6.6 20.3
regnetv_064 30.58 224 6.39 16.41, 288 10.55 27.11
regnetx_002 2.68 224 0.2 2.16
regnetx_004 5.16 224 0.4 3.14
regnetx_004_tv 5.5 224 0.42 3.17
regnetx_006 6.2 224 0.61 3.98
regnetx_008 7.26 224 0.81 5.15
regnetx_016 9.19 224 1.62 7.93
regnetx_032 15.3 224 3.2 11.37
regnetx_040 22.12 224 3.99 12.2
regnetx_064 26.21 224 6.49 16.37
regnetx_080 39.57 224 8.02 14.06
regnetx_120 46.11 224 12.13 21.37
regnetx_160 54.28 224 15.99 25.52
regnetx_320 107.81 224 31.81 36.3
regnety_002 3.16 224 0.2 2.17
regnety_004 4.34 224 0.41 3.89
regnety_006 6.06 224 0.61 4.33
regnety_008 6.26 224 0.81 5.25
regnety_008_tv 6.43 224 0.84 5.42
regnety_016 11.2 224 1.63 8.04
regnety_032 19.44 224 3.2 11.26, 288 5.29 18.61
regnety_040 20.65 224 4.0 12.29, 288 6.61 20.3
regnety_040_sgn 20.65 224 4.03 12.29, 288 6.67 20.3
regnety_040s_gn 20.65 224 4.03 12.29
regnety_064 30.58 224 6.39 16.41, 288 10.56 27.11
regnety_080 39.18 224 8.0 17.97, 288 13.22 29.69
regnety_080_tv 39.38 224 8.51 19.73
regnety_120 51.82 224 12.14 21.38, 288 20.06 35.34
regnety_1280 644.81 224 127.66 71.58, 384 374.99 210.2
regnety_160 83.59 224 15.96 23.04, 288 26.37 38.07, 384 46.87 67.67
regnety_2560 1282.6 384 747.83 296.49
regnety_320 145.05 224 32.34 30.26, 384 95.0 88.87
regnety_640 281.38 224 64.16 42.5, 384 188.47 124.83
regnetz_005 7.12 224 0.52 5.86, 288 0.86 9.68
regnetz_040 27.12 256 4.06 24.19, 320 6.35 37.78
regnetz_040_h 28.94 256 4.12 24.29, 320 6.43 37.94
regnetz_040h 28.94 256 - -, 320 6.43 37.94
regnetz_b16 9.72 224 1.45 9.95, 288 2.39 16.43
regnetz_b16_evos 9.74 224 1.43 9.95, 288 2.36 16.43
regnetz_c16 13.46 256 2.51 16.57, 320 3.92 25.88
regnetz_c16_evos 13.49 256 2.48 16.57, 320 3.86 25.88
regnetz_d32 27.58 256 5.98 23.74, 320 9.33 37.08
regnetz_d8 23.37 256 3.97 23.74, 320 6.19 37.08
regnetz_d8_evos 23.46 256 4.5 24.92, 320 7.03 38.92
regnetz_e8 57.7 256 9.91 40.94, 320 15.46 63.94
repvgg_a0 9.11 224 1.52 3.59
repvgg_a1 14.09 224 2.64 4.74
repvgg_a2 28.21 224 5.7 6.26
repvgg_b0 15.82 224 3.41 6.15
repvgg_b1 57.42 224 13.16 10.64
repvgg_b2 89.02 224 20.45 12.9
repvgg_b3 123.09 224 29.16 15.1
repvgg_d2se 133.33 320 74.57 46.82
res2net101_26w_4s 45.21 224 8.1 18.45
res2net50_14w_8s 25.06 224 4.21 13.28
res2net50_26w_4s 25.7 224 4.28 12.61
res2net50_26w_6s 37.05 224 6.33 15.28
res2net50_26w_8s 48.4 224 8.37 17.95
res2net50_48w_2s 25.29 224 4.18 11.72
res2next50 24.67 224 4.2 13.71
resnest101e 48.28 256 13.38 28.66
resnest14d 10.61 224 2.76 7.33
resnest200e 70.2 320 35.69 82.78
resnest26d 17.07 224 3.64 9.97
resnest50d 27.48 224 5.4 14.36
resnest50d_1s4x24d 25.68 224 4.43 13.57
resnest50d_4s2x40d 30.42 224 4.4 17.94
tv_densenet121 7.98 224 2.87 6.9
vgg11 132.86 224 7.61 7.44
vgg11_bn 132.87 224 7.62 7.44
vgg13 133.05 224 11.31 12.25
vgg13_bn 133.05 224 11.33 12.25
vgg16 138.36 224 15.47 13.56
vgg16_bn 138.37 224 15.5 13.56
vgg19 143.67 224 19.63 14.86
vgg19_bn 143.68 224 19.66 14.86
vovnet39a 22.6 224 7.09 6.73
xception 22.86 299 8.4 35.83
xception41 26.97 299 9.28 39.86
xception41p 26.91 299 9.25 39.86
xception65 39.92 299 13.96 52.48
xception65p 39.82 299 13.91 52.48
xception71 42.34 299 18.09 69.92
)";

TEST(Timm, OtherConvolutionalNetworksCountAsTimmPrints) { expect_counts_of_timm(kPrinted); }

}  // namespace
}  // namespace scalesim::workloads
