// A user's table: how its rows are grouped, and what its curve takes from them.
#include "validation/user_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalesim::validation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<RunColumn> kColumns = {
    {"model", {}}, {"precision", {"fp32", "fp16"}}, {"global-batch", {}}};

std::vector<UserRows> read(const std::string& text) { return read_user_rows(text, "own.csv", kColumns); }

/// What check_user_rows says of the first curve.
std::string refusal(const std::string& text, bool as_given = false) {
  try {
    check_user_rows(read(text).front(), as_given);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "";
}

sim::Scenario scenario_of(std::int64_t batch) {
  sim::Scenario scenario;
  scenario.compute.batch = batch;
  return scenario;
}

TEST(UserTable, RowsOfEqualRunsAreOneCurveWhereverTheyStand) {
  const std::vector<UserRows> groups =
      read("model,gpus,throughput\nresnet18,1,100\nvgg16,1,40\nresnet18,2,190\n");
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_THAT(groups[0].raw.gpus, ElementsAre(1, 2));
  EXPECT_THAT(groups[0].raw.values, ElementsAre(100, 190));
  EXPECT_EQ(groups[0].value_places[1].line, 4);
  EXPECT_EQ(groups[0].most_gpus(), 2);
  ASSERT_EQ(groups[1].run.size(), 1u);
  EXPECT_EQ(groups[1].run[0].column.name, "model");
  EXPECT_EQ(groups[1].run[0].value, "vgg16");
}

TEST(UserTable, ColumnsAreNamedLikeOptionsWithAnyCaseSpaceOrUnderscore) {
  const UserRows rows = read("GPUs,Global Batch,Step_S,note\n1,256,0.5,x\n").front();
  EXPECT_EQ(rows.raw.measure, Measure::step_s);
  ASSERT_EQ(rows.run.size(), 1u);
  EXPECT_EQ(rows.run[0].column.name, "global-batch");
  EXPECT_EQ(rows.run[0].place.column, 3);
}

TEST(UserTable, ChecksNameThePlace) {
  EXPECT_THAT(refusal("gpus,speedup\n1,1\n2.5,1.9\n"), HasSubstr("own.csv:3:1: 2.5 in 'gpus'"));
  EXPECT_THAT(refusal("gpus,marginal_percent\n1,100\n1,90\n"), HasSubstr("own.csv:3:1: sizes must ascend"));
  EXPECT_THAT(refusal("gpus,speedup,precision\n1,1,fp17\n"), HasSubstr("own.csv:2:5: unknown precision"));
  // Rates that fall as GPUs are added are those of one GPU.
  const std::string per_gpu = "gpus,throughput\n1,412\n2,405\n4,390\n";
  EXPECT_THAT(refusal(per_gpu), HasSubstr("--as-given"));
  EXPECT_EQ(refusal(per_gpu, true), "");
}

TEST(UserTable, RatesAreRelativeToTheSmallestSizeWhereverItStands) {
  // 8 GPUs: 1600, 4 GPUs: 1000 samples a second. 4 are worth 4, so 8 are worth 4 * 1600 / 1000 = 6.4.
  const UserRows rows = read("gpus,throughput\n8,1600\n4,1000\n").front();
  const UserCurve read = user_curve(rows, scenario_of(32), {}, true);
  EXPECT_EQ(read.curve.base_gpus, 4);
  EXPECT_DOUBLE_EQ(read.curve.points[0].speedup, 6.4);
  EXPECT_DOUBLE_EQ(read.curve.points[1].speedup, 4);
  EXPECT_FALSE(read.curve.points[0].baseline);
  EXPECT_TRUE(read.curve.points[1].baseline);
  EXPECT_EQ(read.curve.points[1].source, "own.csv:3");
  EXPECT_FALSE(read.curve.scenario.step_time);
}

TEST(UserTable, TheStepOnOneGpuIsTheTables) {
  // 32 samples at 128 a second: 0.25 s.
  const UserRows rates = read("gpus,throughput\n1,128\n2,250\n").front();
  EXPECT_DOUBLE_EQ(user_curve(rates, scenario_of(32), {}, true).curve.scenario.step_time->value(), 0.25);
  const UserCurve without_batch = user_curve(rates, scenario_of(32), {}, false);
  EXPECT_FALSE(without_batch.curve.scenario.step_time);
  EXPECT_THAT(without_batch.warning, HasSubstr("own.csv:2: no batch is given"));
  const UserRows steps = read("gpus,step_s\n1,0.5\n2,0.6\n").front();
  EXPECT_DOUBLE_EQ(user_curve(steps, scenario_of(32), {}, false).curve.scenario.step_time->value(), 0.5);
}

TEST(UserTable, SharesThatAddUpToNothingAreRefused) {
  const UserRows rows = read("gpus,marginal_fraction\n1,1\n2,-1\n").front();
  EXPECT_THROW(user_curve(rows, scenario_of(32), {}, true), InputError);
}

}  // namespace
}  // namespace scalesim::validation
