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

// 64 MiB inside one DGX H100 run over NVLS, unless the job's environment forbids it. 2.27 came
// before 2.30.7's table, 2.26 has none of its own.
TEST(CommCommand, FollowsTheReleaseAndEnvironmentOfTheJob) {
  const auto comm = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"comm", "--system", "dgx-h100", "-b", "64M", "-e", "64M", "--explain"});
    return run(more);
  };
  EXPECT_THAT(comm({}).out, testing::HasSubstr("NVLS      Simple"));
  EXPECT_THAT(comm({"--nccl-env", "NCCL_ALGO=^NVLS", "--nccl-env", "NCCL_PROTO=LL128"}).out,
              testing::HasSubstr("Ring      LL128"));
  const Outcome known = comm({"--nccl", "2.27"}), unknown = comm({"--nccl", "2.26.2"});
  EXPECT_THAT(known.out, testing::HasSubstr("NCCL 2.27 itself"));
  EXPECT_EQ(known.err, "");
  EXPECT_THAT(unknown.err, testing::HasSubstr("NCCL 2.26.2 has no constants here: those of 2.20.3"));
}

TEST(CommCommand, KnowsNetworksThatAddUp) {
  const Outcome result =
      run({"comm", "--system", "dgx-a100", "--nodes", "32", "--sharp", "-b", "256M", "-e", "256M"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, testing::HasSubstr("CollNet"));
}

TEST(CommCommand, RefusesWrongInputInOneSentence) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"comm", "all_redce"},
        {"comm", "all_reduce", "-b", "8G", "-e", "8"},
        {"comm", "all_reduce", "all_gather"},
        {"comm", "--system", "dgx-h100", "--gpus", "1,2"},
        {"comm", "--system", "dgx-h100", "--algorithm", "NVLZ"},
        {"comm", "--system", "dgx-h100", "--nccl", "2.4"},
        {"comm", "--system", "dgx-h100", "--nccl-env", "NCCL_ALG=Ring"},
        {"comm", "--system", "dgx-h100", "-f", "1"}}) {
    const Outcome result = run(words);
    EXPECT_EQ(result.code, 2) << words[1];
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace scalesim::cli
