// Per-layer counts against sums done by hand.
#include "workloads/model/counts.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include "workloads/build/builder.h"

namespace scalesim::workloads {
namespace {

Model load(const std::string& name) { return load_model(name, {}, DataCatalogue::embedded()); }

// ShuffleNet v2, guideline 1: a 1x1 convolution on 56 x 56 with 64 in and 256 out channels reads 56*56*64 +
// 64*256 and writes 56*56*256 elements: 200704 + 16384 + 802816 = 1,019,904; its MACs are 56*56*64*256 =
// 51,380,224.
TEST(Work, OfAPointwiseConvolutionIsTheMemoryAccessCostOfShuffleNet) {
  Builder b("test", {64, 56, 56}, "");
  const Model model = b.conv("conv", 256).take();
  const Work work = work_of(model.layers[0], Pass::forward);
  EXPECT_EQ(work.macs, 51380224);
  EXPECT_EQ(work.reads, 200704 + 16384);
  EXPECT_EQ(work.writes, 802816);
  EXPECT_DOUBLE_EQ(mac_bytes(model, 2), 2 * 1019904.0);
  EXPECT_DOUBLE_EQ(work.intensity(2), 2 * 51380224.0 / (2 * 1019904.0));
}

// At equal MACs the cost of a 1x1 is least when it has as many channels in as out (same guideline).
TEST(Work, EqualChannelsMoveLeast) {
  auto bytes = [](std::int64_t in, std::int64_t out) {
    Builder b("test", {in, 28, 28}, "");
    return mac_bytes(b.conv("conv", out).take(), 4);
  };
  EXPECT_LT(bytes(128, 128), bytes(64, 256));
  EXPECT_LT(bytes(64, 256), bytes(32, 512));
}

// Backward of the same convolution: the input gradient reads the output's gradient and the weights and writes
// the input's; the weight gradient reads both tensors and writes the weights. Each has the forward's MACs.
TEST(Work, BackwardPassesOfAConvolutionMirrorTheForward) {
  Builder b("test", {64, 56, 56}, "");
  const Model model = b.conv("conv", 256).take();
  const Work input = work_of(model.layers[0], Pass::input_gradient);
  const Work weight = work_of(model.layers[0], Pass::weight_gradient);
  EXPECT_EQ(input.macs, 51380224);
  EXPECT_EQ(input.reads, 802816 + 16384);
  EXPECT_EQ(input.writes, 200704);
  EXPECT_EQ(weight.macs, 51380224);
  EXPECT_EQ(weight.reads, 200704 + 802816);
  EXPECT_EQ(weight.writes, 16384);
}

// timm prints 11.11 M activations for ResNet-50 and 6.68 for MobileNet v2 (two decimals), and with
// attention's two products 23.90 for ViT-B/16.
TEST(ActivationCount, IsTimms) {
  EXPECT_NEAR(static_cast<double>(activation_count(load("resnet50"))) / 1e6, 11.11, 0.005);
  EXPECT_NEAR(static_cast<double>(activation_count(load("mobilenet_v2"))) / 1e6, 6.68, 0.005);
  EXPECT_NEAR(static_cast<double>(activation_count(load("vit_b_16"))) / 1e6, 23.90, 0.005);
}

// conv -> norm -> relu in place -> conv: kept are the network's input, the first convolution's output (for
// the norm) and the memory of norm and relu together (relu's result and the second convolution's input), each
// 8*4*4 elements but the input of 3*4*4. The last output is nobody's input.
TEST(KeptForBackward, CountsAnOverwrittenTensorOnce) {
  Builder b("test", {3, 4, 4}, "");
  b.conv("conv1", 8, {3}).norm("bn1").act().conv("conv2", 8, {3});
  const auto bytes = kept_for_backward(b.take(), {4, true});
  EXPECT_EQ(bytes, (std::vector<double>{4 * 3 * 16, 4 * 8 * 16, 4 * 8 * 16, 0}));
}

TEST(KeptForBackward, IndicesOfMaximaTakeEightBytes) {
  Builder b("test", {8, 4, 4}, "");
  b.max_pool("pool", {2, 2});
  EXPECT_EQ(kept_for_backward(b.take(), {2, true}), (std::vector<double>{2 * 8 * 16 + 8 * 8 * 4}));
}

}  // namespace
}  // namespace scalesim::workloads
