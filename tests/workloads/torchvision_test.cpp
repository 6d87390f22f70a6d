// Parameters to the unit and MACs to half of the last printed digit against what torchvision 0.21 states for
// each of its classification weights (num_params and _ops of torchvision/models/*.py, at the crop of the
// weights).
#include <gtest/gtest.h>

#include "workloads/load/load_model.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {
namespace {

struct Row {
  std::string name;
  std::int64_t image;
  std::int64_t parameters;
  double gmacs;  ///< rounded to 3 decimals
};

const Row kRows[] = {
    {"alexnet", 224, 61100840, 0.714},             // IMAGENET1K_V1
    {"densenet121", 224, 7978856, 2.834},          // IMAGENET1K_V1
    {"densenet161", 224, 28681000, 7.728},         // IMAGENET1K_V1
    {"densenet169", 224, 14149480, 3.36},          // IMAGENET1K_V1
    {"densenet201", 224, 20013928, 4.291},         // IMAGENET1K_V1
    {"efficientnet_b0", 224, 5288548, 0.386},      // IMAGENET1K_V1
    {"efficientnet_b1", 240, 7794184, 0.687},      // IMAGENET1K_V1
    {"efficientnet_b1", 240, 7794184, 0.687},      // IMAGENET1K_V2
    {"efficientnet_b2", 288, 9109994, 1.088},      // IMAGENET1K_V1
    {"efficientnet_b3", 300, 12233232, 1.827},     // IMAGENET1K_V1
    {"efficientnet_b4", 380, 19341616, 4.394},     // IMAGENET1K_V1
    {"efficientnet_b5", 456, 30389784, 10.266},    // IMAGENET1K_V1
    {"efficientnet_b6", 528, 43040704, 19.068},    // IMAGENET1K_V1
    {"efficientnet_b7", 600, 66347960, 37.746},    // IMAGENET1K_V1
    {"googlenet", 224, 6624904, 1.498},            // IMAGENET1K_V1
    {"inception_v3", 299, 27161264, 5.713},        // IMAGENET1K_V1
    {"maxvit_t", 224, 30919624, 5.558},            // IMAGENET1K_V1
    {"mnasnet0_5", 224, 2218512, 0.104},           // IMAGENET1K_V1
    {"mnasnet0_75", 224, 3170208, 0.215},          // IMAGENET1K_V1
    {"mnasnet1_0", 224, 4383312, 0.314},           // IMAGENET1K_V1
    {"mnasnet1_3", 224, 6282256, 0.526},           // IMAGENET1K_V1
    {"mobilenet_v2", 224, 3504872, 0.301},         // IMAGENET1K_V1
    {"mobilenet_v2", 224, 3504872, 0.301},         // IMAGENET1K_V2
    {"mobilenet_v3_large", 224, 5483032, 0.217},   // IMAGENET1K_V1
    {"mobilenet_v3_large", 224, 5483032, 0.217},   // IMAGENET1K_V2
    {"mobilenet_v3_small", 224, 2542856, 0.057},   // IMAGENET1K_V1
    {"googlenet", 224, 6624904, 1.498},            // IMAGENET1K_FBGEMM_V1
    {"inception_v3", 299, 27161264, 5.713},        // IMAGENET1K_FBGEMM_V1
    {"mobilenet_v2", 224, 3504872, 0.301},         // IMAGENET1K_QNNPACK_V1
    {"mobilenet_v3_large", 224, 5483032, 0.217},   // IMAGENET1K_QNNPACK_V1
    {"resnet18", 224, 11689512, 1.814},            // IMAGENET1K_FBGEMM_V1
    {"resnet50", 224, 25557032, 4.089},            // IMAGENET1K_FBGEMM_V1
    {"resnet50", 224, 25557032, 4.089},            // IMAGENET1K_FBGEMM_V2
    {"resnext101_32x8d", 224, 88791336, 16.414},   // IMAGENET1K_FBGEMM_V1
    {"resnext101_32x8d", 224, 88791336, 16.414},   // IMAGENET1K_FBGEMM_V2
    {"shufflenet_v2_x0_5", 224, 1366792, 0.04},    // IMAGENET1K_FBGEMM_V1
    {"shufflenet_v2_x1_0", 224, 2278604, 0.145},   // IMAGENET1K_FBGEMM_V1
    {"shufflenet_v2_x1_5", 224, 3503624, 0.296},   // IMAGENET1K_FBGEMM_V1
    {"shufflenet_v2_x2_0", 224, 7393996, 0.583},   // IMAGENET1K_FBGEMM_V1
    {"resnet18", 224, 11689512, 1.814},            // IMAGENET1K_V1
    {"resnet34", 224, 21797672, 3.664},            // IMAGENET1K_V1
    {"resnet50", 224, 25557032, 4.089},            // IMAGENET1K_V1
    {"resnet50", 224, 25557032, 4.089},            // IMAGENET1K_V2
    {"resnet101", 224, 44549160, 7.801},           // IMAGENET1K_V1
    {"resnet101", 224, 44549160, 7.801},           // IMAGENET1K_V2
    {"resnet152", 224, 60192808, 11.514},          // IMAGENET1K_V1
    {"resnet152", 224, 60192808, 11.514},          // IMAGENET1K_V2
    {"resnext50_32x4d", 224, 25028904, 4.23},      // IMAGENET1K_V1
    {"resnext50_32x4d", 224, 25028904, 4.23},      // IMAGENET1K_V2
    {"resnext101_32x8d", 224, 88791336, 16.414},   // IMAGENET1K_V1
    {"resnext101_32x8d", 224, 88791336, 16.414},   // IMAGENET1K_V2
    {"wide_resnet50_2", 224, 68883240, 11.398},    // IMAGENET1K_V1
    {"wide_resnet50_2", 224, 68883240, 11.398},    // IMAGENET1K_V2
    {"wide_resnet101_2", 224, 126886696, 22.753},  // IMAGENET1K_V1
    {"wide_resnet101_2", 224, 126886696, 22.753},  // IMAGENET1K_V2
    {"shufflenet_v2_x0_5", 224, 1366792, 0.04},    // IMAGENET1K_V1
    {"shufflenet_v2_x1_0", 224, 2278604, 0.145},   // IMAGENET1K_V1
    {"shufflenet_v2_x1_5", 224, 3503624, 0.296},   // IMAGENET1K_V1
    {"shufflenet_v2_x2_0", 224, 7393996, 0.583},   // IMAGENET1K_V1
    {"squeezenet1_0", 224, 1248424, 0.819},        // IMAGENET1K_V1
    {"squeezenet1_1", 224, 1235496, 0.349},        // IMAGENET1K_V1
    {"vgg11", 224, 132863336, 7.609},              // IMAGENET1K_V1
    {"vgg11_bn", 224, 132868840, 7.609},           // IMAGENET1K_V1
    {"vgg13", 224, 133047848, 11.308},             // IMAGENET1K_V1
    {"vgg13_bn", 224, 133053736, 11.308},          // IMAGENET1K_V1
    {"vgg16", 224, 138357544, 15.47},              // IMAGENET1K_V1
    {"vgg16", 224, 138357544, 15.47},              // IMAGENET1K_FEATURES
    {"vgg16_bn", 224, 138365992, 15.47},           // IMAGENET1K_V1
    {"vgg19", 224, 143667240, 19.632},             // IMAGENET1K_V1
    {"vgg19_bn", 224, 143678248, 19.632},          // IMAGENET1K_V1
    {"vit_b_16", 224, 86567656, 17.564},           // IMAGENET1K_V1
    {"vit_b_16", 384, 86859496, 55.484},           // IMAGENET1K_SWAG_E2E_V1
    {"vit_b_16", 224, 86567656, 17.564},           // IMAGENET1K_SWAG_LINEAR_V1
    {"vit_b_32", 224, 88224232, 4.409},            // IMAGENET1K_V1
    {"vit_l_16", 224, 304326632, 61.555},          // IMAGENET1K_V1
    {"vit_l_16", 512, 305174504, 361.986},         // IMAGENET1K_SWAG_E2E_V1
    {"vit_l_16", 224, 304326632, 61.555},          // IMAGENET1K_SWAG_LINEAR_V1
    {"vit_l_32", 224, 306535400, 15.378},          // IMAGENET1K_V1
    {"vit_h_14", 518, 633470440, 1016.717},        // IMAGENET1K_SWAG_E2E_V1
    {"vit_h_14", 224, 632045800, 167.295},         // IMAGENET1K_SWAG_LINEAR_V1
};

class TorchvisionWeights : public ::testing::TestWithParam<Row> {};

TEST_P(TorchvisionWeights, AreCountedToTheUnit) {
  ModelOptions options;
  options.image = GetParam().image;
  const Model model = load_model(GetParam().name, options, DataCatalogue::embedded());
  EXPECT_EQ(model.parameter_count(), GetParam().parameters);
  EXPECT_NEAR(static_cast<double>(model.macs()) / 1e9, GetParam().gmacs, 0.00051);
}

INSTANTIATE_TEST_SUITE_P(Torchvision, TorchvisionWeights, ::testing::ValuesIn(kRows));

// num_params of SWIN_V2_T_Weights and its sisters; their _ops were counted with the network of positions.
TEST(Torchvision, SwinV2HasTheStatedParameters) {
  const struct {
    const char* name;
    std::int64_t parameters;
  } rows[] = {{"swin_v2_t", 28351570}, {"swin_v2_s", 49737442}, {"swin_v2_b", 87930848}};
  for (const auto& row : rows)
    EXPECT_EQ(load_model(row.name, {}, DataCatalogue::embedded()).parameter_count(), row.parameters)
        << row.name;
}

}  // namespace
}  // namespace scalesim::workloads
