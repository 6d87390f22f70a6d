// Thresholds of the diagnostics of tables, refusals of user tables and summaries of errors, by hand.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "validation/table_diagnostics.h"
#include "validation/user_table.h"
#include "validation/validation.h"

namespace scalesim::validation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string name_of(Measure measure, const std::vector<double>& gpus, const std::vector<double>& values) {
  const auto mistake = diagnose({measure, gpus, values});
  return mistake ? mistake->name : "";
}

std::string text_of(Measure measure, const std::vector<double>& gpus, const std::vector<double>& values) {
  const auto mistake = diagnose({measure, gpus, values});
  return mistake ? mistake->text : "";
}

TEST(DiagnosticBorders, OnBothSides) {
  const struct {
    Measure measure;
    std::vector<double> gpus, values;
    const char* name;
  } cases[] = {
      // Percent: up to 1.5 of the largest is a fraction.
      {Measure::marginal_percent, {1, 2}, {1.5, 1}, "percent as fractions"},
      {Measure::marginal_percent, {1, 2}, {1, 1.5}, "percent as fractions"},
      {Measure::marginal_percent, {1, 2}, {1.51, 1}, ""},
      // Fractions: above 3 is percent.
      {Measure::marginal_fraction, {1, 2}, {3.01, 0.1}, "fractions as percent"},
      {Measure::marginal_fraction, {10, 20}, {3, 0.1}, "faster than ideal"},
      // Speed-ups of 50 to 150 for each GPU of the first row.
      {Measure::speedup, {1, 2}, {51, 52}, "speed-up as percent"},
      {Measure::speedup, {2, 4}, {102, 104}, "speed-up as percent"},
      {Measure::speedup, {1, 2}, {149, 290}, "speed-up as percent"},
      {Measure::speedup, {1, 2}, {50, 52}, "faster than ideal"},
      {Measure::speedup, {1, 2}, {150, 290}, "faster than ideal"},
      // Efficiencies: none above 1.05, two GPUs, the last below 1.
      {Measure::speedup, {1, 2}, {1.05, 0.99}, "efficiency as speed-up"},
      {Measure::speedup, {1, 2}, {1.06, 0.99}, ""},
      {Measure::speedup, {1, 2}, {1, 1}, ""},
      {Measure::speedup, {2, 4}, {1, 0.9}, ""},  // relative to the first row
      {Measure::speedup, {2, 4}, {0.94, 0.9}, "efficiency as speed-up"},
      // A flat throughput: less than 1.15 of the first, twice the GPUs, no less than 0.3.
      {Measure::throughput, {1, 2}, {100, 114.9}, "throughput per GPU"},
      {Measure::throughput, {1, 2}, {100, 115}, ""},
      {Measure::throughput, {2, 4}, {100, 99}, "throughput per GPU"},
      {Measure::throughput, {2, 3}, {100, 99}, ""},
      {Measure::throughput, {1, 2}, {100, 30}, "throughput per GPU"},
      {Measure::throughput, {1, 2}, {100, 29.9}, ""},
      {Measure::step_s, {1, 2}, {1, 1.01}, ""},
      // 1.3 times ideal is still believed.
      {Measure::throughput, {1, 2}, {100, 259}, ""},
      {Measure::throughput, {1, 2}, {100, 261}, "faster than ideal"},
      // Swapped: counts ascend and are multiples of the first; the other column does not look so.
      {Measure::throughput, {412.5, 801}, {1, 2}, "swapped columns"},
      {Measure::throughput, {412.5, 801}, {2, 3}, ""},
      {Measure::throughput, {412.5, 801}, {2, 1}, ""},
      {Measure::step_s, {412, 801}, {1, 2}, ""},
      {Measure::step_s, {412.5, 801}, {1, 2}, "swapped columns"},
      {Measure::step_s, {0.5, 0.6}, {0.5, 1}, ""},
      {Measure::throughput, {1}, {1000}, ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(name_of(c.measure, c.gpus, c.values), c.name)
        << to_text(c.measure) << " of " << c.gpus[0] << ": " << c.values[0] << ", " << c.values.back();
}

TEST(DiagnosticTexts, SayWhatGivesTheMistakeAway) {
  EXPECT_THAT(text_of(Measure::throughput, {412.5, 801}, {1, 2}),
              HasSubstr("'gpus' holds 412.5, 801, ... and 'throughput' holds 1, 2, ..."));
  EXPECT_THAT(text_of(Measure::throughput, {1, 4}, {100, 90}),
              HasSubstr("4 GPUs have 0.9 times the throughput of 1, which as a total would be no speed-up at "
                        "all and per GPU is 90 % efficiency"));
  EXPECT_THAT(text_of(Measure::speedup, {1, 2}, {1, 3}),
              HasSubstr("2 GPUs are 3 times as fast as one, more than 130 % of what perfect scaling gives"));
  EXPECT_THAT(text_of(Measure::speedup, {1, 2}, {100, 190}), HasSubstr("1 GPU cannot be 100 times one"));
  EXPECT_THAT(text_of(Measure::speedup, {2, 4}, {200, 390}), HasSubstr("2 GPUs cannot be 200 times one"));
  EXPECT_THAT(text_of(Measure::speedup, {1, 2, 4}, {1, 0.95, 0.9}),
              HasSubstr("no speedup is above 1 on up to 4 GPUs"));
  EXPECT_THAT(text_of(Measure::marginal_percent, {1, 2}, {0.9, 1}),
              HasSubstr("the largest marginal_percent is 1,"));
  EXPECT_THAT(text_of(Measure::marginal_fraction, {1, 2}, {90, 100}),
              HasSubstr("the largest marginal_fraction is 100,"));
}

TEST(RelativeToFirst, IsARateOrASpeedupThatStartsWithOneOnSeveralGpus) {
  const auto relative = [](Measure measure, double gpus, double value) {
    return relative_to_first({measure, {gpus}, {value}});
  };
  for (const Measure rate : {Measure::throughput, Measure::throughput_per_gpu, Measure::step_s})
    EXPECT_TRUE(relative(rate, 1, 7));
  EXPECT_FALSE(relative(Measure::marginal_percent, 8, 1));
  EXPECT_FALSE(relative(Measure::marginal_fraction, 8, 1));
  EXPECT_FALSE(relative(Measure::speedup, 1, 1));
  EXPECT_TRUE(relative(Measure::speedup, 2, 1));
  EXPECT_TRUE(relative(Measure::speedup, 2, 1.049));
  EXPECT_TRUE(relative(Measure::speedup, 2, 0.951));
  EXPECT_FALSE(relative(Measure::speedup, 2, 1.051));
  EXPECT_FALSE(relative(Measure::speedup, 2, 0.949));
}

TEST(SpeedupsOf, FiguresRelativeToSeveralGpus) {
  // From 4 GPUs on: 8 of half the rate each are worth 4; steps of 0.5 and 0.4 s of the same batch 4 * 1.25,
  // of the same batch on each GPU 8 * 1.25.
  EXPECT_THAT(speedups_of({Measure::throughput_per_gpu, {4, 8}, {100, 50}}, false), ElementsAre(4, 4));
  EXPECT_THAT(speedups_of({Measure::step_s, {4, 8}, {0.5, 0.4}}, true), ElementsAre(4, 5));
  EXPECT_THAT(speedups_of({Measure::step_s, {4, 8}, {0.5, 0.4}}, false), ElementsAre(4, 10));
  EXPECT_THAT(speedups_of({Measure::speedup, {4, 8}, {1, 1.5}}, false), ElementsAre(4, 6));
  EXPECT_THAT(speedups_of({Measure::speedup, {4, 8}, {3, 5}}, false), ElementsAre(3, 5));
  // Shares of 1, 0.5 for two more, 0.25 for four more: 1, 2, 3.
  EXPECT_THAT(speedups_of({Measure::marginal_fraction, {1, 3, 7}, {1, 0.5, 0.25}}, false),
              ElementsAre(1, 2, 3));
}

std::vector<UserRows> read(const std::string& text) {
  return read_user_rows(text, "own.csv", {{"model", {}}, {"global-batch", {}}});
}

std::string refusal(const std::string& text) {
  try {
    for (const UserRows& rows : read(text)) check_user_rows(rows, true);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "";
}

TEST(UserTableRefusals, NamePlaceAndRemedy) {
  const struct {
    const char *text, *sentence;
  } cases[] = {
      {"gpus,throughput,step_s\n1,1,1\n",
       "own.csv:1:17: 'step_s' beside 'throughput': one measure is enough"},
      {"throughput\n1\n", "own.csv:1:1: no column 'gpus'"},
      {"gpus,model\n1,x\n", "own.csv:1:1: no measured column"},
      {"gpus,throughputs\n1,1\n", "own.csv:1:6: unknown column 'throughputs', did you mean 'throughput'?"},
      {"1,410\n2,800\n", "own.csv:1:1: '1' where a column's name should stand"},
      {"gpus,throughput\n1,\n", "'throughput' is empty: every row needs it"},
      {"gpus,throughput\n1,fast\n", "own.csv:2:3: 'fast' in 'throughput' is not a number"},
      {"gpus,throughput\n1,nan\n", "'nan' in 'throughput' is not a number"},
      {"gpus,throughput\n1,\"1,5\"\n", "is not a number: write a point for decimals"},
      {"gpus,throughput\n1,90%\n", "'90%' in 'throughput' is not a number"},
      {"gpus,throughput\n1,0\n", "own.csv:2:3: 0 in 'throughput': must be more than zero"},
      {"gpus,throughput\n1,-1\n", "-1 in 'throughput': must be more than zero"},
      {"gpus,throughput\n0,1\n", "own.csv:2:1: 0 in 'gpus': must be more than zero"},
      {"gpus,throughput\n1,1.1e15\n", "1.1e15 in 'throughput' is beyond anything that is measured"},
      {"gpus,throughput\n1,0.9e-12\n", "0.9e-12 in 'throughput' is beyond anything that is measured"},
      {"gpus,marginal_fraction\n1,-1.1e15\n", "is beyond anything that is measured"},
      {"gpus,throughput\n1.5,1\n", "1.5 in 'gpus': give a whole number up to 1000000"},
      {"gpus,throughput\n1000001,1\n", "in 'gpus': give a whole number up to 1000000"},
      {"gpus,marginal_fraction\n2,1\n1,1\n", "own.csv:3:1: sizes must ascend"},
  };
  for (const auto& c : cases) EXPECT_THAT(refusal(c.text), HasSubstr(c.sentence)) << c.text;
  for (const char* text :
       {"gpus,throughput\n1,1e15\n", "gpus,throughput\n1,1e-12\n", "gpus,throughput\n1000000,1\n",
        "gpus,marginal_percent\n1,100%\n2,-5\n", "gpus,marginal_fraction\n1,1\n2,0\n",
        "gpus,throughput\n2,2\n1,1\n", "gpus,throughput,note\n1,1,x\n"})
    EXPECT_EQ(refusal(text), "") << text;
}

TEST(UserCurves, SayWhatIsTheBaseline) {
  sim::Scenario scenario;
  const auto curve = [&](const std::string& text) {
    return user_curve(read(text).front(), scenario, {}, true).curve;
  };
  const MeasuredCurve shares = curve("gpus,marginal_percent\n1,100\n2,90\n");
  EXPECT_EQ(shares.base_gpus, 1);
  EXPECT_TRUE(shares.points[0].baseline);
  EXPECT_FALSE(shares.points[1].baseline);
  EXPECT_DOUBLE_EQ(shares.points[1].speedup, 1.9);
  EXPECT_EQ(shares.points[1].value, 90);
  EXPECT_EQ(shares.unit, "marginal_percent");
  EXPECT_EQ(shares.name, "own.csv:2");
  EXPECT_EQ(shares.table, "own.csv");
  const MeasuredCurve absolute = curve("gpus,speedup\n4,3.5\n8,6\n");
  EXPECT_EQ(absolute.base_gpus, 1);
  EXPECT_FALSE(absolute.points[0].baseline);
  const MeasuredCurve relative = curve("gpus,speedup\n4,1\n8,1.5\n");
  EXPECT_EQ(relative.base_gpus, 4);
  EXPECT_TRUE(relative.points[0].baseline);
  EXPECT_DOUBLE_EQ(relative.points[1].speedup, 6);
  // At a fixed global batch a step of 0.4 instead of 0.5 s is 1.25 times as fast, and no step is taken over.
  scenario.global_batch = 64;
  const MeasuredCurve strong = curve("gpus,step_s\n1,0.5\n2,0.4\n");
  EXPECT_DOUBLE_EQ(strong.points[1].speedup, 1.25);
  EXPECT_FALSE(strong.scenario.step_time);
}

TEST(Summaries, AreByHand) {
  // |errors| 0.1, 0.2, 0.6: mean 0.3, median 0.2, worst 0.6; with their signs 0.1 - 0.2 - 0.6 over 3.
  const ErrorSummary summary = summarise("x", {0.1, -0.2, -0.6});
  EXPECT_EQ(summary.name, "x");
  EXPECT_EQ(summary.points, 3);
  EXPECT_DOUBLE_EQ(summary.mape, 0.3);
  EXPECT_DOUBLE_EQ(summary.median, 0.2);
  EXPECT_DOUBLE_EQ(summary.worst, 0.6);
  EXPECT_DOUBLE_EQ(summary.bias, -0.7 / 3);
  const ErrorSummary none = summarise("none", {});
  EXPECT_EQ(none.points, 0);
  EXPECT_EQ(none.mape, 0);
  EXPECT_EQ(none.worst, 0);
}

TEST(Summaries, CountEveryTableOnceAndNoBaseline) {
  const auto table_of = [](const char* kind, double error, bool fitted, const char* not_counted) {
    ValidationTable table;
    table.kind = kind;
    table.not_counted = not_counted;
    if (fitted) table.fitted = {"constants.toml"};
    table.rows.resize(2);
    table.rows[0].baseline = true;
    table.rows[0].error = 99;
    table.rows[1].error = error;
    return table;
  };
  Validation validation;
  validation.tables = {table_of("b", 0.1, false, ""),      table_of("a", -0.3, false, ""),
                       table_of("b", 0.5, false, ""),      table_of("a", 0.7, true, ""),
                       table_of("a", 5, false, "because"), table_of("a", 6, true, "because")};
  EXPECT_EQ(validation.tables[0].points(), 1);
  const std::vector<ErrorSummary> others = summaries(validation, false);
  ASSERT_EQ(others.size(), 3u);  // kinds by name, then all
  EXPECT_EQ(others[0].name, "a");
  EXPECT_EQ(others[0].points, 1);
  EXPECT_DOUBLE_EQ(others[0].bias, -0.3);
  EXPECT_EQ(others[1].name, "b");
  EXPECT_EQ(others[1].points, 2);
  EXPECT_DOUBLE_EQ(others[1].mape, 0.3);
  EXPECT_EQ(others[2].name, "all");
  EXPECT_EQ(others[2].points, 3);
  EXPECT_DOUBLE_EQ(others[2].bias, 0.1);
  const std::vector<ErrorSummary> fitted = summaries(validation, true);
  ASSERT_EQ(fitted.size(), 2u);
  EXPECT_DOUBLE_EQ(fitted[1].mape, 0.7);
}

TEST(Quantities, AreReadAsTheyAreWritten) {
  for (const Quantity quantity : {Quantity::speedup, Quantity::throughput, Quantity::bus_bandwidth})
    EXPECT_EQ(parse_quantity_name(to_text(quantity)), quantity);
  EXPECT_EQ(to_text(Quantity::bus_bandwidth), "bus_bandwidth");
  EXPECT_THROW(parse_quantity_name("speed-up"), InputError);
}

}  // namespace
}  // namespace scalesim::validation
