// Shape arithmetic of the builder and exact counts of single layers.
#include "workloads/build/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "workloads/model/counts.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

Layer convolution(const Shape& input, std::int64_t channels, const Conv& conv) {
  Builder b("test", input, "");
  return b.conv("conv", channels, conv).take().layers.at(0);
}

struct Size {
  int kernel, stride, padding, dilation;
  std::int64_t in, out;
};

// (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1, rounded down; padding -1 keeps the size.
TEST(BuilderConv, SizesFollowTheUsualFormula) {
  const Size sizes[] = {{3, 1, -1, 1, 7, 7}, {3, 2, -1, 1, 7, 4}, {3, 2, -1, 1, 8, 4}, {7, 2, 3, 1, 224, 112},
                        {3, 1, 0, 1, 7, 5},  {3, 1, 0, 1, 3, 1},  {3, 1, -1, 2, 7, 7}, {3, 1, 0, 2, 7, 3},
                        {1, 2, -1, 1, 7, 4}, {2, 2, 0, 1, 7, 3},  {4, 1, -1, 1, 8, 7}, {5, 3, 1, 1, 9, 3}};
  for (const Size& s : sizes) {
    const Layer layer =
        convolution({4, s.in, s.in}, 6,
                    {.kernel = s.kernel, .stride = s.stride, .padding = s.padding, .dilation = s.dilation});
    EXPECT_EQ(layer.output, (Shape{6, s.out, s.out})) << s.kernel << " " << s.stride << " " << s.in;
    EXPECT_EQ(layer.stride, s.stride);
    EXPECT_EQ(layer.parameter_count(), 6 * 4 * s.kernel * s.kernel);
    EXPECT_EQ(layer.macs(), 6 * s.out * s.out * 4 * s.kernel * s.kernel);
  }
}

TEST(BuilderConv, AWindowMayBeWiderThanHigh) {
  const Layer layer = convolution({4, 9, 9}, 6, {.kernel = 1, .kernel_w = 7});
  EXPECT_EQ(layer.kernel_h, 1);
  EXPECT_EQ(layer.kernel_w, 7);
  EXPECT_EQ(layer.output, (Shape{6, 9, 9}));
  EXPECT_EQ(layer.parameter_count(), 6 * 4 * 7);
  EXPECT_EQ(convolution({4, 9, 9}, 6, {.kernel = 1, .padding = 0, .kernel_w = 7}).output, (Shape{6, 9, 3}));
}

TEST(BuilderConv, GroupsAreNamedAndCounted) {
  const Layer grouped = convolution({4, 2, 2}, 6, {.groups = 2, .bias = true});
  EXPECT_EQ(grouped.kind, "grouped");
  EXPECT_EQ(grouped.parameter_count(), 6 * 2 + 6);
  EXPECT_EQ(grouped.macs(), 6 * 4 * 2);
  EXPECT_EQ(convolution({4, 2, 2}, 8, {.groups = 4}).kind, "depthwise");
  EXPECT_EQ(convolution({1, 2, 2}, 8, {}).kind, "");
  Builder b("test", {4, 8, 8}, "");
  const Layer depthwise = b.depthwise("dw", 3, 2, true).take().layers.at(0);
  EXPECT_EQ(depthwise.groups, 4);
  EXPECT_EQ(depthwise.output, (Shape{4, 4, 4}));
  EXPECT_EQ(depthwise.parameter_count(), 4 * 9 + 4);
  EXPECT_THROW(convolution({4, 2, 2}, 6, {.groups = 3}), InternalError);
  EXPECT_THROW(convolution({4, 2, 2}, 6, {.groups = 4}), InternalError);
}

TEST(BuilderConv, AnImageThatVanishesIsTheUsersError) {
  try {
    convolution({3, 2, 5}, 4, {.kernel = 3, .padding = 0});
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(),
                HasSubstr("an input of 2x5 is too small for test: nothing is left after layer 'conv'"));
  }
}

struct Pooled {
  Window window;
  std::int64_t in, out;
};

// Rounding up adds a window only if it starts within the input and its left padding.
TEST(BuilderPool, RoundsDownOrUpAsPyTorch) {
  const Pooled cases[] = {
      {{2, 2, 0, false}, 7, 3},    {{2, 2, 0, true}, 7, 4},     {{3, 2, 0, true}, 112, 56},
      {{3, 2, 0, false}, 112, 55}, {{3, 2, 1, false}, 112, 56}, {{2, 2, 0, true}, 8, 4},
      {{1, 3, 0, true}, 3, 1},     {{1, 3, 0, true}, 4, 2},     {{2, 2, 1, true}, 3, 2},
      {{2, 3, 1, true}, 2, 1},     {{3, 3, 1, true}, 4, 2}};
  for (const Pooled& c : cases) {
    Builder b("test", {5, c.in, c.in}, "");
    const Layer layer = b.max_pool("pool", c.window).take().layers.at(0);
    EXPECT_EQ(layer.output, (Shape{5, c.out, c.out})) << c.in << " " << c.window.kernel << c.window.stride;
    EXPECT_EQ(layer.kernel_h, c.window.kernel);
    EXPECT_EQ(layer.kernel_w, c.window.kernel);
    EXPECT_EQ(layer.stride, c.window.stride);
  }
}

TEST(BuilderNames, FollowScopesAndTrailingDigits) {
  Builder b("test", {4, 4, 4}, "paper");
  b.act();  // nothing before it to take a number from
  {
    auto first = b.block("layer", 1);
    b.norm("bn2").act().norm("bn3").act("relu6").norm("norm").act("gelu");
    auto inner = b.in("inner");
    b.dropout();
  }
  {
    auto second = b.block("next");
    b.norm("7").act("silu");
  }
  b.dropout();
  const Model model = b.take();
  const std::vector<std::string> names = {
      "relu",         "layer.1.bn2",  "layer.1.relu2",         "layer.1.bn3", "layer.1.relu6_3",
      "layer.1.norm", "layer.1.gelu", "layer.1.inner.dropout", "next.7",      "next.silu",
      "dropout"};
  const std::vector<int> blocks = {-1, 0, 0, 0, 0, 0, 0, 0, 1, 1, -1};
  ASSERT_EQ(model.layers.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(model.layers[i].name, names[i]);
    EXPECT_EQ(model.layers[i].block, blocks[i]) << names[i];
  }
  EXPECT_EQ(model.source, "paper");
}

TEST(BuilderAct, OnlySomeKindsOverwriteTheirInput) {
  for (const char* kind : {"relu", "relu6", "leaky_relu", "gelu", "silu", "sigmoid"}) {
    Builder b("test", {4, 1, 1}, "");
    b.act(kind).act(kind, false);
    const Model model = b.take();
    const bool can = std::string_view(kind).find("relu") != std::string_view::npos;
    EXPECT_EQ(model.layers[0].in_place, can) << kind;
    EXPECT_FALSE(model.layers[1].in_place) << kind;
  }
}

TEST(BuilderLayers, NormsViewsAndLinearsCountTheirChannels) {
  Builder b("test", {6, 2, 3}, "");
  b.norm("bn").layer_norm("ln").layer_norm("rms", false).group_norm("gn").linear("fc", 5);
  b.linear("plain", 7, false).flatten().linear("flat", 2).global_pool("pool", 3);
  const Model model = b.take();
  const std::int64_t parameters[] = {12, 12, 6, 12, 35, 35, 42 * 2 + 2, 0};
  const char* kinds[] = {"", "", "rms", "group", "", "", "", "average"};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(model.layers[i].parameter_count(), parameters[i]) << i;
    EXPECT_EQ(model.layers[i].kind, kinds[i]) << i;
  }
  EXPECT_EQ(model.layers[4].macs(), 6 * 6 * 5);
  EXPECT_EQ(model.layers[6].macs(), 42 * 2);
  EXPECT_EQ(model.layers[6].input, (Shape{42, 1, 1}));
  EXPECT_EQ(model.layers[7].output, (Shape{2, 3, 3}));
  Builder other("test", {6, 2, 3}, "");
  EXPECT_THROW(other.view({5, 2, 3}), InternalError);
  EXPECT_EQ(other.view({3, 4, 3}).shape(), (Shape{3, 4, 3}));
  EXPECT_EQ(other.at(-1).shape(), (Shape{6, 2, 3}));
}

TEST(BuilderJoins, KnowTheirShapes) {
  Builder b("test", {4, 2, 2}, "");
  const Node a = b.conv("a", 4).here(), narrow = b.conv("n", 3).here(),
             gate = b.at(a).global_pool("g").here();
  b.scale(a, gate);
  EXPECT_EQ(b.shape(), (Shape{4, 2, 2}));
  b.concat({a, narrow, -1});
  EXPECT_EQ(b.shape(), (Shape{11, 2, 2}));
  b.add({a, -1, a});
  b.multiply({a, -1}).cut(TensorCut::row).parameter("p", 9).softmax("s", "k").shuffle("m", "flip", {2, 4, 2});
  EXPECT_THROW(b.add({a, narrow}), InternalError);
  EXPECT_THROW(b.scale(a, narrow), InternalError);
  EXPECT_THROW(b.concat({a, gate}), InternalError);
  const Model model = b.take();
  EXPECT_EQ(model.layers[3].kind, "scale");
  EXPECT_EQ(model.layers[4].input, (Shape{11, 2, 2}));
  EXPECT_EQ(model.layers[5].inputs, 3);
  EXPECT_EQ(model.layers[5].kind, "sum");
  EXPECT_EQ(model.layers[6].kind, "product");
  EXPECT_EQ(model.layers[6].cut, TensorCut::row);
  EXPECT_EQ(model.layers[6].parameter_count(), 9);
  EXPECT_EQ(model.layers[7].kind, "k");
  EXPECT_EQ(model.layers[8].output, (Shape{2, 4, 2}));
}

TEST(LayerCounts, OpsHaveTheirWords) {
  const char* words[] = {"conv",       "linear",     "matmul",  "attention", "embedding", "batch_norm",
                         "layer_norm", "activation", "add",     "concat",    "pool",      "global_pool",
                         "softmax",    "dropout",    "shuffle", "scan",      "other"};
  for (int i = 0; i < 17; ++i) EXPECT_EQ(to_text(static_cast<Op>(i)), words[i]);
}

Layer product(Op op) {
  Layer layer;
  layer.op = op;
  layer.batch = 2;
  layer.m = 3;
  layer.n = 5;
  layer.k = 7;
  layer.input = {100, 1, 1};
  layer.output = {10, 1, 1};
  layer.parameters = {{"weight", 1000}};
  return layer;
}

struct Counted {
  Op op;
  std::int64_t macs, activations;
  Work forward, input, weight;
};

// 2 * 3 * 5 * 7 = 210 multiply-accumulates; attention 420. Input 100, output 10, parameters 1000. The
// gradient of a product of activations does two products (of attention: 5 for 2), reads input, output and its
// gradient.
TEST(LayerCounts, PassesOfEachProduct) {
  const Counted cases[] = {
      {Op::linear, 210, 10, {210, 1100, 10}, {210, 1010, 100}, {210, 110, 1000}},
      {Op::scan, 210, 0, {210, 1100, 10}, {210, 1010, 100}, {210, 110, 1000}},
      {Op::matmul, 210, 30, {210, 1100, 10}, {420, 120, 100}, {0, 110, 1000}},
      {Op::attention, 420, 2 * 3 * 12, {420, 1100, 10}, {1050, 120, 100}, {0, 110, 1000}},
      {Op::batch_norm, 0, 0, {0, 1100, 10}, {0, 1010, 100}, {0, 110, 1000}},
  };
  for (const Counted& c : cases) {
    const Layer layer = product(c.op);
    EXPECT_EQ(layer.macs(), c.macs) << to_text(c.op);
    EXPECT_EQ(activation_count(layer), c.activations) << to_text(c.op);
    const std::pair<Pass, Work> passes[] = {
        {Pass::forward, c.forward}, {Pass::input_gradient, c.input}, {Pass::weight_gradient, c.weight}};
    for (const auto& [pass, expected] : passes) {
      const Work work = work_of(layer, pass);
      EXPECT_EQ(work.macs, expected.macs) << to_text(c.op);
      EXPECT_EQ(work.reads, expected.reads) << to_text(c.op);
      EXPECT_EQ(work.writes, expected.writes) << to_text(c.op);
    }
  }
}

TEST(LayerCounts, TablesExpertsAndBareLayersReadLess) {
  Layer table = product(Op::embedding);
  table.output = {10, 1, 4};  // four rows of ten and four indices
  EXPECT_EQ(work_of(table, Pass::forward).reads, 44);
  EXPECT_EQ(work_of(table, Pass::input_gradient).elements(), 0);
  // 4 experts and 2 rows: 1 - (3/4)^2 = 7/16 of the parameters are touched.
  Layer experts = product(Op::linear);
  experts.m = 2;
  experts.groups = 4;
  experts.active_fraction = 0.25;
  experts.parameters = {{"weight", 1600}};
  EXPECT_EQ(work_of(experts, Pass::forward).reads, 100 + 700);
  experts.active_fraction = 1;
  EXPECT_EQ(work_of(experts, Pass::forward).reads, 100 + 1600);
  Layer bare = product(Op::linear);
  bare.parameters.clear();
  EXPECT_EQ(work_of(bare, Pass::weight_gradient).elements(), 0);
  bare.inputs = 3;
  EXPECT_EQ(work_of(bare, Pass::forward).reads, 300);
  EXPECT_EQ(Work{}.intensity(2), 0);
}

struct Keep {
  Op op;
  const char* kind;
  bool in_place;
  double bytes;
};

// Two sources of 100 elements, output of 10, two bytes each.
TEST(KeptBytes, OfEachKindOfLayer) {
  const Keep cases[] = {{Op::conv, "", false, 200},           {Op::linear, "", false, 200},
                        {Op::batch_norm, "", false, 200},     {Op::layer_norm, "", false, 200},
                        {Op::scan, "", false, 200},           {Op::matmul, "", false, 400},
                        {Op::pool, "average", false, 200},    {Op::pool, "max", false, 280},
                        {Op::softmax, "", false, 20},         {Op::dropout, "", false, 10},
                        {Op::activation, "relu", false, 20},  {Op::activation, "sigmoid", false, 20},
                        {Op::activation, "tanh", false, 20},  {Op::activation, "gelu", false, 200},
                        {Op::activation, "silu", false, 200}, {Op::activation, "leaky_relu", true, 20},
                        {Op::add, "sum", false, 0},           {Op::add, "product", false, 400},
                        {Op::add, "scale", false, 400},       {Op::concat, "", false, 0},
                        {Op::global_pool, "", false, 0},      {Op::embedding, "", false, 0},
                        {Op::shuffle, "", false, 0},          {Op::other, "", false, 0}};
  for (const Keep& c : cases) {
    Model model;
    model.input = {100, 1, 1};
    model.layers.resize(2);
    model.layers[0].output = {100, 1, 1};
    model.layers[0].sources = {-1};
    model.layers[1].op = c.op;
    model.layers[1].kind = c.kind;
    model.layers[1].in_place = c.in_place;
    model.layers[1].sources = {0, -1};
    model.layers[1].output = {10, 1, 1};
    EXPECT_EQ(kept_for_backward(model, {2, true}).at(1), c.bytes) << to_text(c.op) << " " << c.kind;
  }
}

// Scores of 2 * 3 * 5 = 30, rows of 6. In one kernel: inputs 200, output 20, 4 bytes a row. Apart: inputs and
// scores of 2 bytes, with dropout 3 more.
TEST(KeptBytes, OfAttention) {
  Model model;
  model.input = {100, 1, 1};
  model.layers = {product(Op::attention)};
  model.layers[0].sources = {-1};
  EXPECT_EQ(kept_for_backward(model, {2, true}).at(0), 200 + 20 + 24);
  EXPECT_EQ(kept_for_backward(model, {2, false}).at(0), 200 + 60);
  model.layers[0].kind = "causal dropout";
  EXPECT_EQ(kept_for_backward(model, {2, false}).at(0), 200 + 60 + 90);
  EXPECT_EQ(kept_for_backward(model, {2, true}).at(0), 200 + 20 + 24);
}

}  // namespace
}  // namespace scalesim::workloads
