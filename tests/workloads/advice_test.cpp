// Advice names the right layers and keeps quiet where there is nothing to say.
#include "workloads/compute/advice.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/build/builder.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

Model load(const std::string& name) { return load_model(name, {}, DataCatalogue::embedded()); }

const Advice* find(const std::vector<Advice>& all, const std::string& code) {
  for (const Advice& advice : all) {
    if (advice.code == code) return &advice;
  }
  return nullptr;
}

std::vector<Advice> untimed(const Model& model) { return advise(model, {}, std::nullopt); }

TEST(Advice, DepthwiseLayersOfMobileNetAreNamed) {
  const Model model = load("mobilenet_v2");
  const auto all = untimed(model);
  const Advice* advice = find(all, "depthwise");
  ASSERT_TRUE(advice);
  EXPECT_EQ(advice->layers.size(), 17u);  // one in each of the 17 inverted residuals
  for (int index : advice->layers) {
    const Layer& layer = model.layers[static_cast<std::size_t>(index)];
    EXPECT_EQ(layer.groups, layer.input.channels);
  }
  EXPECT_FALSE(advice->at_stake);
}

TEST(Advice, VggHasNoDepthwiseGroupsOrFragments) {
  const auto all = untimed(load("vgg16"));
  for (const char* code : {"depthwise", "groups", "fragmentation", "density", "channel_balance"}) {
    EXPECT_FALSE(find(all, code)) << code;
  }
}

TEST(Advice, GroupsOfResNeXtAndFragmentsOfDenseNetAreFound) {
  EXPECT_TRUE(find(untimed(load("resnext50_32x4d")), "groups"));
  EXPECT_TRUE(find(untimed(load("densenet121")), "fragmentation"));
  EXPECT_FALSE(find(untimed(load("resnet50")), "fragmentation"));
}

TEST(Advice, OddChannelsAreNamedWithTheirNumbers) {
  Builder b("odd", {64, 56, 56}, "");
  const Model model = b.conv("conv1", 100, {3}).conv("conv2", 64, {3}).take();
  const auto all = untimed(model);
  const Advice* advice = find(all, "alignment");
  ASSERT_TRUE(advice);
  EXPECT_EQ(advice->layers, (std::vector<int>{0, 1}));  // 100 is no multiple of 8, in or out
  EXPECT_THAT(advice->text, HasSubstr("64 to 100"));
  ComputeSettings fp32;
  fp32.precision = topology::Precision::fp32;
  EXPECT_FALSE(find(advise(model, fp32, std::nullopt), "alignment"));
}

TEST(Advice, WithTimesTheCostliestComesFirstAndSaysWhatIsAtStake) {
  const DataCatalogue data = DataCatalogue::embedded();
  const topology::GpuSpec gpu = topology::GpuCatalogue(data).find("rtx4090");
  const Model model = load("mobilenet_v2");
  ComputeSettings settings;
  settings.batch = 64;
  const StepTime time = time_step(model, gpu, settings, data);
  const auto all = advise(model, settings, TimedStep{time, gpu});
  ASSERT_FALSE(all.empty());
  Seconds last(1e9);
  for (const Advice& advice : all) {
    const Seconds stake = advice.at_stake.value_or(Seconds(0));
    EXPECT_LE(stake, last);
    last = stake;
  }
  const Advice* depthwise = find(all, "depthwise");
  ASSERT_TRUE(depthwise);
  ASSERT_TRUE(depthwise->at_stake);
  EXPECT_GT(*depthwise->at_stake, Seconds(0));
  EXPECT_LT(*depthwise->at_stake, time.forward + time.backward);
}

TEST(Advice, AnUnknownOperatorIsListed) {
  Builder b("strange", {8, 4, 4}, "");
  Layer layer;
  layer.name = "mystery";
  layer.kind = "Mystery";
  layer.output = {8, 4, 4};
  const auto all = untimed(b.conv("conv", 8).push(layer).take());
  const Advice* advice = find(all, "unknown_operators");
  ASSERT_TRUE(advice);
  EXPECT_THAT(advice->text, HasSubstr("Mystery"));
}

}  // namespace
}  // namespace scalesim::workloads
