// Steps played beside steps predicted: errors, speed-ups, text and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/documents/replay.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;

/// 32 samples in 100 ms on one rank; 64 in 160 ms on two, predicted as 120 ms.
Replay two_steps() {
  Replay replay{"resnet18", "rtx4090", "ddp", "host memory", 32, {}, {}};
  replay.steps.push_back({1, 1, true, Seconds(0.1), Seconds(0.1), Seconds(0.09), Seconds(0.11), 32});
  replay.steps.push_back({2, 1, false, Seconds(0.12), Seconds(0.16), Seconds(0.152), Seconds(0.168), 64});
  replay.sizes.push_back({2, 1, true, Bytes(1 << 20), Seconds(0.002), Seconds(0.001)});
  return replay;
}

TEST(ReplayDocument, SpeedUpsAreRatesOverTheStepOfOneRank) {
  const Replay replay = two_steps();
  // 64 / .16 = 400 samples a second against 320; predicted 64 / .12 = 533.3.
  EXPECT_DOUBLE_EQ(speedup(replay.steps[1], *replay.alone(), &ReplayedStep::measured), 1.25);
  EXPECT_NEAR(speedup(replay.steps[1], *replay.alone(), &ReplayedStep::predicted), 1.6667, 1e-4);
}

TEST(ReplayDocument, AStepIsWorseThanABoundEitherWay) {
  // .12 / .16 - 1 = -25 %.
  EXPECT_TRUE(two_steps().worse_than(0.24));
  EXPECT_FALSE(two_steps().worse_than(0.26));
}

TEST(ReplayDocument, TextAndJsonSayTheSame) {
  const std::string text = replay_text(two_steps());
  EXPECT_THAT(text, HasSubstr("resnet18 on rtx4090, 32 samples per GPU, ddp"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "    2     1      no          120.00         160.00  5.0  -25.0%                1.67      1.25\n"));
  EXPECT_THAT(text, HasSubstr("    2     1     yes        1M            2.00           1.00  100.0%\n"));
  const auto document = nlohmann::json::parse(replay_json(two_steps()));
  EXPECT_DOUBLE_EQ(document["steps"][1]["measured_speedup"], 1.25);
  EXPECT_FALSE(document["steps"][1]["probed"]);
  EXPECT_DOUBLE_EQ(document["collectives"][0]["error"], 1);
}

TEST(ReplayDocument, WithoutOneRankThereIsNoSpeedUp) {
  Replay replay = two_steps();
  replay.steps.erase(replay.steps.begin());
  EXPECT_EQ(replay.alone(), nullptr);
  EXPECT_FALSE(nlohmann::json::parse(replay_json(replay))["steps"][0].contains("measured_speedup"));
}

}  // namespace
}  // namespace scalesim::report
