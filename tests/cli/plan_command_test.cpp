// `scalesim plan` as a buyer and as a program sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "run_command.h"
#include "schema_check.h"

namespace scalesim::cli {
namespace {

using testing::HasSubstr;

Outcome run(std::vector<std::string> words) { return run_command("plan", std::move(words)); }

const std::vector<std::string> kSmall = {"--model",    "resnet18", "--gpu",    "rtx4090",
                                         "--max-gpus", "8",        "--system", "pcie"};

std::vector<std::string> small_and(std::vector<std::string> more) {
  more.insert(more.begin(), kSmall.begin(), kSmall.end());
  return more;
}

TEST(PlanCommand, PrintsTheDocumentOfItsSchemaOnAnyNumberOfThreads) {
  const Outcome one = run(small_and({"--json", "--threads", "1", "--epochs", "90", "--grid", "0.5"}));
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(schema_error(one.out, "plan.json"), "");
  EXPECT_EQ(run(small_and({"--json", "--threads", "3", "--epochs", "90", "--grid", "0.5"})).out, one.out);
  const auto document = nlohmann::json::parse(one.out);
  ASSERT_FALSE(document["offers"].empty());
  EXPECT_EQ(document["best"], document["offers"][0]);
  const auto& offer = document["offers"][0];
  // 90 epochs of 1,281,167 images.
  EXPECT_NEAR(offer["time_to_target_s"].get<double>() * offer["throughput"].get<double>(), 90 * 1281167.0, 1);
}

TEST(PlanCommand, TellsABuyerWhatToBuyAndWhatItCosts) {
  const Outcome result = run(small_and({"--budget", "1M CNY"}));
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* words :
       {"Speed-up 1 is one rtx4090", "Best:", "bill of materials", "chassis-pcie-8", "energy,"})
    EXPECT_THAT(result.out, HasSubstr(words));
  EXPECT_THAT(run(small_and({"--budget", "10 CNY"})).out, HasSubstr("more than the budget of 10 CNY"));
  EXPECT_THAT(run(small_and({"--max-power", "1 kW", "--why-not", "8x rtx4090"})).out,
              HasSubstr("more than 1.00 kW"));
}

TEST(PlanCommand, WritesTheBillAsCsv) {
  const Outcome result = run(small_and({"--csv"}));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out,
              testing::StartsWith(
                  "role,part,count,unit_price,total,currency,kind,source,date\n\"GPU\",\"rtx4090\","));
}

TEST(PlanCommand, RefusesWhatItCannotRead) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> wrong = {
      {{"--budget", "2M"}, "--budget"},
      {{"--target-time", "30d"}, "--samples"},
      {{"--tokens", "2T"}, "use --samples"},
      {{"--samples", "few"}, "not a count"},
      {{"--samples", "1M", "--epochs", "2"}, "keep one"},
      {{"--currency", "XAU"}, "XAU"},
      {{"--strategy", "dpp"}, "ddp"},
      {{"--why-not", "rtx4090"}, "8x rtx4090"},
  };
  for (const auto& [words, says] : wrong) {
    const Outcome result = run(small_and(words));
    EXPECT_EQ(result.code, 2) << words[0];
    EXPECT_THAT(result.err, HasSubstr(says));
  }
}

}  // namespace
}  // namespace scalesim::cli
