// `scalesim comm` from words to table and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_command.h"

namespace scalesim::cli {
namespace {

Outcome run(const std::vector<std::string>& words) { return run_scalesim(words); }

TEST(CommCommand, PrintsOneRowPerSizeWithAlgorithmAndProtocol) {
  const Outcome result = run({"comm", "all_reduce", "--system", "dgx-h100", "-b", "1M", "-e", "4M"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3 + 3);
  EXPECT_THAT(result.out, testing::HasSubstr("NVLS"));
}

// busbw = algbw * 2(n-1)/n = 1.75 algbw for 8 ranks, and algbw = bytes / time.
TEST(CommCommand, KeepsItsJsonContract) {
  const Outcome result = run({"comm", "--system", "dgx-a100", "-b", "32M", "-e", "64M", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["schema"], "scalesim.communication/1");
  EXPECT_EQ(document["collective"], "all_reduce");
  EXPECT_EQ(document["system"], "dgx-a100");
  EXPECT_EQ(document["gpus"], 8);
  EXPECT_EQ(document["nodes"], 1);
  ASSERT_EQ(document["rows"].size(), 2u);
  for (const auto& row : document["rows"]) {
    EXPECT_DOUBLE_EQ(row["algbw"].get<double>(), row["bytes"].get<double>() / row["time_s"].get<double>());
    EXPECT_DOUBLE_EQ(row["busbw"].get<double>(), 1.75 * row["algbw"].get<double>());
    EXPECT_FALSE(row["algorithm"].get<std::string>().empty());
    EXPECT_FALSE(row["protocol"].get<std::string>().empty());
  }
}

TEST(CommCommand, ExplainsTheTermsOfItsTimes) {
  const Outcome result =
      run({"comm", "--system", "pcie", "--gpus", "4", "-b", "1M", "-e", "1M", "--explain"});
  EXPECT_THAT(result.out, testing::HasSubstr("latency"));
  EXPECT_THAT(result.out, testing::HasSubstr("host memory"));
}

TEST(CommCommand, RefusesWrongInputInOneSentence) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"comm", "all_redce"},
                                                {"comm", "all_reduce", "-b", "8G", "-e", "8"},
                                                {"comm", "all_reduce", "all_gather"},
                                                {"comm", "--system", "dgx-h100", "--gpus", "1,2"},
                                                {"comm", "--system", "dgx-h100", "--algorithm", "NVLZ"},
                                                {"comm", "--system", "dgx-h100", "-f", "1"}}) {
    const Outcome result = run(words);
    EXPECT_EQ(result.code, 2) << words[1];
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace scalesim::cli
