// Parameters to the unit and MACs to half of the last printed digit against what torchvision 0.21 states for
// each of its classification weights (num_params and _ops of torchvision/models/*.py, at the crop of the
// weights).
#include <gtest/gtest.h>

#include "workloads/model.h"

namespace scalesim::workloads {
namespace {

struct Row {
  std::string name;
  std::int64_t image;
  std::int64_t parameters;
  double gmacs;  ///< rounded to 3 decimals
};

const Row kRows[] = {
    {"mobilenet_v2", 224, 3504872, 0.301},         // IMAGENET1K_V1
    {"mobilenet_v2", 224, 3504872, 0.301},         // IMAGENET1K_V2
    {"mobilenet_v2", 224, 3504872, 0.301},         // IMAGENET1K_QNNPACK_V1
    {"resnet18", 224, 11689512, 1.814},            // IMAGENET1K_FBGEMM_V1
    {"resnet50", 224, 25557032, 4.089},            // IMAGENET1K_FBGEMM_V1
    {"resnet50", 224, 25557032, 4.089},            // IMAGENET1K_FBGEMM_V2
    {"resnext101_32x8d", 224, 88791336, 16.414},   // IMAGENET1K_FBGEMM_V1
    {"resnext101_32x8d", 224, 88791336, 16.414},   // IMAGENET1K_FBGEMM_V2
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
    {"vgg11", 224, 132863336, 7.609},              // IMAGENET1K_V1
    {"vgg11_bn", 224, 132868840, 7.609},           // IMAGENET1K_V1
    {"vgg13", 224, 133047848, 11.308},             // IMAGENET1K_V1
    {"vgg13_bn", 224, 133053736, 11.308},          // IMAGENET1K_V1
    {"vgg16", 224, 138357544, 15.47},              // IMAGENET1K_V1
    {"vgg16", 224, 138357544, 15.47},              // IMAGENET1K_FEATURES
    {"vgg16_bn", 224, 138365992, 15.47},           // IMAGENET1K_V1
    {"vgg19", 224, 143667240, 19.632},             // IMAGENET1K_V1
    {"vgg19_bn", 224, 143678248, 19.632},          // IMAGENET1K_V1
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

}  // namespace
}  // namespace scalesim::workloads
