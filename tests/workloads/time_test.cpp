// Laws and hand-derived values of the compute model.
#include "workloads/compute/time.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/workloads/time_gpus.h"
#include "topology/parts/gpu.h"
#include "workloads/build/builder.h"
#include "workloads/compute/layer_plan.h"

namespace scalesim::workloads {
namespace {

ComputeModel ideal_model(ComputeSettings settings = {}) { return {round_gpu(), settings, lossless()}; }

Layer activation(std::int64_t elements) {
  Layer layer;
  layer.op = Op::activation;
  layer.input = layer.output = {elements, 1, 1};
  return layer;
}

TEST(gemm, takes_peak_time_when_tiles_fill_every_multiprocessor) {
  // 25600 x 1280 x 4096 in 256x128 tiles: 100 x 10 = 1000 tiles on 100 multiprocessors, 10 full waves.
  // 2 * 25600 * 1280 * 4096 = 268.4 GFLOP at 100 TFLOPS = 2.684 ms.
  const double seconds = ideal_model().gemm({1, 25600, 1280, 4096}).time.value();
  EXPECT_NEAR(seconds, 2.0 * 25600 * 1280 * 4096 / 100e12, 1e-9);
}

TEST(gemm, pays_a_whole_wave_for_one_more_row) {
  // One row more than the ten full waves above: the tall tiles need an eleventh wave.
  const ComputeModel model = ideal_model();
  const double full = model.gemm({1, 25600, 1280, 4096}).time.value();
  const double more = model.gemm({1, 25601, 1280, 4096}).time.value();
  EXPECT_GT(more, full);
  EXPECT_LE(more, full * 1.1 + 1e-9);
}

TEST(gemm, filling_and_draining_the_gpu_costs_waves) {
  // Ten full waves of 256 x 128 tiles and one for filling would be 1.1 times 2.684 ms; half as large tiles at
  // 0.97 of the rate take (20 + 1) / 20 / 0.97 = 1.0825 times it.
  ComputeConstants constants = lossless();
  constants.wave_fill = 1;
  const double seconds = ComputeModel(round_gpu(), {}, constants).gemm({1, 25600, 1280, 4096}).time.value();
  EXPECT_NEAR(seconds, 21 / 20.0 / 0.97 * 2.0 * 25600 * 1280 * 4096 / 100e12, 1e-9);
}

TEST(gemm, is_bound_by_memory_when_the_matrix_is_thin) {
  // 8 x 8192 x 8192 in fp16 reads 2 * 8192 * 8192 = 134 MB of weights: 0.134 ms at 1 TB/s.
  const KernelTime time = ideal_model().gemm({1, 8, 8192, 8192});
  EXPECT_EQ(time.bound, Bound::memory);
  EXPECT_NEAR(time.time.value(), 2.0 * (8192.0 * 8192 + 8 * 8192 * 2) / 1e12, 1e-9);
}

TEST(gemm, never_beats_the_peak) {
  const ComputeModel model = ideal_model();
  for (const double m : {1.0, 17.0, 300.0, 5000.0}) {
    for (const double k : {8.0, 64.0, 1000.0}) {
      EXPECT_GE(model.gemm({3, m, 640, k}).time.value(), 2 * 3 * m * 640 * k / 100e12);
    }
  }
}

TEST(passes, an_activation_reads_and_writes_forward_and_moves_three_tensors_backward) {
  // Batch 32, 1e6 elements of 2 bytes: one pass is 64 MB = 64 us at 1 TB/s; two forward, three backward.
  const LayerTime time = ideal_model().layer(activation(1'000'000));
  EXPECT_NEAR(time.forward.value(), 128e-6, 1e-9);
  EXPECT_NEAR(time.backward.value(), 192e-6, 1e-9);
}

TEST(passes, the_gradient_of_a_product_reads_two_tensors_and_writes_one_for_each_factor) {
  // Batch 32, 1e6 elements of 2 bytes: one pass is 64 us at 1 TB/s. Forward reads both factors and writes
  // one: 3 passes. Backward, for each factor, reads the other and the gradient and writes one: 6. A sum's is
  // passed on.
  Builder b("gate", {1000000, 1, 1}, "test");
  const Node input = b.here();
  b.multiply({input, input});
  b.add({input, input});
  const Model model = b.take();
  const LayerTime product = ideal_model().layer(model.layers[0]);
  EXPECT_NEAR(product.forward.value(), 192e-6, 1e-9);
  EXPECT_NEAR(product.backward.value(), 384e-6, 1e-9);
  EXPECT_EQ(ideal_model().layer(model.layers[1]).backward.value(), 0);
}

TEST(passes, a_second_consumer_adds_a_gradient_sum_of_three_passes) {
  const ComputeModel model = ideal_model();
  LayerContext shared;
  shared.consumers = 2;
  const Seconds once = model.layer(activation(1'000'000)).backward;
  EXPECT_NEAR((model.layer(activation(1'000'000), shared).backward - once).value(), 192e-6, 1e-9);
}

TEST(convolution, the_first_layer_has_no_input_gradient) {
  const ComputeModel model = ideal_model();
  LayerContext first;
  first.first = true;
  const Layer layer = convolution(256, 256, 28, 3);
  EXPECT_LT(model.layer(layer, first).backward, model.layer(layer).backward);
}

TEST(convolution, reads_its_filter_too) {
  // 8192 channels to 8192 on one pixel, batch 8: the filter's 8192^2 halves are 134 MB, 134 us at 1 TB/s.
  ComputeSettings settings;
  settings.batch = 8;
  const LayerTime time = ideal_model(settings).layer(convolution(8192, 8192, 1, 1));
  EXPECT_NEAR(time.forward.value(), 2.0 * (8192.0 * 8192 + 2 * 8 * 8192) / 1e12, 1e-9);
}

TEST(convolution, an_input_gradient_can_multiply_what_the_stride_leaves_out) {
  // 256 channels from 56 x 56 to 28 x 28: with four times the operations the input gradient takes four times
  // as long.
  Layer layer = convolution(256, 256, 56, 3);
  layer.output = {256, 28, 28};
  layer.stride = 2;
  ComputeConstants wasteful = lossless();
  wasteful.strided_data = 4;
  LayerContext first;
  first.first = true;
  const auto gradient = [&](const ComputeModel& model) {
    return (model.layer(layer).backward - model.layer(layer, first).backward).value();
  };
  EXPECT_NEAR(gradient(ComputeModel(round_gpu(), {}, wasteful)), 4 * gradient(ideal_model()), 1e-9);
}

TEST(convolution, depthwise_pays_for_moving_its_tensors_and_for_vector_arithmetic) {
  // 128 channels of 56 x 56, batch 32: input and output are 12.8 M elements = 25.7 MB each; 51.4 us at 1
  // TB/s.
  const LayerTime time = ideal_model().layer(convolution(128, 128, 56, 3, 128));
  const double elements = 32 * 128 * 56.0 * 56;
  EXPECT_NEAR(time.forward.value(), 2 * 2 * elements / 1e12 + 18 * elements / 10e12, 1e-9);
  EXPECT_NEAR(time.backward.value(), 2 * time.forward.value(), 1e-12);
}

Layer attention(std::int64_t heads, std::int64_t length, std::int64_t dimension) {
  Layer layer;
  layer.op = Op::attention;
  layer.kind = "full";
  layer.batch = heads;
  layer.m = layer.n = length;
  layer.k = dimension;
  return layer;
}

TEST(attention, with_the_scores_in_memory_grows_with_every_pass_over_them) {
  // 12 heads of 2048 x 2048 scores, batch 4: 201 M scores of 2 bytes; ten more passes move 4.03 GB more, 4.03
  // ms.
  ComputeSettings settings;
  settings.batch = 4;
  settings.flash_attention = false;
  settings.mode = Mode::inference;
  ComputeConstants few = lossless(), many = lossless();
  few.score_passes = 2;
  many.score_passes = 12;
  const Layer layer = attention(12, 2048, 64);
  const Seconds more = ComputeModel(round_gpu(), settings, many).layer(layer).forward -
                       ComputeModel(round_gpu(), settings, few).layer(layer).forward;
  EXPECT_NEAR(more.value(), 10 * 2 * 4 * 12 * 2048.0 * 2048 / 1e12, 1e-9);
}

TEST(attention, fused_is_faster_and_never_beats_the_arithmetic) {
  ComputeSettings fused, unfused;
  fused.batch = unfused.batch = 4;
  unfused.flash_attention = false;
  const Layer layer = attention(12, 2048, 64);
  const LayerTime fast = ComputeModel(round_gpu(), fused, lossless()).layer(layer);
  const LayerTime slow = ComputeModel(round_gpu(), unfused, lossless()).layer(layer);
  EXPECT_LT(fast.forward, slow.forward);
  EXPECT_GE(fast.forward.value(), 4.0 * 4 * 12 * 2048 * 2048 * 64 / 100e12);
}

TEST(attention, a_causal_mask_leaves_out_the_tiles_above_the_diagonal) {
  // 2048 keys in tiles of 128: (1 + 1/16) / 2 = 0.53125 of the scores, 1088 keys a row. Starting a row costs
  // as much as 100 keys: 0.53125 * (1 + 100/1088) / (1 + 100/2048) = 0.5531.
  ComputeSettings settings;
  settings.batch = 4;
  Layer causal = attention(12, 2048, 64), full = causal;
  causal.kind = "causal";
  const ComputeModel model = ideal_model(settings);
  EXPECT_NEAR(model.layer(causal).forward / model.layer(full).forward, 0.5531, 1e-4);
}

TEST(attention, kernels_of_amperes_instructions_run_at_amperes_rate_on_newer_gpus) {
  // 100 multiprocessors at 1 GHz do 2048 operations a clock with them: 204.8 of the 400 TFLOPS.
  topology::GpuSpec gpu = round_gpu();
  gpu.peak[topology::Precision::fp16] = FlopsPerSecond(400e12);
  gpu.boost_clock = Hertz(1e9);
  ComputeSettings settings;
  settings.batch = 16;
  ComputeConstants native = lossless();
  native.attention_native = 1;
  const Layer layer = attention(12, 4096, 128);
  const Seconds old = ComputeModel(gpu, settings, lossless()).layer(layer).forward;
  EXPECT_NEAR(old / ComputeModel(gpu, settings, native).layer(layer).forward, 400 / 204.8, 1e-6);
}

TEST(passes, eager_mixed_precision_takes_the_loss_in_fp32) {
  // Batch 32, 1e6 logits: 14 bytes each forward, 22 backward at 1 TB/s.
  Layer layer = activation(1'000'000);
  layer.op = Op::softmax;
  layer.kind = "cross entropy";
  const LayerTime time = ideal_model().layer(layer);
  EXPECT_NEAR(time.forward.value(), 32 * 14e6 / 1e12, 1e-9);
  EXPECT_NEAR(time.backward.value(), 32 * 22e6 / 1e12, 1e-9);
}

Layer linear(std::int64_t rows, std::int64_t in, std::int64_t out) {
  Layer layer;
  layer.op = Op::linear;
  layer.m = rows;
  layer.k = in;
  layer.n = out;
  layer.batch = 1;
  return layer;
}

TEST(fp8, halves_the_products_of_the_blocks_and_pays_for_the_casts) {
  // 25600 x 4096 by 4096 x 1280: 2.684 ms at 100 TFLOPS, 1.342 ms at 200. Casting 25600 * 4096 + 4096 * 1280
  // elements moves 4 bytes each: 0.440 ms.
  topology::GpuSpec gpu = round_gpu();
  gpu.peak[topology::Precision::fp8] = FlopsPerSecond(200e12);
  ComputeSettings settings;
  settings.precision = topology::Precision::fp8;
  settings.mode = Mode::inference;
  settings.batch = 1;
  const ComputeModel model(gpu, settings, lossless());
  LayerContext head;
  head.wide = true;
  const double product = 2.0 * 25600 * 1280 * 4096 / 100e12;
  EXPECT_NEAR(model.layer(linear(25600, 4096, 1280), head).forward.value(), product, 1e-9);
  EXPECT_NEAR(model.layer(linear(25600, 4096, 1280)).forward.value(),
              product / 2 + 4 * (25600.0 * 4096 + 4096.0 * 1280) / 1e12, 1e-9);
}

TEST(fp8, is_for_the_blocks_of_a_transformer_and_not_for_its_head) {
  ComputeSettings settings;
  settings.precision = topology::Precision::fp8;
  const Model model = load_model("gpt2", {}, DataCatalogue::embedded());
  int wide = 0;
  for (const DistinctLayer& distinct : plan_layers(model, settings).distinct) {
    if (distinct.layer.op == Op::linear) wide += distinct.context.wide ? 1 : 0;
  }
  EXPECT_EQ(wide, 1);  // lm_head
}

TEST(step, inference_has_neither_gradients_nor_optimizer) {
  Model model;
  model.layers = {convolution(64, 64, 56, 3), activation(64 * 56 * 56)};
  ComputeSettings settings;
  settings.mode = Mode::inference;
  const StepTime step = ideal_model(settings).step(model);
  EXPECT_EQ(step.backward, Seconds(0));
  EXPECT_EQ(step.optimizer, Seconds(0));
  EXPECT_EQ(step.total(), step.forward);
}

TEST(step, recomputing_everything_adds_the_forward_pass_to_the_backward_pass) {
  Model model;
  model.layers = {convolution(64, 64, 56, 3), activation(64 * 56 * 56)};
  ComputeSettings full;
  full.recompute = Recompute::full;
  const StepTime plain = ideal_model().step(model);
  const StepTime again = ideal_model(full).step(model);
  EXPECT_NEAR(again.backward.value(), (plain.backward + plain.forward).value(), 1e-12);
}

TEST(passes, a_group_norm_of_mixed_precision_training_runs_in_fp32) {
  // 1 Mi elements of 2 bytes, in units of one pass of 2 MiB. Forward 3 passes, their 3 again in FP32 and a
  // cast (3): 9; backward 5 + 5 + a cast (3): 13. Where channels lie side by side, copies there and back of 4
  // bytes add 8 to each. In inference the half-precision kernel makes its 3 passes.
  Layer norm = activation(1 << 20);
  norm.op = Op::layer_norm;
  norm.kind = "group";
  norm.input = norm.output = {1024, 32, 32};
  ComputeSettings settings;
  settings.batch = 1;
  settings.layout = Layout::nchw;
  const double unit = ideal_model(settings).memory_pass(Bytes(2.0 * (1 << 20))).value();
  const LayerTime plain = ideal_model(settings).layer(norm);
  EXPECT_NEAR(plain.forward.value() / unit, 9, 1e-9);
  EXPECT_NEAR(plain.backward.value() / unit, 13, 1e-9);
  settings.layout = Layout::nhwc;
  const LayerTime copied = ideal_model(settings).layer(norm);
  EXPECT_NEAR(copied.forward.value() / unit, 17, 1e-9);
  EXPECT_NEAR(copied.backward.value() / unit, 21, 1e-9);
  settings.layout = Layout::nchw;
  settings.mode = Mode::inference;
  EXPECT_NEAR(ideal_model(settings).layer(norm).forward.value() / unit, 3, 1e-9);
}

TEST(step, is_less_sure_on_a_gpu_of_another_generation) {
  // Fitted on an RTX 3090 (8.6). An RTX 4090 (8.9) is 3 points away, an MI300X is another maker's: 0.06 and
  // 0.3 in quadrature with the fit's own error.
  const DataCatalogue data = DataCatalogue::embedded();
  const topology::GpuCatalogue gpus(data);
  ComputeSettings settings;
  settings.layout = Layout::nhwc;
  settings.mode = Mode::training;
  const auto error = [&](const char* gpu) {
    return find_constants(gpus.find(gpu), settings, data).relative_error;
  };
  const double own = error("rtx3090");
  EXPECT_NEAR(error("rtx4090"), std::hypot(own, 0.06), 1e-9);
  EXPECT_GT(error("mi300x"), 0.3);
}

TEST(step, takes_at_least_the_time_to_launch_its_kernels) {
  // Ten tiny activations, 6 us each to dispatch: 60 us although the kernels take nothing.
  Model model;
  model.layers.assign(10, activation(8));
  ComputeSettings settings;
  settings.mode = Mode::inference;
  settings.batch = 1;
  ComputeConstants constants = lossless();
  constants.dispatch_forward_s = 6e-6;
  const StepTime step = ComputeModel(round_gpu(), settings, constants).step(model);
  EXPECT_NEAR(step.total().value(), 60e-6, 1e-12);
}

TEST(step, compiled_code_reads_an_element_wise_chain_once) {
  Model model;
  model.layers = {convolution(64, 64, 56, 3), activation(64 * 56 * 56), activation(64 * 56 * 56)};
  ComputeSettings compiled;
  compiled.compiled = true;
  const StepTime eager = ideal_model().step(model);
  const StepTime fused = ideal_model(compiled).step(model);
  EXPECT_EQ(fused.layers[1].forward, eager.layers[1].forward);
  EXPECT_EQ(fused.layers[2].forward, Seconds(0));
}

TEST(calibration, an_unknown_stack_names_the_nearest) {
  ComputeSettings settings;
  settings.stack = "pytroch";
  try {
    find_constants(round_gpu(), settings, DataCatalogue::embedded());
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_NE(wrong.message().find("'pytorch'"), std::string::npos) << wrong.message();
  }
}

TEST(calibration, embedded_constants_serve_every_precision) {
  using topology::Precision;
  for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16}) {
    ComputeSettings settings;
    settings.precision = precision;
    const ComputeModel model(round_gpu(), settings, DataCatalogue::embedded());
    EXPECT_GT(model.gemm({1, 4096, 4096, 4096}).time, Seconds(0));
  }
}

struct Answer {
  const char *gpu, *constants;
  topology::Precision precision;
};

TEST(calibration, a_gpu_nobody_measured_takes_the_constants_of_its_architecture) {
  // A T4 and a P4 hold a fraction of their peak at 70 and 75 W, which says nothing about other boards.
  using topology::Precision;
  const DataCatalogue data = DataCatalogue::embedded();
  const topology::GpuCatalogue gpus(data);
  const Answer answers[] = {{"p40", "pytorch-fp32-pascal", Precision::fp32},
                            {"gtx1070", "pytorch-fp32-pascal", Precision::fp32},
                            {"p4", "pytorch-fp32-p4", Precision::fp32},
                            {"m60", "pytorch-fp32-maxwell", Precision::fp32},
                            {"rtx2080ti", "pytorch-fp32-v100-pcie-32gb", Precision::fp32},
                            {"rtx2080ti", "pytorch-tensor-turing", Precision::fp16},
                            {"titan-v", "pytorch-tensor-volta", Precision::fp16},
                            {"h100-pcie", "pytorch-tensor-hopper", Precision::fp16},
                            {"h200-sxm", "pytorch-tensor-hopper", Precision::bf16},
                            {"b200", "pytorch-tensor-hopper", Precision::fp16},
                            // Ampere and Ada were measured with whole networks, in their layout.
                            {"a100-sxm4-80gb", "pytorch-tensor-nhwc-training", Precision::fp16},
                            {"rtx4090", "pytorch-tensor-nhwc-training", Precision::fp16},
                            {"rtx5090", "pytorch-tensor-nhwc-training", Precision::fp16}};
  for (const Answer& answer : answers) {
    ComputeSettings settings;
    settings.precision = answer.precision;
    settings.layout = Layout::nhwc;
    settings.mode = Mode::training;
    EXPECT_EQ(find_constants(gpus.find(answer.gpu), settings, data).name, answer.constants) << answer.gpu;
  }
}

TEST(settings, words_parse_back_to_what_they_name) {
  EXPECT_EQ(parse_layout(to_text(Layout::nhwc)), Layout::nhwc);
  EXPECT_EQ(parse_mode("inference"), Mode::inference);
  EXPECT_EQ(parse_optimizer("adam"), Optimizer::adam);
  EXPECT_EQ(parse_recompute("selective"), Recompute::selective);
  EXPECT_THROW(parse_layout("nchv"), InputError);
}

}  // namespace
}  // namespace scalesim::workloads
