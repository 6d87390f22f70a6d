// Memory against formulas of the literature and figures that are common knowledge.
#include <gtest/gtest.h>

#include "workloads/compute/step.h"
#include "workloads/load/load_model.h"
#include "workloads/memory/memory.h"
#include "workloads/model/counts.h"

namespace scalesim::workloads {
namespace {

Model load(const std::string& name, const ModelOptions& options = {}) {
  return load_model(name, options, DataCatalogue::embedded());
}

Model gpt(int layers) {
  return load_model("gpt2", {}, [&] {
    DataCatalogue data;
    data.add("models/gpt2.toml", "hidden = 1024\nlayers = " + std::to_string(layers) +
                                     "\nheads = 16\nvocabulary = 1000\nsequence = 512\n");
    return data;
  }());
}

double total(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum;
}

// Korthikanti et al. 2022, eq. 1: a block keeps s b h (34 + 5 a s / h) bytes; here s = 512, h = 1024, a = 16,
// b = 1: 512 * 1024 * (34 + 5 * 16 * 512 / 1024) = 524288 * 74 = 38,797,312.
TEST(KeptForBackward, OfATransformerBlockIsTheFormulaOfKorthikanti) {
  const KeepSettings settings{2, false};
  const double block =
      total(kept_for_backward(gpt(3), settings)) - total(kept_for_backward(gpt(2), settings));
  EXPECT_DOUBLE_EQ(block, 38797312.0);
}

// Without scores 5 a s^2 is gone; the fused kernel keeps one fp32 row sum per head and position and its
// output is the next layer's input, which eq. 1 counts already: 524288 * 34 + 4 * 16 * 512 + 2 * 524288.
TEST(KeptForBackward, FlashAttentionKeepsRowSumsInsteadOfScores) {
  const KeepSettings settings{2, true};
  const double block =
      total(kept_for_backward(gpt(3), settings)) - total(kept_for_backward(gpt(2), settings));
  EXPECT_DOUBLE_EQ(block, 524288.0 * 34 + 4 * 16 * 512);
}

// Korthikanti et al. eq. 2: tensor parallelism t leaves s b h (10 + 24/t + 5 a s / (h t)); eq. 4 with
// sequence parallelism s b h / t (34 + 5 a s / h). t = 8: 524288 * (10 + 3 + 5) = 9,437,184 and 38,797,312 /
// 8 = 4,849,664.
TEST(MemoryUse, TensorParallelismDividesActivationsAsInThePaper) {
  ComputeSettings settings;
  settings.batch = 1;
  settings.flash_attention = false;
  Sharding sharding;
  sharding.tensor_parallel = 8;
  auto block = [&] {
    return (memory_use(gpt(3), settings, sharding).activations -
            memory_use(gpt(2), settings, sharding).activations)
        .value();
  };
  EXPECT_DOUBLE_EQ(block(), 9437184.0);
  sharding.sequence_parallel = true;
  EXPECT_DOUBLE_EQ(block(), 4849664.0);
}

// A full recompute keeps 2 s b h per block: 2 * 524288.
TEST(MemoryUse, FullRecomputeKeepsBlockInputs) {
  ComputeSettings settings;
  settings.batch = 1;
  settings.recompute = Recompute::full;
  const auto bytes = [&](int layers) { return memory_use(gpt(layers), settings, {}).activations; };
  EXPECT_DOUBLE_EQ((bytes(5) - bytes(4)).value(), 2 * 524288.0);
}

TEST(MemoryUse, SelectiveRecomputeDropsTheScoresOnly) {
  ComputeSettings settings;
  settings.batch = 1;
  settings.flash_attention = false;
  const Bytes all = memory_use(gpt(8), settings, {}).activations;
  settings.recompute = Recompute::selective;
  const Bytes selective = memory_use(gpt(8), settings, {}).activations;
  settings.recompute = Recompute::full;
  EXPECT_LT(selective, all);
  EXPECT_LT(memory_use(gpt(8), settings, {}).activations, selective);
}

// ZeRO (arXiv 1910.02054) section 5: with Adam and fp16 the states are 2 + 2 + 12 bytes per parameter, 4 for
// fp32 gradients here: 18. 1,000 GPUs at stage 3 leave 18/1000 on each.
TEST(MemoryUse, ZeroStagesDivideOneStateAfterTheOther) {
  const Model model = load("gpt2");
  const auto parameters = static_cast<double>(model.parameter_count());
  ComputeSettings settings;
  settings.optimizer = Optimizer::adam;
  settings.batch = 1;
  Sharding sharding;
  sharding.data_parallel = 4;
  const double expected[] = {2 + 4 + 12, 2 + 4 + 3, 2 + 1 + 3, 0.5 + 1 + 3};
  for (int stage = 0; stage <= 3; ++stage) {
    sharding.zero_stage = stage;
    const MemoryUse use = memory_use(model, settings, sharding);
    EXPECT_DOUBLE_EQ((use.weights + use.gradients + use.optimizer).value(), expected[stage] * parameters)
        << stage;
  }
}

// ResNet-50 in fp32 with batch 64 is known to train in about 7 to 8 GB and in half precision on a card of 11
// GB with room to spare; its activations are two tensors (convolution and norm outputs, 11.1 M each) of 4
// bytes: 5.7 GB.
TEST(MemoryUse, ResNet50TakesWhatPeopleSee) {
  ComputeSettings settings;
  settings.batch = 64;
  settings.precision = topology::Precision::fp32;
  const MemoryUse fp32 = memory_use(load("resnet50"), settings, {});
  EXPECT_NEAR(fp32.activations.value(), 5.7e9, 0.5e9);
  EXPECT_GT(fp32.total().value(), 6.5e9);
  EXPECT_LT(fp32.total().value(), 8.5e9);
  settings.precision = topology::Precision::fp16;
  EXPECT_LT(memory_use(load("resnet50"), settings, {}).total().value(), 5e9);
}

// Llama-2 70B with Adam holds 69 G * 18 bytes = 1.24 TB of states: no 80 GB card has it, and tensor 8 x
// pipeline 4 has about 39 GB of them on each.
TEST(MemoryUse, ModelParallelismDividesTheStates) {
  const Model model = load("llama2-70b");
  ComputeSettings settings;
  settings.optimizer = Optimizer::adam;
  settings.batch = 1;
  EXPECT_GT(memory_use(model, settings, {}).total().value(), 1.2e12);
  EXPECT_EQ(memory_use(model, settings, {}).largest(), "optimizer");
  Sharding sharding;
  sharding.tensor_parallel = 8;
  sharding.pipeline_parallel = 4;
  const MemoryUse use = memory_use(model, settings, sharding);
  // The heaviest stage has 20 of 80 blocks and one of the two tables of 32000 * 8192.
  const double blocks = 68976648192.0 - 2.0 * 32000 * 8192 - 8192;
  EXPECT_NEAR((use.weights + use.gradients + use.optimizer).value(), 18 * (blocks / 4 + 32000.0 * 8192) / 8,
              1e6);
}

TEST(MemoryUse, InferenceNeedsNoGradients) {
  ComputeSettings settings;
  settings.mode = Mode::inference;
  settings.batch = 1;
  const MemoryUse use = memory_use(load("llama3-8b"), settings, {});
  EXPECT_EQ(use.gradients.value(), 0);
  EXPECT_EQ(use.optimizer.value(), 0);
  EXPECT_DOUBLE_EQ(use.weights.value(), 2 * 8030261248.0);
  EXPECT_EQ(use.largest(), "weights");
}

// Laws, on every network: more samples never take less, and nothing is negative.
TEST(MemoryUse, GrowsWithTheBatchForEveryModel) {
  const DataCatalogue data = DataCatalogue::embedded();
  for (const std::string& name : model_names(data)) {
    const Model model = load_model(name, {}, data);
    ComputeSettings settings;
    settings.batch = 1;
    const MemoryUse one = memory_use(model, settings, {});
    settings.batch = 2;
    const MemoryUse two = memory_use(model, settings, {});
    EXPECT_GT(two.activations, one.activations) << name;
    EXPECT_EQ(two.weights, one.weights) << name;
    EXPECT_GE(one.buffers.value(), 0) << name;
  }
}

}  // namespace
}  // namespace scalesim::workloads
