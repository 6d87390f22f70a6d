// Parameters to the unit and forward MACs of whole sequences against published transformers.
// Hugging Face totals where they are published (Llama, Mixtral, Mistral, Pythia, Phi-2, BERT, GPT-2, OPT),
// else the closed formula on the papers' shapes (GPT-3: arXiv 2005.14165 table 2.1; Megatron: arXiv
// 2205.05198 table 3).
#include <gtest/gtest.h>

#include "workloads/load/load_model.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {
namespace {

struct Row {
  std::string name;
  std::int64_t sequence;
  std::int64_t parameters;
  double gmacs;  ///< one sequence, attention over all pairs, 3 decimals
};

const Row kRows[] = {
    {"Llama-2-7b-hf", 4096, 6738415616, 31460.635},
    {"Llama-2-13b-hf", 4096, 13015864320, 59512.141},
    {"Llama-2-70b-hf", 4096, 68976648192, 303439.439},
    {"Llama-3-8B", 8192, 8030261248, 79070.348},
    {"Llama-3-70B", 8192, 70553706496, 657318.975},
    {"Llama-3.1-8B", 131072, 8030261248, 5487250.217},
    {"Llama-3.1-70B", 131072, 70553706496, 31627726.851},
    {"Llama-3.1-405B", 131072, 405853388800, 123851738.532},
    {"Llama-3.2-1B", 131072, 1235814400, 1287871.714},
    {"Llama-3.2-3B", 131072, 3212749824, 3376565.849},
    {"Mixtral-8x7B-v0.1", 32768, 46702792704, 699220.676},
    {"Mistral-7B-v0.1", 4096, 7241732096, 33522.22},
    {"pythia-70m", 2048, 70426624, 117.172},
    {"pythia-160m", 2048, 162322944, 330.377},
    {"pythia-410m", 2048, 405334016, 930.129},
    {"pythia-1b", 2048, 1011781632, 2135.136},
    {"pythia-1.4b", 2048, 1414647808, 3097.208},
    {"pythia-2.8b", 2048, 2775208960, 6104.893},
    {"pythia-6.9b", 2048, 6857302016, 14716.705},
    {"pythia-12b", 2048, 11846072320, 25270.514},
    {"phi-2", 2048, 2779683840, 6109.591},
    {"bert-base-uncased", 512, 109482240, 48.319},
    {"bert-large-uncased", 512, 335141888, 167.505},
    {"gpt2", 1024, 124439808, 145.824},
    {"gpt2-medium", 1024, 354823168, 413.476},
    {"gpt2-large", 1024, 774030080, 887.285},
    {"gpt2-xl", 1024, 1557611200, 1753.352},
    {"gpt3-small-125M", 2048, 125226240, 330.303},
    {"gpt3-medium-350M", 2048, 355871744, 930.03},
    {"gpt3-large-760M", 2048, 760300032, 1858.902},
    {"gpt3-xl-1.3B(paper)", 2048, 1517123584, 3715.486},
    {"gpt3-2.7B", 2048, 2651553280, 6104.647},
    {"gpt3-6.7B", 2048, 6658404352, 14715.237},
    {"gpt3-13B", 2048, 12936488380, 28184.866},
    {"gpt3-175B", 2048, 174604259328, 367402.131},
    {"gpt3-xl(NeuSight)", 2048, 2879554560, 6500.943},
    {"opt-1.3b", 2048, 1315758080, 3097.074},
    {"megatron-22B", 2048, 22074273792, 47648.367},
    {"megatron-gpt3-175B", 2048, 174615846912, 367425.862},
    {"turing-530B", 2048, 529600819200, 1102518.105},
    {"megatron-1T", 2048, 1008038758400, 2091756.447},
};

class PublishedTransformer : public ::testing::TestWithParam<Row> {};

TEST_P(PublishedTransformer, IsCountedToTheUnit) {
  const Row& row = GetParam();
  ModelOptions options;
  options.sequence = row.sequence;
  const Model model = load_model(row.name, options, DataCatalogue::embedded());
  EXPECT_EQ(model.parameter_count(), row.parameters);
  EXPECT_NEAR(static_cast<double>(model.macs()) / 1e9, row.gmacs, 0.00051);
  EXPECT_EQ(model.tokens_per_sample, row.sequence);
}

INSTANTIATE_TEST_SUITE_P(Transformers, PublishedTransformer, ::testing::ValuesIn(kRows));

// Totals of the checkpoints on Hugging Face (from memory; each agrees with the model card's rounded figure).
const Row kMore[] = {
    {"qwen2.5-0.5b", 4096, 494032768, 0},     {"qwen2.5-1.5b", 4096, 1543714304, 0},
    {"qwen2.5-3b", 4096, 3085938688, 0},      {"qwen2.5-7b", 4096, 7615616512, 0},
    {"qwen2.5-14b", 4096, 14770033664, 0},    {"qwen2.5-32b", 4096, 32763876352, 0},
    {"qwen2.5-72b", 4096, 72706203648, 0},    {"gemma-2b", 8192, 2506172416, 0},
    {"gemma-7b", 8192, 8537680896, 0},        {"falcon-7b", 2048, 6921720704, 0},
    {"mixtral-8x22b", 4096, 140630071296, 0},
};

class CheckpointTotal : public ::testing::TestWithParam<Row> {};

TEST_P(CheckpointTotal, IsCountedToTheUnit) {
  EXPECT_EQ(load_model(GetParam().name, {}, DataCatalogue::embedded()).parameter_count(),
            GetParam().parameters);
}

INSTANTIATE_TEST_SUITE_P(Transformers, CheckpointTotal, ::testing::ValuesIn(kMore));

TEST(Transformer, ExpertsAreCountedWholeInParametersAndByShareInMacs) {
  // Mixtral: 8 experts of 3 * 4096 * 14336 in 32 blocks hold 45.1 G of the 46.7 G parameters, 2 of 8 are
  // used: 46,702,792,704 - 6/8 * 8 * 3 * 4096 * 14336 * 32 = 12,879,925,248 active parameters.
  const Model model = load_model("mixtral-8x7b", {}, DataCatalogue::embedded());
  double active = 0;
  for (const Layer& layer : model.layers)
    active += static_cast<double>(layer.parameter_count()) * layer.active_fraction;
  EXPECT_DOUBLE_EQ(active, 12879925248.0);
}

}  // namespace
}  // namespace scalesim::workloads
