// Model files written by people: defaults, lists of layers, and what a slip says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/load/model_file.h"

#include "core/toml.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

Model read(const std::string& text, const ModelOptions& options = {}) {
  return read_model(TomlTable::parse(text, "mine.toml"), "mine", options);
}

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}

TEST(ModelFile, DefaultsAreGpts) {
  // GPT-2: 124,439,808 parameters (Hugging Face).
  EXPECT_EQ(read("kind = 'transformer'\nhidden = 768\nlayers = 12\nheads = 12\n").parameter_count(),
            124439808);
}

TEST(ModelFile, AGatedMlpMeansLlamasDefaults) {
  // Llama 3 8B: 8,030,261,248 parameters (Hugging Face).
  EXPECT_EQ(read("hidden = 4096\nlayers = 32\nheads = 32\nkv_heads = 8\nffn = 14336\ngated_mlp = true\n"
                 "vocabulary = 128256\nsequence = 8192\n")
                .parameter_count(),
            8030261248);
}

TEST(ModelFile, TheSequenceOfTheCommandLineWins) {
  EXPECT_EQ(read("hidden = 768\nlayers = 1\nheads = 12\n", {.sequence = 256, .image = {}}).tokens_per_sample,
            256);
}

TEST(ModelFile, ZeroHeadsIsRefusedWithItsPlace) {
  const std::string error = error_of("hidden = 768\nlayers = 12\nheads = 0\n");
  EXPECT_THAT(error, HasSubstr("mine.toml:3"));
  EXPECT_THAT(error, HasSubstr("0"));
}

TEST(ModelFile, AMisspeltKeyNamesTheNearest) {
  const std::string error = error_of("hidden = 768\nlayers = 12\nheads = 12\nvocabluary = 1000\n");
  EXPECT_THAT(error, HasSubstr("mine.toml:4"));
  EXPECT_THAT(error, HasSubstr("vocabulary"));
}

TEST(ModelFile, AMisspeltKeyThatMustBeThereIsFound) {
  const std::string error = error_of("hidden = 768\nlayerz = 12\nheads = 12\n");
  EXPECT_THAT(error, HasSubstr("mine.toml:2"));
  EXPECT_THAT(error, HasSubstr("'layerz'"));
}

TEST(ModelFile, ImpossibleShapesAreRefused) {
  EXPECT_THAT(error_of("hidden = 768\nlayers = 12\nheads = 7\n"), HasSubstr("head_dim"));
  EXPECT_THAT(error_of("hidden = 768\nlayers = 12\nheads = 12\nkv_heads = 5\n"), HasSubstr("kv_heads"));
  EXPECT_THAT(error_of("hidden = 768\nlayers = 12\nheads = 12\nexperts = 4\nexperts_per_token = 5\n"),
              HasSubstr("1 to 4"));
  EXPECT_THAT(error_of("hidden = -1\nlayers = 12\nheads = 12\n"), HasSubstr("hidden"));
  EXPECT_THAT(error_of("kind = 'transfomer'\nhidden = 768\nlayers = 12\nheads = 12\n"),
              HasSubstr("transformer"));
}

constexpr const char* kLayers = R"(
kind = "layers"
input = [3, 32, 32]
[[layer]]
name = "stem"
op = "conv"
channels = 16
kernel = 3
bias = false
[[layer]]
op = "batch_norm"
[[layer]]
op = "activation"
name = "act"
[[layer]]
op = "conv"
name = "branch"
channels = 16
kernel = 3
[[layer]]
op = "add"
from = ["act", "branch"]
[[layer]]
op = "global_pool"
[[layer]]
op = "flatten"
[[layer]]
op = "linear"
channels = 10
)";

// stem 3*16*9 = 432, norm 32, branch 16*16*9 + 16 = 2320, linear 170: 2954 parameters.
// MACs: 1024 positions * (432 + 2304) + 160 = 2,801,824.
TEST(ModelFile, ListsOfLayersAreCounted) {
  const Model model = read(kLayers);
  EXPECT_EQ(model.parameter_count(), 432 + 32 + 2320 + 170);
  EXPECT_EQ(model.macs(), 1024 * (432 + 2304) + 160);
  EXPECT_EQ(model.layers[4].sources, (std::vector<int>{2, 3}));
}

TEST(ModelFile, SlipsInLayersSayWhere) {
  EXPECT_THAT(error_of("kind='layers'\ninput=[3,8,8]\n[[layer]]\nop='convv'\n"), HasSubstr("'conv'"));
  EXPECT_THAT(error_of("kind='layers'\ninput=[3,8,8]\n"), HasSubstr("[[layer]]"));
  EXPECT_THAT(error_of("kind='layers'\ninput=[3,8,8]\n[[layer]]\nop='add'\n"), HasSubstr("two or more"));
  EXPECT_THAT(error_of("kind='layers'\ninput=[3,8,8]\n[[layer]]\nop='add'\nfrom=['input','x']\n"),
              HasSubstr("'x'"));
  EXPECT_THAT(error_of("kind='layers'\ninput=[3,8,8]\n[[layer]]\nop='conv'\nchannels=4\ngroups=2\n"),
              HasSubstr("groups"));
  EXPECT_THAT(
      error_of("kind='layers'\ninput=[3,8,8]\n[[layer]]\nop='conv'\nchannels=4\nkernel=11\npadding=0\n"),
      HasSubstr("too small"));
  EXPECT_THAT(error_of("kind='layers'\ninput=[3,8,8]\n[[layer]]\nop='conv'\nchannels=4\nkernal=3\n"),
              HasSubstr("kernel"));
  EXPECT_THAT(error_of("kind='layers'\ninput=[0,8,8]\n[[layer]]\nop='dropout'\n"), HasSubstr("input"));
}

}  // namespace
}  // namespace scalesim::workloads
