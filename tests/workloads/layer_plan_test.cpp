// Distinct layers and their surroundings, constants of the compute model and their bounds, words of settings.
#include "workloads/compute/layer_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/toml.h"
#include "tests/workloads/time_gpus.h"
#include "workloads/compute/calibration.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

Layer layer(Op op, std::vector<int> sources = {}) {
  Layer result;
  result.op = op;
  result.kind = "kind";
  result.input = result.output = {4, 1, 1};
  result.sources = std::move(sources);
  return result;
}

std::vector<LayerContext> contexts(const Model& model, const ComputeSettings& settings) {
  const LayerPlan plan = plan_layers(model, settings);
  std::vector<LayerContext> result;
  for (const int index : plan.index)
    result.push_back(plan.distinct.at(static_cast<std::size_t>(index)).context);
  return result;
}

TEST(LayerPlan, FoldsLayersThatAreEqualInEveryWay) {
  Model model;
  model.layers.assign(5, layer(Op::linear, {-1}));
  for (Layer& l : model.layers) l.parameters = {{"weight", 3}};
  model.layers[2].name = "a name makes no difference";
  const LayerPlan plan = plan_layers(model, {});
  ASSERT_EQ(plan.distinct.size(), 1u);
  EXPECT_EQ(plan.distinct[0].count, 5);
  EXPECT_EQ(plan.index, (std::vector<int>{0, 0, 0, 0, 0}));
  EXPECT_EQ(plan.parameters, 15);
}

TEST(LayerPlan, KeepsApartLayersThatDifferInOneNumber) {
  using Change = void (*)(Layer&);
  const Change changes[] = {[](Layer& l) { l.op = Op::conv; },
                            [](Layer& l) { l.kind = "kinds"; },
                            [](Layer& l) { l.kind = "bind"; },
                            [](Layer& l) { l.kind = ""; },
                            [](Layer& l) { ++l.input.channels; },
                            [](Layer& l) { ++l.input.height; },
                            [](Layer& l) { ++l.input.width; },
                            [](Layer& l) { ++l.output.channels; },
                            [](Layer& l) { ++l.output.height; },
                            [](Layer& l) { ++l.output.width; },
                            [](Layer& l) { ++l.kernel_h; },
                            [](Layer& l) { ++l.kernel_w; },
                            [](Layer& l) { ++l.stride; },
                            [](Layer& l) { ++l.groups; },
                            [](Layer& l) { ++l.inputs; },
                            [](Layer& l) { ++l.batch; },
                            [](Layer& l) { ++l.m; },
                            [](Layer& l) { ++l.n; },
                            [](Layer& l) { ++l.k; }};
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Model model;
    model.layers.assign(2, layer(Op::linear, {-1}));
    changes[i](model.layers[1]);
    EXPECT_EQ(plan_layers(model, {}).index, (std::vector<int>{0, 1})) << i;
  }
}

// 0 reads the input and is read by 1 and 3; 1 and 2 are a chain without sources.
TEST(LayerPlan, CountsConsumersAndFirstLayers) {
  Model model;
  model.layers = {layer(Op::linear), layer(Op::linear), layer(Op::linear), layer(Op::add, {0, 2}),
                  layer(Op::linear, {-1})};
  const auto all = contexts(model, {});
  const int consumers[] = {2, 1, 1, 0, 0};
  const bool first[] = {true, false, false, false, true};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(all[i].consumers, consumers[i]) << i;
    EXPECT_EQ(all[i].first, first[i]) << i;
    EXPECT_FALSE(all[i].fused || all[i].recomputed || all[i].wide) << i;
  }
}

TEST(LayerPlan, CompiledCodeJoinsElementWiseLayersWithOneReader) {
  ComputeSettings settings;
  settings.compiled = true;
  const auto joined = [&](Op before, Op after) {
    Model model;
    model.layers = {layer(before, {-1}), layer(after, {0})};
    return contexts(model, settings)[1].fused;
  };
  for (const Op op : {Op::batch_norm, Op::activation, Op::add, Op::dropout}) {
    EXPECT_TRUE(joined(op, Op::activation)) << to_text(op);
    EXPECT_TRUE(joined(Op::activation, op)) << to_text(op);
    EXPECT_FALSE(joined(op, Op::conv)) << to_text(op);
    EXPECT_FALSE(joined(Op::softmax, op)) << to_text(op);
  }
  Model fork;
  fork.layers = {layer(Op::activation, {-1}), layer(Op::activation, {0}), layer(Op::activation, {0})};
  EXPECT_FALSE(contexts(fork, settings)[0].fused);  // reads the model's input
  EXPECT_FALSE(contexts(fork, settings)[1].fused);  // two readers
  fork.layers.pop_back();
  EXPECT_TRUE(contexts(fork, settings)[1].fused);
  settings.compiled = false;
  EXPECT_FALSE(contexts(fork, settings)[1].fused);
}

TEST(LayerPlan, RecomputesBlocksOrTheCoreOfAttention) {
  Model model;
  for (const Op op : {Op::attention, Op::softmax, Op::matmul, Op::linear})
    model.layers.push_back(layer(op, {-1}));
  model.layers[1].block = 0;
  const auto recomputed = [&](Recompute recompute) {
    ComputeSettings settings;
    settings.recompute = recompute;
    std::vector<bool> result;
    for (const LayerContext& context : contexts(model, settings)) result.push_back(context.recomputed);
    return result;
  };
  EXPECT_EQ(recomputed(Recompute::none), (std::vector<bool>{false, false, false, false}));
  EXPECT_EQ(recomputed(Recompute::selective), (std::vector<bool>{true, true, true, false}));
  EXPECT_EQ(recomputed(Recompute::full), (std::vector<bool>{true, true, true, true}));
  model.transformer.emplace();
  EXPECT_EQ(recomputed(Recompute::full), (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(recomputed(Recompute::selective), (std::vector<bool>{true, true, true, false}));
}

TEST(LayerPlan, Fp8IsForDenseLayersButATransformersHead) {
  Model model;
  model.layers = {layer(Op::linear, {-1}), layer(Op::attention, {-1}), layer(Op::linear, {-1})};
  model.layers[0].block = 0;
  ComputeSettings settings;
  const auto wide = [&] {
    std::vector<bool> result;
    for (const LayerContext& context : contexts(model, settings)) result.push_back(context.wide);
    return result;
  };
  EXPECT_EQ(wide(), (std::vector<bool>{false, false, false}));
  settings.precision = topology::Precision::fp8;
  EXPECT_EQ(wide(), (std::vector<bool>{false, true, false}));
  model.transformer.emplace();
  EXPECT_EQ(wide(), (std::vector<bool>{false, true, true}));
}

ComputeConstants constants_from(const std::string& text) {
  return read_constants(TomlTable::parse(text, "constants.toml"));
}

struct Bounds {
  const char* name;
  double low, high;
};

TEST(Constants, HavePhysicalBounds) {
  const Bounds bounds[] = {{"matrix_efficiency", 0.05, 1},
                           {"convolution_efficiency", 0.05, 1},
                           {"data_gradient", 0.2, 1},
                           {"filter_gradient", 0.2, 1},
                           {"strided_data", 1, 4},
                           {"grouped_efficiency", 0.02, 1},
                           {"odd_filter_rate", 0.01, 1},
                           {"winograd_gain", 1, 2.25},
                           {"depth_half", 0, 200},
                           {"wave_fill", 0, 3},
                           {"small_tiles", 1, 6},
                           {"memory_fraction", 0.3, 1},
                           {"batch_norm_fraction", 0.3, 1},
                           {"row_fraction", 0.1, 1},
                           {"row_half_bytes", 0, 4000},
                           {"depthwise_fraction", 0.05, 1},
                           {"depthwise_gradient", 1, 8},
                           {"depthwise_stride", 1, 6},
                           {"thin_passes", 0, 20},
                           {"broadcast_fraction", 0.05, 1},
                           {"depthwise_rate", 0.01, 1},
                           {"score_passes", 2, 20},
                           {"loss_bytes", 4, 60},
                           {"layout_passes", 0, 4},
                           {"attention_forward", 0.05, 1},
                           {"attention_backward", 0.05, 1},
                           {"attention_vector", 0, 100},
                           {"attention_vector_backward", 0, 200},
                           {"attention_native", 0, 1},
                           {"l2_gain", 1, 4},
                           {"stack_factor", 0.5, 3},
                           {"fused_optimizer", 0, 1},
                           {"kernel_floor_s", 1e-6, 150e-6},
                           {"dispatch_forward_s", 1e-7, 100e-6},
                           {"dispatch_backward_s", 1e-7, 100e-6}};
  ASSERT_EQ(constant_fields().size(), std::size(bounds));
  for (std::size_t i = 0; i < std::size(bounds); ++i) {
    const ConstantField& field = constant_fields()[i];
    EXPECT_EQ(field.name, bounds[i].name);
    EXPECT_DOUBLE_EQ(field.low, bounds[i].low) << field.name;
    EXPECT_DOUBLE_EQ(field.high, bounds[i].high) << field.name;
    // The defaults lie within, each name sets its own member and nothing else, and outside is refused.
    const ComputeConstants defaults;
    EXPECT_GE(defaults.*field.member, field.low) << field.name;
    EXPECT_LE(defaults.*field.member, field.high) << field.name;
    const std::string key = std::string(field.name) + " = ";
    const double middle = field.low + 0.3 * (field.high - field.low);
    const ComputeConstants read = constants_from(key + std::to_string(middle) + "\n");
    for (const ConstantField& other : constant_fields()) {
      if (&other == &field)
        EXPECT_NEAR(read.*other.member, middle, 1e-6) << field.name;
      else
        EXPECT_EQ(read.*other.member, defaults.*other.member) << field.name << " sets " << other.name;
    }
    EXPECT_THROW(constants_from(key + std::to_string(field.high * 1.5 + 1) + "\n"), InputError) << field.name;
    EXPECT_THROW(constants_from(key + "-1.0\n"), InputError) << field.name;
  }
}

struct Units {
  int capability;
  topology::Precision precision;
  Arithmetic arithmetic;
};

TEST(Arithmetics, FollowTheGpuAndThePrecision) {
  using topology::Precision;
  const Units cases[] = {{80, Precision::fp32, Arithmetic::fp32},   {80, Precision::tf32, Arithmetic::tf32},
                         {80, Precision::fp16, Arithmetic::tensor}, {80, Precision::bf16, Arithmetic::tensor},
                         {80, Precision::fp8, Arithmetic::tensor},  {70, Precision::fp16, Arithmetic::tensor},
                         {69, Precision::fp16, Arithmetic::fp32},   {1, Precision::fp16, Arithmetic::fp32},
                         {0, Precision::fp16, Arithmetic::tensor}};
  for (const Units& c : cases) {
    topology::GpuSpec gpu = round_gpu();
    gpu.compute_capability = c.capability;
    EXPECT_EQ(arithmetic_of(gpu, c.precision), c.arithmetic) << c.capability;
  }
  topology::GpuSpec gpu = round_gpu();
  gpu.peak.erase(Precision::fp16);
  EXPECT_EQ(arithmetic_of(gpu, Precision::fp16), Arithmetic::tf32);
  EXPECT_EQ(arithmetic_of(gpu, Precision::fp8), Arithmetic::tensor);  // on bf16
  gpu.peak.erase(Precision::bf16);
  EXPECT_EQ(arithmetic_of(gpu, Precision::fp8), Arithmetic::tf32);
  gpu.peak.erase(Precision::tf32);
  EXPECT_EQ(arithmetic_of(gpu, Precision::bf16), Arithmetic::fp32);
  EXPECT_EQ(arithmetic_of(gpu, Precision::tf32), Arithmetic::fp32);
  EXPECT_EQ(to_text(Arithmetic::tensor), "tensor");
  EXPECT_EQ(to_text(Arithmetic::tf32), "tf32");
  EXPECT_EQ(to_text(Arithmetic::fp32), "fp32");
}

TEST(SettingsWords, AreReadAndWritten) {
  for (const char* word : {"nchw", "nhwc"}) EXPECT_EQ(to_text(parse_layout(word)), word);
  for (const char* word : {"training", "inference"}) EXPECT_EQ(to_text(parse_mode(word)), word);
  for (const char* word : {"sgd", "momentum", "adam"}) EXPECT_EQ(to_text(parse_optimizer(word)), word);
  for (const char* word : {"none", "selective", "full"}) EXPECT_EQ(to_text(parse_recompute(word)), word);
  EXPECT_EQ(parse_layout("nchw"), Layout::nchw);
  EXPECT_EQ(parse_mode("training"), Mode::training);
  EXPECT_EQ(parse_optimizer("sgd"), Optimizer::sgd);
  EXPECT_EQ(parse_optimizer("momentum"), Optimizer::momentum);
  EXPECT_EQ(parse_recompute("none"), Recompute::none);
  EXPECT_EQ(parse_recompute("full"), Recompute::full);
  const auto message = [](auto parse) -> std::string {
    try {
      parse("sdg");
    } catch (const InputError& wrong) {
      return wrong.what();
    }
    return "no error";
  };
  EXPECT_THAT(message([](auto text) { parse_optimizer(text); }), HasSubstr("unknown optimizer 'sdg'"));
  EXPECT_THAT(message([](auto text) { parse_mode(text); }), HasSubstr("unknown mode 'sdg'"));
  EXPECT_THAT(message([](auto text) { parse_layout(text); }), HasSubstr("unknown layout 'sdg'"));
  EXPECT_THAT(message([](auto text) { parse_recompute(text); }), HasSubstr("unknown recompute 'sdg'"));
}

}  // namespace
}  // namespace scalesim::workloads
