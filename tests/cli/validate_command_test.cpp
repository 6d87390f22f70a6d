// `scalesim validate`: exit codes, documents, the user's tables and what is wrong with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "core/file.h"
#include "run_command.h"
#include "schema_check.h"

namespace scalesim::cli {
namespace {

using testing::HasSubstr;

Outcome run(std::vector<std::string> words) { return run_command("validate", std::move(words)); }

/// A table of its own for each test.
std::string file(const std::string& text) {
  const std::string name = testing::TempDir() + "validate_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
  write_file(name, text);
  return name;
}

Outcome run_table(const std::string& text, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"--table", file(text), "--gpu", "rtx3090", "--batch", "64"};
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

TEST(ValidateCommand, TheDocumentMatchesItsSchema) {
  const Outcome result = run({"server-gear-rtx3090", "oci-horovod-cnn-nodes", "nccl-nvbridge-large",
                              "megatron-iteration-times", "decreasing-pcie", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(schema_error(result.out, "validation.json"), "");
  nlohmann::json document = nlohmann::json::parse(result.out);
  document["tables"][0]["rows"][0].erase("gpus");
  EXPECT_NE(schema_error(document.dump(), "validation.json"), "");
}

TEST(ValidateCommand, TheShippedFiguresAreThePublishedOnes) {
  // server-gear.com: ResNet-50 in fp16 at batch 64 gives 1026.83 images/s on one RTX 3090 and 4039.44 on
  // eight.
  const auto document = nlohmann::json::parse(run({"server-gear-rtx3090", "--json"}).out);
  bool found = false;
  for (const auto& row : document["tables"][0]["rows"]) {
    if (row["model"] != "resnet50" || row["batch_per_gpu"] != 64 || row["gpus"] != 8) continue;
    EXPECT_NEAR(row["measured_speedup"], 4039.44 / 1026.83, 1e-9);
    EXPECT_NEAR(row["error"].get<double>(),
                row["predicted_speedup"].get<double>() / row["measured_speedup"].get<double>() - 1, 1e-12);
    found = true;
  }
  EXPECT_TRUE(found);
}

TEST(ValidateCommand, AtLeast300PointsOf10SourcesAndEveryKindAskedForAreShipped) {
  const auto document = nlohmann::json::parse(run({"--json"}).out);
  std::set<std::string> sources, kinds, trusts;
  int points = 0;
  for (const auto& table : document["tables"]) {
    kinds.insert(table["kind"].get<std::string>());
    points += table["points"].get<int>();
    for (const auto& row : table["rows"]) {
      const std::string source = row["source"];
      sources.insert(source.substr(0, source.find_first_of("@ ")));
      EXPECT_FALSE(source.empty());
      EXPECT_FALSE(row["gpu"].get<std::string>().empty());
      EXPECT_FALSE(row["trust"].get<std::string>().empty());
    }
  }
  EXPECT_GE(points, 300);
  EXPECT_GE(sources.size(), 10u);
  for (const char* kind :
       {"pcie node", "nvlink node", "nvlink bridge", "several nodes", "LLM, model parallel", "LLM, sharded",
        "collective, from 1 MiB", "collective, below 1 MiB"})
    EXPECT_EQ(kinds.count(kind), 1u) << kind;
  EXPECT_EQ(document["rules"].size(), 3u);
  EXPECT_EQ(document["warnings"].size(), 0u);
}

TEST(ValidateCommand, ATableErrorIsTheMeanOverRowsThatAreNoBaseline) {
  const auto document = nlohmann::json::parse(run({"server-gear-quadro-rtx8000", "--json"}).out);
  double sum = 0, worst = 0;
  int rows = 0;
  for (const auto& row : document["tables"][0]["rows"]) {
    if (row["baseline"]) continue;
    sum += std::abs(row["error"].get<double>());
    worst = std::max(worst, std::abs(row["error"].get<double>()));
    ++rows;
  }
  EXPECT_EQ(document["tables"][0]["points"], rows);
  EXPECT_NEAR(document["tables"][0]["mape"], sum / rows, 1e-12);
  EXPECT_NEAR(document["worst"], worst, 1e-12);
}

TEST(ValidateCommand, ABoundThatIsExceededExitsWithThree) {
  const std::string table = "gpus,speedup\n1,1\n2,1.1\n";
  EXPECT_EQ(run_table(table, {"--max-mape", "1000"}).code, 0);
  EXPECT_EQ(run_table(table, {"--max-mape", "0.01"}).code, 3);
}

TEST(ValidateCommand, EveryMeasureReadsAsTheSameSpeedup) {
  // One GPU: 100 samples/s, .64 s for 64. Two GPUs: 180 in all, 90 each, 128 samples in .7111 s, 1.8 times,
  // 80 %.
  const char* tables[] = {"gpus,throughput\n1,100\n2,180\n",         "gpus,throughput_per_gpu\n1,100\n2,90\n",
                          "gpus,step_s\n1,0.64\n2,0.711111111111\n", "gpus,speedup\n1,1\n2,1.8\n",
                          "gpus,marginal_percent\n1,100\n2,80%\n",   "GPUs;marginal_fraction\n1;1\n2;0.8\n"};
  for (const char* table : tables) {
    const Outcome result = run_table(table, {"--json"});
    ASSERT_EQ(result.code, 0) << table << result.err;
    EXPECT_NEAR(nlohmann::json::parse(result.out)["tables"][0]["rows"][1]["measured_speedup"], 1.8, 1e-9)
        << table;
  }
}

TEST(ValidateCommand, ColumnsDescribeTheirRows) {
  const Outcome result = run_table(
      "model,batch,gpus,speedup\nresnet18,32,1,1\nresnet18,32,2,1.5\nvgg16,16,1,1\nvgg16,16,2,1.2\n",
      {"--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto rows = nlohmann::json::parse(result.out)["tables"][0]["rows"];
  EXPECT_EQ(rows[1]["model"], "resnet18");
  EXPECT_EQ(rows[3]["model"], "vgg16");
  EXPECT_EQ(rows[3]["batch_per_gpu"], 16);
}

TEST(ValidateCommand, PlantedMistakesAreNamed) {
  EXPECT_THAT(run_table("throughput,gpus\n1,412.5\n2,801\n4,1570\n").err, HasSubstr("swapped columns"));
  EXPECT_THAT(run_table("gpus,marginal_percent\n1,1\n2,0.9\n").err, HasSubstr("percent as fractions"));
  EXPECT_THAT(run_table("gpus,throughput\n1,412\n2,405\n4,390\n").err, HasSubstr("throughput per GPU"));
  EXPECT_EQ(run_table("gpus,throughput\n1,412\n2,405\n4,390\n").code, 2);
  EXPECT_EQ(run_table("gpus,throughput\n1,412\n2,405\n4,390\n", {"--as-given"}).code, 0);
}

TEST(ValidateCommand, MalformedTablesNameLineAndColumn) {
  EXPECT_THAT(run_table("gpus,speedup\n1,1\n2,x9\n").err,
              HasSubstr(".csv:3:3: 'x9' in 'speedup' is not a number"));
  EXPECT_THAT(run_table("gpus,speedup\n1,1\n2.5,1.9\n").err, HasSubstr(".csv:3:1: 2.5 in 'gpus'"));
  EXPECT_THAT(run_table("gpus,speedup\n1,1\n2,-2\n").err, HasSubstr(".csv:3:3: -2 in 'speedup'"));
  EXPECT_THAT(run_table("gpus,speedup\n1,1\n,2\n").err, HasSubstr(".csv:3:1: 'gpus' is empty"));
  EXPECT_THAT(run_table("gpus,speedup\n1,1\n2,2,2\n").err,
              HasSubstr(".csv:3:5: 3 cells where the header has 2"));
  EXPECT_THAT(run_table("gpus,speedup,modell\n1,1,a\n").err,
              HasSubstr(".csv:1:14: unknown column 'modell', did you mean 'model'?"));
  EXPECT_THAT(run_table("gpus,speedup,model\n1,1,resnet19\n").err,
              HasSubstr(".csv:2: unknown model 'resnet19'"));
  EXPECT_THAT(run_table("gpus,speedup,precision\n1,1,fp17\n").err, HasSubstr(".csv:2:5: "));
  EXPECT_THAT(run_table("speedup\n1\n").err, HasSubstr("no column 'gpus'"));
  EXPECT_THAT(run_table("gpus,model\n1,resnet18\n").err, HasSubstr("no measured column"));
  EXPECT_THAT(run_table("gpus,speedup,throughput\n1,1,5\n").err,
              HasSubstr(".csv:1:14: 'throughput' beside 'speedup'"));
}

TEST(ValidateCommand, ATableThatCannotBePredictedIsAnErrorAndNotAPass) {
  // 256 samples cannot be divided over 3 GPUs: a bound must not be kept by a table without rows.
  const Outcome result = run({"--table", file("gpus,speedup,global_batch\n3,2.5,256\n"), "--max-mape", "10"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("multiple of 3"));
  EXPECT_THAT(run_table("1,100\n2,180\n").err, HasSubstr("where a column's name should stand"));
  EXPECT_THAT(run_table("gpus,step_s\n1,1e-320\n2,5\n").err, HasSubstr("beyond anything that is measured"));
}

TEST(ValidateCommand, AFixedGlobalBatchIsComparedWithTheWholeBatchOnOneGpu) {
  // Two GPUs with half of the samples each are never twice as fast as one with all of them, and not slower
  // here.
  const Outcome result = run({"--table", file("gpus,speedup\n1,1\n2,1.8\n"), "--global-batch", "256",
                              "--system", "dgx-a100", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const double predicted = nlohmann::json::parse(result.out)["tables"][0]["rows"][1]["predicted_speedup"];
  EXPECT_GT(predicted, 1);
  EXPECT_LE(predicted, 2);
}

TEST(ValidateCommand, SpeedUpsThatStartWithOneOnSeveralGpusAreRelativeToThose) {
  // 16 GPUs are 1.9 times 8: 15.2 of one.
  const Outcome once = run(
      {"--table", file("gpus,speedup\n8,1\n16,1.9\n"), "--system", "dgx-a100", "--batch", "64", "--json"});
  ASSERT_EQ(once.code, 0) << once.err;
  const auto rows = nlohmann::json::parse(once.out)["tables"][0]["rows"];
  EXPECT_TRUE(rows[0]["baseline"]);
  EXPECT_NEAR(rows[1]["measured_speedup"], 15.2, 1e-9);
}

TEST(ValidateCommand, QuestionsThatDoNotGoTogetherAreRefused) {
  EXPECT_THAT(run({"--model", "resnet50"}).err, HasSubstr("--model describes a table of yours"));
  EXPECT_THAT(run({"mine.csv"}).err, HasSubstr("--table mine.csv"));
  EXPECT_THAT(run({"decreasing-pci"}).err, HasSubstr("did you mean 'decreasing-pcie'?"));
  EXPECT_THAT(run({"--leave-last", "1"}).err, HasSubstr("--leave-last goes with --fit"));
  EXPECT_THAT(run({"--table", "/nowhere.csv"}).err, HasSubstr("/nowhere.csv"));
}

TEST(ValidateCommand, AFitPredictsTheRowsItDidNotSee) {
  // Made by a step of 1 + 2 (n-1)/n * .2 on links of their own: at 8 GPUs 8 / 1.35 = 5.93.
  std::string table = "gpus,speedup\n";
  for (const int n : {1, 2, 3, 4, 6, 8})
    table += std::to_string(n) + "," + std::to_string(n / (1 + 2 * (n - 1.0) / n * 0.2)) + "\n";
  const Outcome result = run({"--fit", file(table), "--model", "resnet50", "--batch", "64", "--gpu",
                              "rtx3090", "--step-time", "100ms", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(schema_error(result.out, "validation.json"), "");
  const auto fit = nlohmann::json::parse(result.out)["fits"][0];
  EXPECT_EQ(fit["held_out"][0]["gpus"], 8);
  EXPECT_NEAR(fit["held_out"][0]["measured_speedup"], 8 / 1.35, 1e-4);
  EXPECT_NEAR(fit["held_out"][0]["predicted_speedup"], 8 / 1.35, 0.02 * 8 / 1.35);
  // 25.557 M parameters of 4 bytes take .2 of .1 s: 5.11 GB/s of bus bandwidth.
  EXPECT_LE(fit["parameters"][1]["low"].get<double>(), 5.12e9);
  EXPECT_GE(fit["parameters"][1]["high"].get<double>(), 5.11e9);
}

TEST(ValidateCommand, AFitSaysWhatATableCannotTell) {
  const Outcome result = run({"--fit", file("gpus,speedup\n1,1\n2,2\n4,4\n8,8\n"), "--model", "resnet18",
                              "--batch", "64", "--gpu", "rtx3090"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("not identifiable"));
  EXPECT_THAT(result.out, HasSubstr("Next to no communication shows"));
  EXPECT_THAT(run({"--fit", file("gpus,speedup\n1,1\n2,2\n")}).err, HasSubstr("too few to fit"));
}

TEST(ValidateCommand, ARuleIsAnsweredInWords) {
  const Outcome result = run({"decreasing-pcie"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("The rule makes 8 GPUs worth 5.2."));
  // 100 + 90 + ... + 30 = 520 %: a step on 8 takes 8 / 5.2 = 1.538, of which .538 / 1.538 = 35 % is waiting.
  EXPECT_THAT(result.out, HasSubstr("1.538   35.0 %"));
  for (const char* model : {"resnet18", "resnet50", "vgg16", "bert-large", "gpt2-xl", "llama3-8b"})
    EXPECT_THAT(result.out, HasSubstr(model));
}

}  // namespace
}  // namespace scalesim::cli
