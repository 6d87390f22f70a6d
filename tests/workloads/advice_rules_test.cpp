// Each rule of the advice at its border, on networks of a few layers.
#include "workloads/compute/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/time_gpus.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

Layer conv(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t kernel,
           std::int64_t groups = 1) {
  Layer layer;
  layer.name = "conv";
  layer.op = Op::conv;
  layer.input = {in, size, size};
  layer.output = {out, size, size};
  layer.kernel_h = layer.kernel_w = kernel;
  layer.groups = groups;
  layer.sources = {0};
  return layer;
}

Layer plain(Op op, std::int64_t elements = 64) {
  Layer layer;
  layer.op = op;
  layer.input = layer.output = {elements, 1, 1};
  layer.sources = {0};
  return layer;
}

std::vector<Advice> advice_for(std::vector<Layer> layers, const ComputeSettings& settings = {},
                               const std::optional<TimedStep>& timed = std::nullopt) {
  Model model;
  model.layers = std::move(layers);
  return advise(model, settings, timed);
}

const Advice* find(const std::vector<Advice>& all, const std::string& code) {
  for (const Advice& advice : all) {
    if (advice.code == code) return &advice;
  }
  return nullptr;
}

bool says(const std::string& code, std::vector<Layer> layers, const ComputeSettings& settings = {}) {
  return find(advice_for(std::move(layers), settings), code) != nullptr;
}

TEST(AdviceRules, DepthwiseAndGroupsAreToldApart) {
  EXPECT_TRUE(says("depthwise", {conv(64, 64, 8, 3, 64)}));
  EXPECT_FALSE(says("groups", {conv(64, 64, 8, 3, 64)}));
  EXPECT_FALSE(says("depthwise", {conv(64, 64, 8, 3, 32)}));
  EXPECT_TRUE(says("groups", {conv(64, 64, 8, 3, 32)}));
  EXPECT_FALSE(says("depthwise", {conv(1, 64, 8, 3, 1)}));
  EXPECT_FALSE(says("groups", {conv(64, 64, 8, 3, 1)}));
  const auto all = advice_for({conv(64, 64, 8, 3, 16)});
  EXPECT_THAT(find(all, "groups")->text,
              HasSubstr("with 16 of 4 channels): they do 100.0 % of the MACs and take "
                        "100.0 % of the memory access"));
}

TEST(AdviceRules, AlignmentIsOfEightChannelsOnEitherSide) {
  EXPECT_FALSE(says("alignment", {conv(64, 64, 8, 1)}));
  EXPECT_TRUE(says("alignment", {conv(64, 60, 8, 1)}));
  EXPECT_TRUE(says("alignment", {conv(60, 64, 8, 1)}));
  EXPECT_FALSE(says("alignment", {conv(60, 60, 8, 1, 4)}));  // not dense
  Layer first = conv(3, 64, 8, 1);
  first.sources = {-1};
  EXPECT_FALSE(says("alignment", {first}));
  first.output.channels = 63;
  EXPECT_TRUE(says("alignment", {first}));
  ComputeSettings fp32;
  fp32.precision = topology::Precision::fp32;
  EXPECT_FALSE(says("alignment", {conv(64, 60, 8, 1)}, fp32));
}

// 48 of 64 is 0.75; 104 of 128 is 0.8125; 96 of 128 is 0.75.
TEST(AdviceRules, TilesAreToldBelowFourFifths) {
  EXPECT_TRUE(says("tiles", {conv(64, 48, 8, 1)}));
  EXPECT_FALSE(says("tiles", {conv(64, 64, 8, 1)}));
  EXPECT_FALSE(says("tiles", {conv(64, 104, 8, 1)}));
  EXPECT_TRUE(says("tiles", {conv(64, 96, 8, 1)}));
  EXPECT_FALSE(says("tiles", {conv(64, 44, 8, 1)}));  // no multiple of 8: the other rule
}

TEST(AdviceRules, ChannelBalanceIsOfPointwiseConvolutionsFourToOne) {
  EXPECT_TRUE(says("channel_balance", {conv(64, 256, 8, 1)}));
  EXPECT_TRUE(says("channel_balance", {conv(256, 64, 8, 1)}));
  EXPECT_FALSE(says("channel_balance", {conv(64, 248, 8, 1)}));
  EXPECT_FALSE(says("channel_balance", {conv(248, 64, 8, 1)}));
  EXPECT_FALSE(says("channel_balance", {conv(64, 256, 8, 3)}));
  EXPECT_FALSE(says("channel_balance", {conv(64, 256, 1, 1)}));
  EXPECT_FALSE(says("channel_balance", {conv(64, 256, 8, 1, 2)}));
}

TEST(AdviceRules, FragmentationNeedsFortyProductsAndFourJoins) {
  const auto net = [](std::size_t products, std::size_t joins) {
    std::vector<Layer> layers(products, conv(64, 64, 8, 3));
    layers.insert(layers.end(), joins, plain(Op::concat));
    return layers;
  };
  EXPECT_TRUE(says("fragmentation", net(40, 4)));
  EXPECT_FALSE(says("fragmentation", net(39, 4)));
  EXPECT_FALSE(says("fragmentation", net(40, 3)));
}

TEST(AdviceRules, DensityNeedsTenConvolutionsFewOfThemDense) {
  const auto net = [](std::size_t ones, std::size_t threes) {
    std::vector<Layer> layers(ones, conv(64, 64, 8, 1));
    layers.insert(layers.end(), threes, conv(64, 64, 8, 3));
    return layers;
  };
  EXPECT_TRUE(says("density", net(10, 0)));
  EXPECT_FALSE(says("density", net(9, 0)));
  EXPECT_TRUE(says("density", net(9, 1)));   // 9 to 9: exactly half are 3x3
  EXPECT_FALSE(says("density", net(8, 2)));  // 18 of 26
  EXPECT_FALSE(says("density", net(0, 12)));
}

TEST(AdviceRules, UnknownOperatorsAreListedOnce) {
  Layer strange = plain(Op::other), turn = plain(Op::other), scalar = plain(Op::other, 1);
  strange.kind = "Strange";
  turn.kind = "rotary";
  scalar.kind = "Scalar";
  const auto all = advice_for({strange, turn, scalar, strange});
  const Advice* advice = find(all, "unknown_operators");
  ASSERT_TRUE(advice);
  EXPECT_EQ(advice->layers, (std::vector<int>{0, 3}));
  EXPECT_EQ(advice->text, "2 layers are known only by the bytes they move: Strange.");
  EXPECT_FALSE(says("unknown_operators", {turn, scalar}));
}

StepTime step_of(std::vector<double> forward, double launch = 0) {
  StepTime step;
  for (const double seconds : forward) {
    step.layers.push_back({Seconds(seconds / 2), Seconds(seconds / 2), Bound::memory});
    step.forward += Seconds(seconds / 2);
    step.backward += Seconds(seconds / 2);
  }
  step.launch = Seconds(launch);
  return step;
}

TEST(AdviceRules, ElementWiseLayersMatterFromAQuarterOfTheTime) {
  const topology::GpuSpec gpu = round_gpu();
  const auto spoken = [&](double first, double second) {
    const StepTime time = step_of({first, second});
    return find(advice_for({conv(64, 64, 8, 3), plain(Op::activation)}, {}, TimedStep{time, gpu}),
                "elementwise") != nullptr;
  };
  EXPECT_TRUE(spoken(3, 1));
  EXPECT_FALSE(spoken(3.1, 1));
}

TEST(AdviceRules, ShareOfTheTimeDecidesWhatIsWorthSaying) {
  const topology::GpuSpec gpu = round_gpu();
  const auto spoken = [&](double depthwise) {
    const StepTime time = step_of({depthwise, 100 - depthwise});
    return find(advice_for({conv(64, 64, 8, 3, 64), conv(64, 64, 8, 3)}, {}, TimedStep{time, gpu}),
                "depthwise") != nullptr;
  };
  EXPECT_TRUE(spoken(2.01));
  EXPECT_FALSE(spoken(1.99));
}

// 48 of 64 channels: a quarter of 8 s is wasted.
TEST(AdviceRules, TilesPutTheirWasteAtStake) {
  const topology::GpuSpec gpu = round_gpu();
  const StepTime time = step_of({8});
  const auto all = advice_for({conv(64, 48, 8, 1)}, {}, TimedStep{time, gpu});
  ASSERT_TRUE(find(all, "tiles"));
  EXPECT_DOUBLE_EQ(find(all, "tiles")->at_stake->value(), 2);
}

TEST(AdviceRules, LaunchesAreToldWhenTheyTakeLongerThanTheKernels) {
  const topology::GpuSpec gpu = round_gpu();
  const auto stake = [&](double launch) {
    const StepTime time = step_of({2}, launch);
    const auto all = advice_for({conv(64, 64, 8, 3)}, {}, TimedStep{time, gpu});
    const Advice* advice = find(all, "launches");
    return advice ? advice->at_stake->value() : -1;
  };
  EXPECT_EQ(stake(2), -1);
  EXPECT_DOUBLE_EQ(stake(5), 3);
}

// Batch 10: 2 * 3 * 10 * MACs operations at 100 TFLOPS; a quarter of the peak is four times as long.
TEST(AdviceRules, AQuarterOfThePeakIsTheBorderOfLatency) {
  const topology::GpuSpec gpu = round_gpu();
  ComputeSettings settings;
  settings.batch = 10;
  const Layer layer = conv(64, 64, 8, 3);
  const auto spoken = [&](double passes, double share) {
    const double peak = 2 * passes * 10 * static_cast<double>(layer.macs()) / 100e12;
    const StepTime time = step_of({peak / share});
    return find(advice_for({layer}, settings, TimedStep{time, gpu}), "latency_is_not_flops") != nullptr;
  };
  EXPECT_TRUE(spoken(3, 0.249));
  EXPECT_FALSE(spoken(3, 0.251));
  settings.mode = Mode::inference;
  EXPECT_TRUE(spoken(1, 0.249));
  EXPECT_FALSE(spoken(1, 0.251));
  EXPECT_FALSE(says("latency_is_not_flops", {layer}, settings));
}

}  // namespace
}  // namespace scalesim::workloads
