// Kernel times of products, convolutions, attention and passes on a GPU of round figures, by hand.
#include "workloads/compute/time.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/workloads/time_gpus.h"
#include "workloads/compute/traffic.h"

namespace scalesim::workloads {
namespace {

ComputeSettings settings_of(Mode mode, std::int64_t batch = 1) {
  ComputeSettings settings;
  settings.mode = mode;
  settings.batch = batch;
  return settings;
}

ComputeModel model_of(const ComputeSettings& settings, const ComputeConstants& constants = lossless()) {
  return {round_gpu(), settings, constants};
}

// Ten multiprocessors of 1e12 FLOP/s each; memory that costs nothing unless said.
MatrixUnits units() { return {1e13, 10, 0, 1e30}; }

// 256 x 128 fills one tile of the full rate: 2 * 256 * 128 * 32 operations on one of ten multiprocessors.
TEST(BestTile, OneTileRunsOnOneMultiprocessor) {
  const double tile = 2.0 * 256 * 128 * 32 / 1e12;
  // Ten products of one tile fill all multiprocessors once; eleven need another wave of some tile.
  EXPECT_DOUBLE_EQ(best_tile_seconds({10, 256, 128, 32}, units()), tile);
  EXPECT_GT(best_tile_seconds({11, 256, 128, 32}, units()), tile);
  // Alone, four tiles of 64 x 128 at 0.87 would take 1/4/0.87; eight of 64 x 64 at 0.7 take 1/8/0.7; eight of
  // 128 x 32 at 0.65 take longer, and sixteen of 128 x 16 at 0.45 need two waves.
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 256, 128, 32}, units()), tile / 8 / 0.7);
}

// The share of a small tile to the second power: 64 x 64 at 0.49 takes 1/8/0.49 = 0.255, 256 x 32 at 0.5625
// takes 1/4/0.5625 = 0.444, 64 x 128 at 0.7569 takes 0.330.
TEST(BestTile, PoorSmallTilesCostMore) {
  MatrixUnits poor = units();
  poor.small_tiles = 2;
  const double tile = 2.0 * 256 * 128 * 32 / 1e12;
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 256, 128, 32}, poor), tile / 8 / 0.49);
}

// 32 more of depth: as long as twice the operations. One wave of filling: twice again.
TEST(BestTile, DepthAndFillingAreAdded) {
  MatrixUnits slow = units();
  slow.depth_half = 32;
  const double tile = 2.0 * 256 * 128 * 32 / 1e12;
  EXPECT_DOUBLE_EQ(best_tile_seconds({10, 256, 128, 32}, slow), 2 * tile);
  slow.wave_fill = 0.001;
  EXPECT_DOUBLE_EQ(best_tile_seconds({10, 256, 128, 32}, slow), 2 * 1.001 * tile);
}

// 16 x 16 outputs are one tile of 128 x 16 at 0.45 at best. A depth of 128 may be split in 2 parts of 64, one
// of 127 not at all. Partial sums: (2 + 1) * 4 bytes * 256 outputs.
TEST(BestTile, ALongReductionIsSplit) {
  const double whole = 2.0 * 128 * 16 / (0.45 * 1e12);
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 16, 16, 127}, units()), 127 * whole);
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 16, 16, 128}, units()), 64 * whole);
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 16, 16, 256}, units()), 64 * whole);
  MatrixUnits narrow = units();
  narrow.bandwidth = 3072 / (16 * whole);  // the sums take as long as a depth of 16
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 16, 16, 128}, narrow), 80 * whole);
  narrow.bandwidth = 3072 / (80 * whole);  // longer than what the split saves
  EXPECT_DOUBLE_EQ(best_tile_seconds({1, 16, 16, 128}, narrow), 128 * whole);
  // Ten tiles keep every multiprocessor busy, nine do not.
  EXPECT_DOUBLE_EQ(best_tile_seconds({10, 16, 16, 128}, units()), 128 * whole);
  EXPECT_DOUBLE_EQ(best_tile_seconds({5, 16, 16, 128}, units()), 64 * whole);
}

// FP32 cores have a tile of 32 x 32 at 0.6.
TEST(BestTile, VectorCoresHaveSmallTiles) {
  MatrixUnits vector = units();
  vector.vector_cores = true;
  EXPECT_DOUBLE_EQ(best_tile_seconds({10, 32, 32, 32}, vector), 2.0 * 32 * 32 * 32 / (0.6 * 1e12));
  EXPECT_DOUBLE_EQ(best_tile_seconds({10, 128, 128, 32}, vector), 2.0 * 128 * 128 * 32 / 1e12);
}

struct Aligned {
  double n, k, share;
};

// Rows of halves: a multiple of 16 bytes is full rate, of 8 bytes three quarters, else 0.4; the worse of
// both.
TEST(Gemm, RowsOutOfLineSlowAProduct) {
  const ComputeModel model = model_of(settings_of(Mode::inference));
  const Aligned cases[] = {{1280, 4096, 1},    {1280, 4092, 0.75}, {1280, 4094, 0.4}, {1280, 4095, 0.4},
                           {1276, 4096, 0.75}, {1278, 4096, 0.4},  {1276, 4094, 0.4}};
  for (const Aligned& row : cases) {
    EXPECT_NEAR(model.gemm({1, 25600, row.n, row.k}).time.value(),
                2.0 * 25600 * 1280 * row.k / 100e12 / row.share, 1e-9)
        << row.n << " " << row.k;
  }
}

struct Moves {
  Op op;
  const char* kind;
  Mode mode;
  double forward, backward;
};

// Input of 20 elements, output of 10, two inputs; an index takes 4 elements.
TEST(Traffic, CountsReadsAndWritesOfEachKind) {
  const Mode train = Mode::training, infer = Mode::inference;
  const Moves cases[] = {{Op::batch_norm, "", train, 30, 50},     {Op::batch_norm, "", infer, 20, 50},
                         {Op::layer_norm, "", train, 20, 50},     {Op::layer_norm, "group", train, 30, 50},
                         {Op::activation, "relu", train, 20, 30}, {Op::add, "sum", train, 30, 0},
                         {Op::add, "product", train, 30, 60},     {Op::add, "scale", train, 20, 60},
                         {Op::concat, "", train, 20, 20},         {Op::pool, "average", train, 30, 30},
                         {Op::pool, "max", train, 70, 90},        {Op::global_pool, "average", train, 20, 20},
                         {Op::softmax, "", train, 20, 30},        {Op::dropout, "", train, 25, 25},
                         {Op::dropout, "", infer, 0, 0},          {Op::embedding, "", train, 20, 20},
                         {Op::shuffle, "", train, 20, 20},        {Op::other, "", train, 50, 50}};
  for (const Moves& expected : cases) {
    Layer layer;
    layer.op = expected.op;
    layer.kind = expected.kind;
    layer.input = {20, 1, 1};
    layer.output = {10, 1, 1};
    layer.inputs = 2;
    const Traffic traffic = traffic_of(layer, expected.mode, 4);
    EXPECT_DOUBLE_EQ(traffic.forward, expected.forward) << to_text(expected.op) << " " << expected.kind;
    EXPECT_DOUBLE_EQ(traffic.backward, expected.backward) << to_text(expected.op) << " " << expected.kind;
  }
}

Layer pass(Op op, const char* kind = "") {
  Layer layer;
  layer.op = op;
  layer.kind = kind;
  layer.input = layer.output = {1'000'000, 1, 1};
  return layer;
}

struct Share {
  Op op;
  const char* kind;
  Mode mode;
  bool compiled;
  double forward_us;
};

// 1e6 elements of 2 bytes are 2 us at 1 TB/s. Shares of the bandwidth: passes 0.8, rows 0.5, batch norm in
// training 0.4, broadcasts 0.25.
TEST(Passes, EachKindReachesItsShareOfTheBandwidth) {
  ComputeConstants constants = lossless();
  constants.memory_fraction = 0.8;
  constants.row_fraction = 0.5;
  constants.batch_norm_fraction = 0.4;
  constants.broadcast_fraction = 0.25;
  const Mode train = Mode::training, infer = Mode::inference;
  const Share cases[] = {
      {Op::activation, "", infer, false, 4 / 0.8},      {Op::softmax, "", infer, false, 4 / 0.5},
      {Op::softmax, "", infer, true, 4 / 0.8},          {Op::layer_norm, "", infer, false, 4 / 0.5},
      {Op::layer_norm, "group", infer, false, 6 / 0.8}, {Op::batch_norm, "", train, false, 6 / 0.4},
      {Op::batch_norm, "", infer, false, 4 / 0.8},      {Op::global_pool, "", infer, false, 2 / 0.25},
      {Op::add, "scale", infer, false, 4 / 0.25},       {Op::add, "sum", infer, false, 4 / 0.8}};
  for (const Share& expected : cases) {
    ComputeSettings settings = settings_of(expected.mode);
    settings.compiled = expected.compiled;
    EXPECT_NEAR(model_of(settings, constants).layer(pass(expected.op, expected.kind)).forward.value(),
                expected.forward_us * 1e-6, 1e-12)
        << to_text(expected.op) << " " << expected.kind;
  }
}

// Rows that take as long to start as 100 bytes take to move: rows of 50 halves take twice as long. A softmax
// goes along the width where there is one.
TEST(Passes, ShortRowsCostTheirStart) {
  ComputeConstants constants = lossless();
  constants.row_half_bytes = 100;
  const ComputeSettings settings = settings_of(Mode::inference);
  const auto us = [&](Op op, const char* kind, const Shape& shape, bool compiled = false) {
    Layer layer = pass(op, kind);
    layer.input = layer.output = shape;
    ComputeSettings with = settings;
    with.compiled = compiled;
    return model_of(with, constants).layer(layer).forward.value() * 1e6;
  };
  EXPECT_NEAR(us(Op::layer_norm, "", {50, 1, 20000}), 8, 1e-9);
  EXPECT_NEAR(us(Op::softmax, "", {20000, 1, 50}), 8, 1e-9);
  EXPECT_NEAR(us(Op::softmax, "", {50, 20000, 1}), 8, 1e-9);
  EXPECT_NEAR(us(Op::layer_norm, "", {50, 1, 20000}, true), 4, 1e-9);
  EXPECT_NEAR(us(Op::layer_norm, "group", {50, 1, 20000}), 6, 1e-9);
  EXPECT_NEAR(us(Op::activation, "", {50, 1, 20000}), 4, 1e-9);
}

// Compiled: a joined activation writes nothing forward and reads once more backward (2 us each), a joined
// batch norm of training makes 1 and 2 passes, a joined sum reads its second tensor, a gate nothing.
TEST(Passes, JoinedLayersReadOnlyWhatIsNew) {
  ComputeSettings settings = settings_of(Mode::training);
  settings.compiled = true;
  LayerContext joined;
  joined.fused = true;
  const ComputeModel model = model_of(settings);
  const auto times = [&](Layer layer, std::int64_t inputs = 1) {
    layer.inputs = inputs;
    const LayerTime time = model.layer(layer, joined);
    return std::pair(time.forward.value() * 1e6, time.backward.value() * 1e6);
  };
  const auto expect = [](std::pair<double, double> time, double forward, double backward) {
    EXPECT_NEAR(time.first, forward, 1e-9);
    EXPECT_NEAR(time.second, backward, 1e-9);
  };
  expect(times(pass(Op::activation)), 0, 2);
  expect(times(pass(Op::batch_norm)), 2, 4);
  expect(times(pass(Op::add, "sum"), 3), 4, 0);
  expect(times(pass(Op::add, "scale"), 2), 0, 0);
  expect(times(pass(Op::dropout)), 0, 0);
}

// A layer norm over an image copies it there and back in nchw: 4 more passes of 2 us each way.
TEST(Passes, ALayerNormOverAnImageWantsItsChannelsTogether) {
  Layer norm = pass(Op::layer_norm);
  norm.input = norm.output = {1000, 100, 10};
  ComputeSettings settings = settings_of(Mode::training);
  const auto forward = [&] { return model_of(settings).layer(norm).forward.value() * 1e6; };
  EXPECT_NEAR(forward(), 4, 1e-9);
  settings.layout = Layout::nchw;
  EXPECT_NEAR(forward(), 12, 1e-9);
  EXPECT_NEAR(model_of(settings).layer(norm).backward.value() * 1e6, 18, 1e-9);  // 5 passes and 4
  settings.compiled = true;
  EXPECT_NEAR(forward(), 4, 1e-9);
  settings.compiled = false;
  norm.input = norm.output = {1000, 1, 1000};  // a sequence
  EXPECT_NEAR(forward(), 4, 1e-9);
}

struct Update {
  Optimizer optimizer;
  double fused, eager;
};

// Bytes of a parameter: 12, 20, 28 in one pass and 24, 44, 76 in several; 12 more for casts of 16 bits.
TEST(OptimizerTime, FollowsTheBytesOfAParameter) {
  for (const Update& update : {Update{Optimizer::sgd, 12, 24}, Update{Optimizer::momentum, 20, 44},
                               Update{Optimizer::adam, 28, 76}}) {
    ComputeSettings settings = settings_of(Mode::training);
    settings.optimizer = update.optimizer;
    const auto us = [&](const ComputeConstants& constants) {
      return model_of(settings, constants).optimizer(1e6).value() * 1e6;
    };
    ComputeConstants fused = lossless();
    fused.fused_optimizer = 1;
    EXPECT_NEAR(us(lossless()), update.eager + 12, 1e-9);
    EXPECT_NEAR(us(fused), update.fused + 12, 1e-9);
    settings.precision = topology::Precision::fp32;
    EXPECT_NEAR(us(lossless()), update.eager, 1e-9);
    settings.compiled = true;
    EXPECT_NEAR(us(lossless()), update.fused, 1e-9);
  }
}

// 40 MB stay in L2: of as many bytes half are found there, at twice the bandwidth: 40 us * (1 - 1/2 * 1/2).
TEST(MemoryPass, WhatIsStillInL2IsFaster) {
  ComputeConstants constants = lossless();
  constants.l2_gain = 2;
  constants.kernel_floor_s = 1e-6;
  const ComputeModel model = model_of(settings_of(Mode::training), constants);
  EXPECT_NEAR(model.memory_pass(Bytes(40e6)).value() * 1e6, 31, 1e-9);
  EXPECT_NEAR(model.memory_pass(Bytes(0)).value() * 1e6, 1, 1e-9);
}

// 100 products of 128 queries fill 100 multiprocessors; 64 keys are one tile. Operations: forward 4 * 64 a
// score, backward 10 * 64. Starting costs as many as 100 keys forward and 300 backward.
TEST(FusedAttention, IsItsProductsAndTheStartOfItsRows) {
  Layer layer;
  layer.op = Op::attention;
  layer.kind = "full";
  layer.batch = 100;
  layer.m = 128;
  layer.n = 64;
  layer.k = 640;
  const double scores = 100.0 * 128 * 64;
  const auto time = [&](double vector) {
    ComputeConstants constants = lossless();
    constants.attention_forward = 0.5;
    constants.attention_backward = 0.25;
    constants.attention_vector = vector;
    constants.attention_vector_backward = 2 * vector;
    topology::GpuSpec gpu = round_gpu();
    gpu.memory_bandwidth = BytesPerSecond(1e18);
    return ComputeModel(gpu, settings_of(Mode::training), constants).layer(layer);
  };
  EXPECT_NEAR(time(0).forward.value() / (scores * 2560 / 50e12 * (1 + 100 / 64.0)), 1, 1e-9);
  EXPECT_NEAR(time(0).backward.value() / (scores * 6400 / 25e12 * (1 + 300 / 64.0)), 1, 1e-9);
  EXPECT_NEAR(time(8).forward.value() / (scores * (2560 / 50e12 + 8 / 10e12) * (1 + 100 / 64.0)), 1, 1e-9);
  EXPECT_NEAR(time(8).backward.value() / (scores * (6400 / 25e12 + 16 / 10e12) * (1 + 300 / 64.0)), 1, 1e-9);
  const double one = time(0).forward.value();
  layer.batch = 101;  // a second wave
  EXPECT_NEAR(time(0).forward.value() / one, 2, 1e-9);
  layer.batch = 100;
  layer.m = 127;  // as long as a whole tile
  EXPECT_NEAR(time(0).forward.value() / one, 1, 1e-9);
}

// 10 heads, 1000 x 1000 scores, dimension 8; bytes forward: 2 * (2 + 2) * 10 * 1000 * 8, twice backward.
TEST(FusedAttention, MovesItsFourTensors) {
  Layer layer;
  layer.op = Op::attention;
  layer.kind = "full";
  layer.batch = 10;
  layer.m = layer.n = 1000;
  layer.k = 8;
  topology::GpuSpec gpu = round_gpu();
  gpu.memory_bandwidth = BytesPerSecond(1e6);
  const LayerTime time = ComputeModel(gpu, settings_of(Mode::training), lossless()).layer(layer);
  EXPECT_NEAR(time.forward.value(), 0.64, 1e-9);
  EXPECT_NEAR(time.backward.value(), 1.28, 1e-9);
  EXPECT_EQ(time.bound, Bound::memory);
}

// Two layers of 4 us forward and 6 us backward, and a launch of each pass.
TEST(Step, SumsLayersAndLaunches) {
  ComputeConstants constants = lossless();
  constants.dispatch_forward_s = 1e-6;
  constants.dispatch_backward_s = 3e-6;
  constants.relative_error = 0.1;
  Model model;
  model.layers = {pass(Op::activation), pass(Op::activation)};
  StepTime step = model_of(settings_of(Mode::training), constants).step(model);
  EXPECT_NEAR(step.forward.value(), 8e-6, 1e-12);
  EXPECT_NEAR(step.backward.value(), 12e-6, 1e-12);
  EXPECT_NEAR(step.launch.value(), 8e-6, 1e-12);
  EXPECT_EQ(step.relative_error, 0.1);
  EXPECT_NEAR(step.total().value(), 20e-6, 1e-12);
  constants.dispatch_forward_s = 8e-6;
  step = model_of(settings_of(Mode::training), constants).step(model);
  EXPECT_EQ(step.relative_error, 0.4);  // hosts differ more than kernels
  EXPECT_NEAR(step.total().value(), 22e-6, 1e-12);
  constants.relative_error = 0.5;
  EXPECT_EQ(model_of(settings_of(Mode::training), constants).step(model).relative_error, 0.5);
}

TEST(Step, AStackScalesEveryLayerAndARecomputeRunsForwardAgain) {
  ComputeConstants constants = lossless();
  constants.stack_factor = 2;
  LayerContext context;
  context.recomputed = true;
  const LayerTime time =
      model_of(settings_of(Mode::training), constants).layer(pass(Op::activation), context);
  EXPECT_NEAR(time.forward.value(), 8e-6, 1e-12);
  EXPECT_NEAR(time.backward.value(), 20e-6, 1e-12);
  EXPECT_EQ(model_of(settings_of(Mode::inference), constants).layer(pass(Op::activation), context).backward,
            Seconds(0));
}

TEST(ComputeModel, NeedsABatchAndABandwidth) {
  EXPECT_THROW(model_of(settings_of(Mode::training, 0)), InternalError);
  topology::GpuSpec gpu = round_gpu();
  gpu.memory_bandwidth = BytesPerSecond(0);
  EXPECT_THROW(ComputeModel(gpu, {}, lossless()), InternalError);
}

// Server boards hold 0.9 where nobody measured, GeForce boards all of their peak; constants fitted on the
// very GPU have it in them.
TEST(ComputeModel, ABoardHoldsAShareOfItsPeak) {
  topology::GpuSpec gpu = round_gpu();
  ComputeConstants constants = lossless();
  const auto ms = [&] {
    return ComputeModel(gpu, settings_of(Mode::inference), constants)
               .gemm({1, 25600, 1280, 4096})
               .time.value() *
           1e3;
  };
  const double peak = 2.0 * 25600 * 1280 * 4096 / 100e12 * 1e3;
  EXPECT_NEAR(ms(), peak, 1e-9);
  gpu.form_factor = "SXM";
  EXPECT_NEAR(ms(), peak / 0.9, 1e-9);
  constants.matrix_efficiency = 0.8;
  EXPECT_NEAR(ms(), peak / 0.8, 1e-9);
  constants.matrix_efficiency = 1;
  constants.same_gpu = true;
  EXPECT_NEAR(ms(), peak, 1e-9);
}

}  // namespace
}  // namespace scalesim::workloads
