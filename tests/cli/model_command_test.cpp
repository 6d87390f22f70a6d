// `scalesim model` as a person and as a program sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "run_command.h"
#include "schema_check.h"

namespace scalesim::cli {
namespace {

using testing::HasSubstr;

Outcome run(std::vector<std::string> words) { return run_command("model", std::move(words)); }

nlohmann::json json_of(std::vector<std::string> words) {
  words.push_back("--json");
  const Outcome result = run(std::move(words));
  EXPECT_EQ(result.code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

TEST(ModelCommand, JsonHasTheCountsOfTheContract) {
  const nlohmann::json json = json_of({"resnet50"});
  EXPECT_EQ(json["schema"], "scalesim.model/1");
  EXPECT_EQ(json["name"], "resnet50");
  EXPECT_EQ(json["parameters"], 25557032);
  EXPECT_EQ(json["macs"], 4089184256);
  EXPECT_FALSE(json.contains("latency_s"));
  std::int64_t parameters = 0;
  double bytes = 0;
  for (const auto& layer : json["layers"]) {
    parameters += layer["parameters"].get<std::int64_t>();
    bytes += layer["mac_bytes"].get<double>();
    EXPECT_FALSE(layer.contains("forward_s"));
  }
  EXPECT_EQ(parameters, 25557032);
  EXPECT_DOUBLE_EQ(json["mac_bytes"].get<double>(), bytes);
}

TEST(ModelCommand, TheDocumentIsValidAgainstItsSchema) {
  const std::vector<std::vector<std::string>> questions = {
      {"resnet18", "--json"},
      {"gpt2", "--gpu", "a100-sxm4-80gb", "--json"},
      {"mobilenet_v2", "--gpu", "t4", "--mode", "inference", "--json"}};
  for (const std::vector<std::string>& words : questions) {
    const Outcome result = run(words);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(schema_error(result.out, "model.json"), "") << words[0];
  }
  nlohmann::json document = json_of({"resnet18"});
  document["layers"][3].erase("macs");
  EXPECT_NE(schema_error(document.dump(), "model.json"), "");
}

TEST(ModelCommand, WithAGpuLayersHaveTimesAndBounds) {
  const nlohmann::json json = json_of({"resnet18", "--gpu", "t4", "--mode", "inference", "--batch", "4"});
  EXPECT_NEAR(json["throughput"].get<double>(), 4 / json["latency_s"].get<double>(),
              1e-6 * json["throughput"].get<double>());
  EXPECT_LE(json["gpu_utilization"].get<double>(), 1.0);
  for (const auto& layer : json["layers"]) {
    EXPECT_GE(layer["forward_s"].get<double>(), 0);
    EXPECT_THAT((std::vector<std::string>{"arithmetic", "memory", "launch"}),
                testing::Contains(layer["bound"].get<std::string>()));
  }
}

TEST(ModelCommand, InferenceTakesTheDeployedFormOfRepVgg) {
  // 8.31 M parameters deployed, 9.11 M in training (timm prints both).
  EXPECT_NEAR(json_of({"repvgg_a0", "--mode", "inference"})["parameters"].get<double>(), 8.31e6, 5e3);
  EXPECT_NEAR(json_of({"repvgg_a0"})["parameters"].get<double>(), 9.11e6, 5e3);
}

TEST(ModelCommand, ComparesFastestFirst) {
  const nlohmann::json json =
      json_of({"--compare", "vgg16,resnet18,mobilenet_v2", "--gpu", "t4", "--mode", "inference"});
  EXPECT_EQ(json["schema"], "scalesim.comparison/1");
  ASSERT_EQ(json["models"].size(), 3u);
  double last = 0;
  for (const auto& model : json["models"]) {
    EXPECT_GE(model["latency_s"].get<double>(), last);
    last = model["latency_s"].get<double>();
  }
}

TEST(ModelCommand, TheTableFitsItsWidth) {
  const Outcome result = run({"llama3-8b", "--gpu", "h100-sxm", "--width", "100", "--batch", "1"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("8,030,261,248"));
  EXPECT_THAT(result.out, HasSubstr("(x32)"));
}

TEST(ModelCommand, EveryLayerIsShownWhenAskedFor) {
  const Outcome folded = run({"resnet152"}), whole = run({"resnet152", "--all"});
  EXPECT_LT(std::count(folded.out.begin(), folded.out.end(), '\n'),
            std::count(whole.out.begin(), whole.out.end(), '\n'));
  EXPECT_THAT(whole.out, HasSubstr("layer3.35.conv3"));
}

TEST(ModelCommand, WrongWordsAreOneSentence) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"resnet5O0"},
                                                                 {},
                                                                 {"resnet50", "vgg16"},
                                                                 {"nosuch.onnx"},
                                                                 {"resnet50", "--gpu", "rtx4900"},
                                                                 {"resnet50", "--image", "4"}}) {
    const Outcome result = run(words);
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

TEST(ModelCommand, ReadsAModelFile) {
  const std::string path = testing::TempDir() + "scalesim_tiny_model.toml";
  write_file(path, "name = 'tiny'\nhidden = 64\nlayers = 2\nheads = 4\nvocabulary = 100\nsequence = 16\n");
  EXPECT_EQ(json_of({path})["name"], "tiny");
}

}  // namespace
}  // namespace scalesim::cli
