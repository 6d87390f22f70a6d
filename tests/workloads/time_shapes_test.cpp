// Convolutions as the products they run as, and attention with its scores in memory, on a GPU of round
// figures.
#include <gtest/gtest.h>

#include "tests/workloads/time_gpus.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads {
namespace {

topology::GpuSpec gpu_of(double bandwidth) {
  topology::GpuSpec gpu = round_gpu();
  gpu.memory_bandwidth = BytesPerSecond(bandwidth);
  return gpu;
}

double product(const GemmShape& shape) { return best_tile_seconds(shape, {100e12, 100, 0, 1e18}); }

ComputeSettings batch_of_two() {
  ComputeSettings settings;
  settings.batch = 2;
  return settings;
}

// 64 to 128 channels, 3 x 3 on 28 x 28, two samples: 1568 positions, a depth of 576. The input gradient
// reduces over 128 * 9.
TEST(ConvolutionShapes, GradientsSwapTheSidesOfTheProduct) {
  ComputeConstants constants = lossless();
  constants.filter_gradient = 0.5;
  constants.data_gradient = 0.25;
  const ComputeModel model(gpu_of(1e18), batch_of_two(), constants);
  LayerContext first;
  first.first = true;
  const Layer layer = convolution(64, 128, 28, 3);
  const double filter = 2 * product({1, 128, 576, 1568}), data = 4 * product({1, 1568, 64, 1152});
  EXPECT_NEAR(model.layer(layer).forward.value() / product({1, 1568, 128, 576}), 1, 1e-6);
  EXPECT_NEAR(model.layer(layer, first).backward.value() / filter, 1, 1e-6);
  EXPECT_NEAR(model.layer(layer).backward.value() / (filter + data), 1, 1e-6);
}

// Groups of 4 channels fill tiles of 32 eight at a time; groups of 24 reduce over 64 channels in nhwc.
TEST(ConvolutionShapes, SmallGroupsArePackedAndOthersPadded) {
  ComputeConstants constants = lossless();
  constants.grouped_efficiency = 0.5;
  ComputeSettings settings = batch_of_two();
  settings.mode = Mode::inference;
  const auto forward = [&](std::int64_t channels, std::int64_t groups) {
    const Layer layer = convolution(channels * groups, channels * groups, 28, 3, groups);
    return ComputeModel(gpu_of(1e18), settings, constants).layer(layer).forward.value();
  };
  EXPECT_NEAR(forward(4, 64) / (2 * product({8, 1568, 32, 288})), 1, 1e-6);
  EXPECT_NEAR(forward(4, 4) / (2 * product({1, 1568, 16, 144})), 1, 1e-6);
  EXPECT_NEAR(forward(32, 4) / (2 * product({4, 1568, 32, 288})), 1, 1e-6);
  EXPECT_NEAR(forward(24, 4) / (2 * product({4, 1568, 24, 576})), 1, 1e-6);
  EXPECT_NEAR(forward(2, 4) / (2 * product({4, 1568, 2, 576})), 1, 1e-6);
  settings.layout = Layout::nchw;
  EXPECT_NEAR(forward(24, 4) / (2 * product({4, 1568, 24, 216})), 1, 1e-6);
}

double microseconds(const Layer& layer, const ComputeSettings& settings, const ComputeConstants& constants) {
  return ComputeModel(gpu_of(1e6), settings, constants).layer(layer).forward.value() * 1e6;
}

// 1 byte is 1 us. 12 to 16 channels of 10 x 10: 1200 + 1600 + 192 elements of 2 bytes. Padding 12 channels
// to 16 copies 1200 * (1 + 16 / 12) elements in nhwc. Four channels, once as 32: 3200 elements more.
TEST(ConvolutionShapes, ChannelsOutOfLineAreCopied) {
  ComputeSettings settings;
  settings.batch = 1;
  settings.mode = Mode::inference;
  ComputeConstants constants = lossless();
  EXPECT_NEAR(microseconds(convolution(12, 16, 10, 1), settings, constants), 5984 + 5600, 1e-3);
  EXPECT_NEAR(microseconds(convolution(8, 16, 10, 1), settings, constants), 2 * (800 + 1600 + 128), 1e-3);
  settings.layout = Layout::nchw;
  EXPECT_NEAR(microseconds(convolution(12, 16, 10, 1), settings, constants), 5984, 1e-3);
  constants.thin_passes = 1;
  EXPECT_NEAR(microseconds(convolution(4, 16, 10, 1), settings, constants), 2 * (400 + 1600 + 64 + 3200),
              1e-3);
  EXPECT_NEAR(microseconds(convolution(8, 16, 10, 1), settings, constants), 2 * (800 + 1600 + 128), 1e-3);
  constants.layout_passes = 2;
  EXPECT_NEAR(microseconds(convolution(8, 16, 10, 1), settings, constants), 6 * (800 + 1600 + 128), 1e-3);
  settings.precision = topology::Precision::fp32;
  EXPECT_NEAR(microseconds(convolution(4, 16, 10, 1), settings, constants), 12 * (400 + 1600 + 64), 1e-3);
}

// A bias reads and writes 1600 elements of 2 bytes; compiled code adds it on the way.
TEST(ConvolutionShapes, ABiasIsAPassOfItsOwn) {
  ComputeSettings settings;
  settings.batch = 1;
  Layer layer = convolution(8, 16, 10, 1);
  layer.parameters = {{"weight", 128}};
  const auto times = [&] { return ComputeModel(gpu_of(1e6), settings, lossless()).layer(layer); };
  const LayerTime without = times();
  layer.parameters.push_back({"bias", 16});
  EXPECT_NEAR((times().forward - without.forward).value() * 1e6, 6400, 1e-3);
  EXPECT_NEAR((times().backward - without.backward).value() * 1e6, 3200, 1e-3);
  settings.compiled = true;
  EXPECT_NEAR((times().forward - without.forward).value() * 1e6, 0, 1e-3);
}

TEST(ConvolutionShapes, DepthwiseGradientsCostMoreWhereTheyStride) {
  ComputeConstants constants = lossless();
  constants.depthwise_gradient = 2;
  constants.depthwise_stride = 3;
  const ComputeModel model(gpu_of(1e12), batch_of_two(), constants);
  LayerContext first;
  first.first = true;
  Layer layer = convolution(64, 64, 8, 3, 64);
  EXPECT_NEAR(model.layer(layer).backward / model.layer(layer).forward, 2, 1e-9);
  layer.output = {64, 4, 4};
  EXPECT_NEAR(model.layer(layer).backward / model.layer(layer).forward, 6, 1e-9);
  EXPECT_NEAR(model.layer(layer, first).backward / model.layer(layer).forward, 3, 1e-9);
}

// 1 byte is 1 us. Two heads, 4 queries, 8 keys of 16: each product moves 2 * 2 * (64 + 128 + 32) = 896, the
// cut 2 * 2 * 2 * (4 + 16) * 16 = 2560, a pass over the scores 128. Backward: four products, 1.2 times the
// passes (3 compiled) and the cut. Dropout adds 2.5 passes each way.
TEST(UnfusedAttention, MovesItsScoresManyTimes) {
  Layer layer;
  layer.op = Op::attention;
  layer.kind = "full";
  layer.batch = 2;
  layer.m = 4;
  layer.n = 8;
  layer.k = 16;
  ComputeSettings settings;
  settings.batch = 1;
  settings.flash_attention = false;
  ComputeConstants constants = lossless();
  constants.score_passes = 10;
  const auto expect = [&](double forward, double backward) {
    const LayerTime time = ComputeModel(gpu_of(1e6), settings, constants).layer(layer);
    EXPECT_NEAR(time.forward.value() * 1e6, forward, 1e-3);
    EXPECT_NEAR(time.backward.value() * 1e6, backward, 1e-3);
  };
  expect(1792 + 2560 + 1280, 3584 + 2560 + 1536);
  layer.kind = "full dropout";
  expect(1792 + 2560 + 1600, 3584 + 2560 + 1856);
  settings.compiled = true;
  expect(1792 + 2560 + 576, 3584 + 2560 + 704);
  settings.mode = Mode::inference;
  expect(1792 + 2560 + 256, 0);
}

}  // namespace
}  // namespace scalesim::workloads
