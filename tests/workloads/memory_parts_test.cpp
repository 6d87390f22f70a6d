// Memory of a network of six dense layers, small enough that every byte is added up by hand in a comment.
#include <gtest/gtest.h>

#include "core/error.h"
#include "workloads/memory/memory.h"

namespace scalesim::workloads {
namespace {

constexpr double kContext = 500e6;

Layer dense(std::int64_t in, std::int64_t out, std::int64_t parameters, int block, int source) {
  Layer layer;
  layer.op = Op::linear;
  layer.input = {in, 1, 1};
  layer.output = {out, 1, 1};
  layer.parameters = {{"weight", parameters}};
  layer.block = block;
  layer.sources = {source};
  return layer;
}

// Parameters: front 100, blocks 30 + 40 + 30, back 7: 207. Every layer keeps its input, elements: front 4,
// blocks (8 + 16) + 6 + 12 = 42, back 5. The blocks are entered by 8, 6 and 12 elements: 26.
Model six() {
  Model model;
  model.name = "six";
  model.input = {4, 1, 1};
  model.layers = {dense(4, 8, 100, -1, -1), dense(8, 16, 10, 0, 0), dense(16, 6, 20, 0, 1),
                  dense(6, 12, 40, 1, 2),   dense(12, 5, 30, 2, 3), dense(5, 3, 7, -1, 4)};
  return model;
}

Model six_of_a_transformer() {
  Model model = six();
  TransformerShape shape;
  shape.hidden = 3;
  shape.vocabulary = 5;
  shape.layers = 3;
  shape.kv_heads = 2;
  shape.head_dim = 7;
  shape.sequence = 11;
  model.transformer = shape;
  model.tokens_per_sample = 11;
  model.layers[1].cut = TensorCut::column;
  model.layers[2].cut = TensorCut::row;
  return model;
}

ComputeSettings settings_of(std::int64_t batch, Recompute recompute = Recompute::none) {
  ComputeSettings settings;
  settings.batch = batch;
  settings.recompute = recompute;
  return settings;
}

Sharding pipeline(int stages, int in_flight = 1) {
  Sharding sharding;
  sharding.pipeline_parallel = stages;
  sharding.microbatches_in_flight = in_flight;
  return sharding;
}

struct Stages {
  int stages;
  double parameters;
};

// The heaviest of n stages has ceil(3 / n) of the 3 blocks and the 100 of the front: 2/3 and 1/3 of 100 with
// it. One stage has all 207.
TEST(MemoryParts, ThePipelineLeavesTheHeaviestStageItsShareOfTheBlocks) {
  const Stages cases[] = {{1, 207}, {2, 100 + 200 / 3.0}, {3, 100 + 100 / 3.0}, {4, 100 + 100 / 3.0}};
  for (const Stages& expected : cases) {
    const MemoryUse use = memory_use(six(), settings_of(1), pipeline(expected.stages));
    EXPECT_DOUBLE_EQ(use.weights.value(), 2 * expected.parameters) << expected.stages;
    EXPECT_DOUBLE_EQ(use.gradients.value(), 4 * expected.parameters) << expected.stages;
    EXPECT_DOUBLE_EQ(use.optimizer.value(), 8 * expected.parameters) << expected.stages;
  }
}

TEST(MemoryParts, AHeavyBackWeighsAsAHeavyFront) {
  Model model = six();
  model.layers[5].parameters = {{"weight", 300}};
  EXPECT_DOUBLE_EQ(memory_use(model, settings_of(1), pipeline(2)).weights.value(), 2 * (300 + 200 / 3.0));
}

TEST(MemoryParts, ANetworkWithoutBlocksIsNotDividedByThePipeline) {
  Model model = six();
  for (Layer& layer : model.layers) layer.block = -1;
  EXPECT_DOUBLE_EQ(memory_use(model, settings_of(1), pipeline(3)).weights.value(), 2 * 207.0);
}

TEST(MemorySpan, SharesRoundUp) {
  MemoryModel::Span span;
  span.front = 3;
  span.blocks = 50;
  span.back = 4;
  span.count = 5;
  EXPECT_DOUBLE_EQ(span.share(1), 1);
  EXPECT_DOUBLE_EQ(span.share(2), 0.6);  // 3 of 5
  EXPECT_DOUBLE_EQ(span.share(4), 0.4);  // 2 of 5
  EXPECT_DOUBLE_EQ(span.share(5), 0.2);
  EXPECT_DOUBLE_EQ(span.share(6), 0.2);
  EXPECT_DOUBLE_EQ(span.heaviest_stage(1), 57);
  EXPECT_DOUBLE_EQ(span.heaviest_stage(2), 34);  // 30 and the larger end, 4
  span.count = 0;
  EXPECT_DOUBLE_EQ(span.heaviest_stage(2), 57);
}

struct Kept {
  int stages, in_flight;
  Recompute recompute;
  double bytes;
};

// Two bytes an element: front 8, blocks 84 (the largest 48), back 10; the blocks' inputs 52.
// None: 102 for each micro-batch; 2 stages hold 56 of the blocks: max((8 + 56) n, 56 + 10).
// Full: (8 + 52 * share) n + 48, and the back of 10 where one stage has it all.
TEST(MemoryParts, ActivationsFollowThePipelineTheMicroBatchesAndTheRecompute) {
  const Kept cases[] = {{1, 1, Recompute::none, 102},
                        {1, 3, Recompute::none, 306},
                        {2, 1, Recompute::none, 66},
                        {2, 2, Recompute::none, 128},
                        {3, 1, Recompute::none, 38},
                        {3, 4, Recompute::none, 144},
                        {1, 1, Recompute::selective, 102},
                        {1, 1, Recompute::full, 118},
                        {1, 2, Recompute::full, 178},
                        {2, 3, Recompute::full, 3 * (8 + 52 * 2 / 3.0) + 48},
                        {3, 1, Recompute::full, 8 + 52 / 3.0 + 48}};
  for (const Kept& expected : cases) {
    for (const std::int64_t batch : {1, 5}) {
      const MemoryUse use = memory_use(six(), settings_of(batch, expected.recompute),
                                       pipeline(expected.stages, expected.in_flight));
      EXPECT_DOUBLE_EQ(use.activations.value(), static_cast<double>(batch) * expected.bytes)
          << expected.stages << " stages, " << expected.in_flight << " in flight, batch " << batch;
    }
  }
}

TEST(MemoryParts, AFullRecomputeWithoutBlocksKeepsEverything) {
  Model model = six();
  for (Layer& layer : model.layers) layer.block = -1;
  EXPECT_DOUBLE_EQ(memory_use(model, settings_of(1, Recompute::full), {}).activations.value(), 102);
}

struct State {
  topology::Precision precision;
  Optimizer optimizer;
  double weights, optimizer_bytes;
};

// Moments in fp32 (none, one, two of 4 bytes) and a master copy of 4 where the weights are shorter.
TEST(MemoryParts, BytesOfAParameterFollowPrecisionAndOptimizer) {
  using topology::Precision;
  const State cases[] = {
      {Precision::fp32, Optimizer::sgd, 4, 0},   {Precision::fp32, Optimizer::momentum, 4, 4},
      {Precision::fp32, Optimizer::adam, 4, 8},  {Precision::tf32, Optimizer::adam, 4, 8},
      {Precision::fp16, Optimizer::sgd, 2, 4},   {Precision::fp16, Optimizer::momentum, 2, 8},
      {Precision::bf16, Optimizer::adam, 2, 12}, {Precision::fp8, Optimizer::adam, 2, 12}};
  for (const State& expected : cases) {
    ComputeSettings settings = settings_of(1);
    settings.precision = expected.precision;
    settings.optimizer = expected.optimizer;
    const MemoryUse use = memory_use(six(), settings, {});
    EXPECT_DOUBLE_EQ(use.weights.value(), 207 * expected.weights);
    EXPECT_DOUBLE_EQ(use.gradients.value(), 207 * 4.0);
    EXPECT_DOUBLE_EQ(use.optimizer.value(), 207 * expected.optimizer_bytes);
    EXPECT_DOUBLE_EQ(use.activations.value(), 51 * expected.weights);
  }
}

struct Zero {
  int stage, ranks;
  double weights, gradients, optimizer, copies;
};

// 414, 828 and 1656 bytes. DDP copies the gradients; stage 3 gathers twice the largest unit, the front's 100
// parameters of 2 bytes; one rank copies nothing.
TEST(MemoryParts, ZeroDividesStatesAndCopiesForCommunication) {
  const Zero cases[] = {{0, 1, 414, 828, 1656, 0},   {3, 1, 414, 828, 1656, 0}, {0, 2, 414, 828, 1656, 828},
                        {1, 2, 414, 828, 828, 0},    {2, 2, 414, 414, 828, 0},  {3, 2, 207, 414, 828, 400},
                        {3, 4, 103.5, 207, 414, 400}};
  for (const Zero& expected : cases) {
    Sharding sharding;
    sharding.zero_stage = expected.stage;
    sharding.data_parallel = expected.ranks;
    const MemoryUse use = memory_use(six(), settings_of(3), sharding);
    EXPECT_DOUBLE_EQ(use.weights.value(), expected.weights) << expected.stage;
    EXPECT_DOUBLE_EQ(use.gradients.value(), expected.gradients) << expected.stage;
    EXPECT_DOUBLE_EQ(use.optimizer.value(), expected.optimizer) << expected.stage;
    // The working set: gradients in and out of the widest layer, 2 * 16 elements * 2 bytes, of 3 samples;
    // fragments: a twentieth of 3 * 102.
    EXPECT_NEAR(use.buffers.value(), kContext + expected.copies + 192 + 15.3, 1e-6) << expected.stage;
  }
}

TEST(MemoryParts, ZeroThreeGathersTheLargestUnit) {
  Sharding sharding;
  sharding.zero_stage = 3;
  sharding.data_parallel = 2;
  const auto copies = [&](const Model& model) {
    return memory_use(model, settings_of(1), sharding).buffers.value() - kContext - 64 - 5.1;
  };
  Model model = six();
  model.layers[0].parameters[0].elements = 1;
  EXPECT_NEAR(copies(model), 160, 1e-6);  // the block of 40
  model.layers[5].parameters[0].elements = 90;
  EXPECT_NEAR(copies(model), 360, 1e-6);  // the back
  for (Layer& layer : model.layers) layer.block = -1;
  EXPECT_NEAR(copies(model), 4 * (1 + 100 + 90.0), 1e-6);  // no blocks: all at once
}

// A column layer leaves each of 2 ranks half of its 16 outputs, which the row layer keeps: 102 - 16 bytes.
// With sequence parallelism everything is halved.
TEST(MemoryParts, TensorRanksDivideWhatReadsDividedChannels) {
  Sharding sharding;
  sharding.tensor_parallel = 2;
  const Model model = six_of_a_transformer();
  const MemoryUse use = memory_use(model, settings_of(1), sharding);
  EXPECT_DOUBLE_EQ(use.activations.value(), 86);
  EXPECT_DOUBLE_EQ(use.weights.value(), 207);
  EXPECT_NEAR(use.buffers.value(), kContext + 32 + 4.3, 1e-6);  // the widest of 16 outputs is divided
  sharding.sequence_parallel = true;
  EXPECT_DOUBLE_EQ(memory_use(model, settings_of(1), sharding).activations.value(), 51);
  // A network that is no transformer keeps all of it.
  EXPECT_DOUBLE_EQ(memory_use(six(), settings_of(1), sharding).activations.value(), 102);
}

// Largest block: 16 + 32 bytes, 16 + 16 with the row's input halved, 24 with all of it. Block inputs 52
// bytes, 26 divided.
TEST(MemoryParts, SequenceParallelismDividesTheBlockInputsOfAFullRecompute) {
  Sharding sharding;
  sharding.tensor_parallel = 2;
  const ComputeSettings settings = settings_of(1, Recompute::full);
  const Model model = six_of_a_transformer();
  EXPECT_DOUBLE_EQ(memory_use(model, settings, sharding).activations.value(), 8 + 52 + 32 + 10);
  sharding.sequence_parallel = true;
  EXPECT_DOUBLE_EQ(memory_use(model, settings, sharding).activations.value(), 4 + 26 + 24 + 5);
  EXPECT_DOUBLE_EQ(memory_use(six(), settings, sharding).activations.value(), 118);
}

TEST(MemoryParts, OnlyDenseLayersAndSoftmaxHaveADividedWidestOutput) {
  Sharding sharding;
  sharding.tensor_parallel = 4;
  const auto working_set = [&](Op op) {
    Model model = six();
    model.layers[1].op = op;
    const MemoryUse use = memory_use(model, settings_of(1), sharding);
    return use.buffers.value() - kContext - 0.05 * use.activations.value();
  };
  EXPECT_NEAR(working_set(Op::linear), 16, 1e-6);  // 2 * 2 * 16 / 4
  EXPECT_NEAR(working_set(Op::softmax), 16, 1e-6);
  EXPECT_NEAR(working_set(Op::conv), 64, 1e-6);
}

// Tied: the table of 5 * 3 is at both ends, 22 in the back; one GPU with all of it holds it once.
TEST(MemoryParts, TiedEmbeddingsAreHeldByTheFirstAndTheLastStage) {
  Model model = six_of_a_transformer();
  model.layers[0].parameters[0].elements = 15;
  model.transformer->tied_embeddings = true;
  const auto weights = [&](int stages) {
    return memory_use(model, settings_of(1), pipeline(stages)).weights.value() / 2;
  };
  EXPECT_DOUBLE_EQ(weights(1), 122);
  EXPECT_DOUBLE_EQ(weights(3), 100 / 3.0 + 22);
  model.transformer->causal = false;
  EXPECT_DOUBLE_EQ(weights(3), 100 / 3.0 + 15);
  model.transformer->causal = true;
  model.transformer->tied_embeddings = false;
  EXPECT_DOUBLE_EQ(weights(3), 100 / 3.0 + 15);
}

TEST(MemoryParts, NoStageHoldsMoreThanAllParameters) {
  Model model = six_of_a_transformer();
  model.transformer->tied_embeddings = true;
  model.transformer->vocabulary = 1000;
  EXPECT_DOUBLE_EQ(memory_use(model, settings_of(1), pipeline(2)).weights.value(), 414);
}

// Alive: 8 + 16 elements of the second layer. Cache: keys and values of 3 layers, 2 heads of 7, 11 tokens:
// 2 * 3 * 2 * 7 * 11 = 924 elements.
TEST(MemoryParts, InferenceHoldsTheWidestLayerAndTheCacheOfADecoder) {
  ComputeSettings settings = settings_of(3);
  settings.mode = Mode::inference;
  Model model = six_of_a_transformer();
  const auto activations = [&](int tensor, int stages) {
    Sharding sharding = pipeline(stages);
    sharding.tensor_parallel = tensor;
    return memory_use(model, settings, sharding).activations.value();
  };
  EXPECT_DOUBLE_EQ(activations(1, 1), 3 * 2 * (24 + 924.0));
  EXPECT_DOUBLE_EQ(activations(2, 1), 3 * 2 * (12 + 462.0));
  EXPECT_DOUBLE_EQ(activations(2, 3), 3 * 2 * (12 + 154.0));
  EXPECT_NEAR(memory_use(model, settings, {}).buffers.value(), kContext + 0.05 * 6 * 948, 1e-6);
  model.tokens_per_sample = 0;
  EXPECT_DOUBLE_EQ(activations(1, 1), 144);
  model.tokens_per_sample = 11;
  model.transformer->causal = false;
  EXPECT_DOUBLE_EQ(activations(1, 1), 144);
  model.transformer.reset();
  EXPECT_DOUBLE_EQ(activations(1, 1), 144);
  model.layers[2].inputs = 2;  // 2 * 16 + 6
  EXPECT_DOUBLE_EQ(activations(1, 1), 6 * 38.0);
}

TEST(MemoryUse, TotalAndLargestCountEveryPart) {
  const char* names[] = {"weights", "gradients", "optimizer", "activations", "buffers"};
  for (int i = 0; i < 5; ++i) {
    double bytes[] = {1, 2, 3, 4, 5};
    bytes[i] = 50;
    MemoryUse use{Bytes(bytes[0]), Bytes(bytes[1]), Bytes(bytes[2]), Bytes(bytes[3]), Bytes(bytes[4])};
    EXPECT_EQ(use.largest(), names[i]);
    EXPECT_DOUBLE_EQ(use.total().value(), 15 + 50 - (i + 1));
  }
}

TEST(MemoryModel, RefusesRanksBelowOne) {
  EXPECT_THROW(MemoryModel(six(), {}, 0, false), InternalError);
  const MemoryModel model(six(), {}, 1, false);
  for (int wrong = 0; wrong < 3; ++wrong) {
    Sharding sharding;
    (wrong == 0   ? sharding.data_parallel
     : wrong == 1 ? sharding.pipeline_parallel
                  : sharding.microbatches_in_flight) = 0;
    EXPECT_THROW(model.use(sharding, 1), InternalError) << wrong;
  }
  EXPECT_DOUBLE_EQ(model.use({}, 7).activations.value(), 714);  // its own batch, not the settings'
}

}  // namespace
}  // namespace scalesim::workloads
