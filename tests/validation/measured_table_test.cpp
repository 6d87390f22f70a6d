// Tables of measured figures: what a file becomes, what is wrong with one, and how errors add up.
#include "validation/measured_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "validation/rule_of_thumb.h"

namespace scalesim::validation {

using namespace sim;
namespace {

using testing::HasSubstr;

constexpr const char* kHead =
    "description = \"d\"\npublisher = \"me\"\nkind = \"pcie node\"\nquantity = \"speedup\"\nfitted = []\n";
constexpr const char* kCurve =
    "[[curve]]\nname = \"c\"\nsource = \"page 1\"\ntrust = \"A\"\nframework = \"f\"\nmeasured_on = "
    "\"m\"\nmodel = \"resnet18\"\n"
    "system = \"pcie\"\ngpu = \"rtx3090\"\nbatch = 50\nprecision = \"fp16\"\nunit = \"images/s\"\n";

DataCatalogue with(const std::string& text) {
  DataCatalogue data = DataCatalogue::embedded();
  data.add("tables/mine.toml", text);
  return data;
}

std::string error_of(const std::string& text) {
  try {
    load_tables({"mine"}, with(text));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(MeasuredTable, SpeedUpsAreRatesOverTheSmallestSize) {
  const auto tables = load_tables(
      {"mine"}, with(std::string(kHead) + kCurve + "gpus = [1, 2, 4]\nthroughput = [100, 180, 300]\n"));
  ASSERT_EQ(tables.curves.size(), 1u);
  const MeasuredCurve& curve = tables.curves[0];
  EXPECT_TRUE(curve.points[0].baseline);
  EXPECT_DOUBLE_EQ(curve.points[2].speedup, 3);
  // 50 images at 100 a second: the measured step is half a second.
  EXPECT_DOUBLE_EQ(curve.scenario.step_time->value(), 0.5);
}

TEST(MeasuredTable, WithoutOneGpuTheSmallestSizeCountsAsItselfAndItsStepIsPredicted) {
  const auto tables =
      load_tables({"mine"}, with(std::string(kHead) + kCurve + "gpus = [2, 4]\nthroughput = [100, 150]\n"));
  EXPECT_EQ(tables.curves[0].base_gpus, 2);
  // Two count as two: 150 / 100 of that is three.
  EXPECT_DOUBLE_EQ(tables.curves[0].points[1].speedup, 3);
  EXPECT_FALSE(tables.curves[0].scenario.step_time.has_value());
}

TEST(MeasuredTable, TheBusBandwidthOfATimeIsTheOneOfNcclTests) {
  const auto tables =
      load_tables({"mine"}, with("description = \"d\"\npublisher = \"me\"\nkind = \"collective\"\nquantity = "
                                 "\"bus_bandwidth\"\nfitted = []\n"
                                 "[[curve]]\nname = \"c\"\nsource = \"s\"\ntrust = \"A\"\nframework = "
                                 "\"f\"\nmeasured_on = \"m\"\ncollective = \"all_reduce\"\n"
                                 "system = \"pcie\"\ngpu = \"rtx3090\"\ngpus_per_node = 4\nranks = 4\nbytes "
                                 "= [1000000]\ntime_us = [300]\n"));
  // 1 MB in 300 us is 3.33 GB/s, times 2 * 3 / 4 is 5 GB/s.
  EXPECT_NEAR(tables.curves[0].points[0].value, 5, 1e-12);
}

TEST(MeasuredTable, MistakesInAFileHaveTheirPlace) {
  const std::string start = std::string(kHead) + kCurve;
  EXPECT_THAT(error_of(start + "gpus = [1, 2]\nthroughput = [1]\n"), HasSubstr("mine.toml:19:"));
  EXPECT_THAT(error_of(start + "gpus = [1, 2]\nthroughput = [1]\n"),
              HasSubstr("throughput has 1 entries where there are 2 sizes"));
  EXPECT_THAT(error_of(start + "gpus = [2, 1]\nthroughput = [1, 2]\n"), HasSubstr("sizes must ascend"));
  EXPECT_THAT(error_of(start + "gpus = [1, 2]\nthroughput = [1, 0]\n"), HasSubstr("more than zero"));
  EXPECT_THAT(error_of(start + "gpus = [1, 2]\nthroughput = [1, 2]\nbatches = 3\n"), HasSubstr("batches"));
  EXPECT_THAT(error_of(start + "gpus = [1]\nthroughput = [1]\n"), HasSubstr("two sizes"));
  EXPECT_THAT(
      error_of("description = \"d\"\npublisher = \"me\"\nkind = \"k\"\nquantity = \"speed\"\nfitted = []\n"),
      HasSubstr("speedup"));
}

TEST(MeasuredTable, EveryShippedTableCanBeReadAndSaysWhereItsFiguresStand) {
  const DataCatalogue data = DataCatalogue::embedded();
  const MeasuredTables tables = load_tables({}, data);
  EXPECT_EQ(tables.rules.size(), 3u);
  int points = 0;
  for (const MeasuredCurve& curve : tables.curves) {
    EXPECT_FALSE(curve.citation.empty()) << curve.name;
    EXPECT_FALSE(curve.trust.empty()) << curve.name;
    for (const MeasuredPoint& point : curve.points) points += !point.baseline;
  }
  EXPECT_GE(points, 300);
}

TEST(Validation, ErrorsOfTablesThatAreNotCountedStayOutOfTheTotals) {
  const std::string rows = "gpus = [1, 2]\nthroughput = [100, 101]\n";
  DataCatalogue data = with(std::string(kHead) + kCurve + rows);
  data.add("tables/other.toml", std::string(kHead) + "not_counted = \"why\"\n" + kCurve + rows);
  const Validation both =
      validate(load_tables({"mine", "other"}, data).curves, data, load_step_constants(data));
  const Validation one = validate(load_tables({"mine"}, data).curves, data, load_step_constants(data));
  ASSERT_EQ(both.tables.size(), 2u);
  EXPECT_EQ(both.tables[0].points(), 1);  // the baseline is shown, not counted
  EXPECT_DOUBLE_EQ(both.mape, one.mape);
  EXPECT_DOUBLE_EQ(both.tables[1].mape, one.mape);
  EXPECT_EQ(summaries(both, false).back().points, 1);
  EXPECT_EQ(summaries(both, true).back().points, 0);
}

TEST(Validation, TheSameTablesGiveTheSameAnswerOnAnyNumberOfThreads) {
  const DataCatalogue data = DataCatalogue::embedded();
  const auto tables = load_tables({"server-gear-rtx3090", "mlperf-resnet50"}, data);
  const Validation a = validate(tables.curves, data, load_step_constants(data)),
                   b = validate(tables.curves, data, load_step_constants(data));
  ASSERT_EQ(a.tables.size(), b.tables.size());
  for (std::size_t t = 0; t < a.tables.size(); ++t)
    for (std::size_t r = 0; r < a.tables[t].rows.size(); ++r)
      EXPECT_EQ(a.tables[t].rows[r].predicted, b.tables[t].rows[r].predicted);
}

TEST(Validation, SummariesAreMeansOfAbsoluteErrors) {
  const ErrorSummary summary = summarise("x", {0.1, -0.3, 0.2});
  // |.1| + |.3| + |.2| over three; the bias is (.1 - .3 + .2) / 3.
  EXPECT_NEAR(summary.mape, 0.2, 1e-12);
  EXPECT_NEAR(summary.median, 0.2, 1e-12);
  EXPECT_NEAR(summary.bias, 0, 1e-12);
  EXPECT_NEAR(summary.worst, 0.3, 1e-12);
}

TEST(RuleOfThumb, AStepAndItsWaitingFollowFromTheRule) {
  const DataCatalogue data = DataCatalogue::embedded();
  RuleOfThumb rule = load_tables({"decreasing-pcie"}, data).rules.at(0);
  rule.workloads = {"resnet18"};
  rule.marginal = {1, 0.9, 0.8};
  const RuleAnswer answer = explain_rule(rule, data);
  // Three GPUs are worth 2.7: a step takes 3 / 2.7 = 1.111, a tenth of it waiting.
  EXPECT_NEAR(answer.implied[2].step, 3 / 2.7, 1e-12);
  EXPECT_NEAR(answer.implied[2].exposed_share, 0.1, 1e-12);
  EXPECT_EQ(answer.workloads.size(), 5u);
  for (std::size_t i = 1; i < answer.workloads.size(); ++i)
    EXPECT_LE(answer.workloads[i - 1].distance, answer.workloads[i].distance);
}

TEST(RuleOfThumb, AMachineThatSharesOneBridgeIsRecognised) {
  // S(n) = n / (1 + .05 (n - 1)), the shape of one shared bridge, to three digits.
  const DataCatalogue data = DataCatalogue::embedded();
  RuleOfThumb rule = load_tables({"decreasing-pcie"}, data).rules.at(0);
  rule.workloads = {"resnet18"};
  rule.rounding = 0.005;
  double before = 0;
  for (std::size_t n = 1; n <= 8; ++n) {
    const double speedup = static_cast<double>(n) / (1 + 0.05 * (static_cast<double>(n) - 1));
    rule.marginal[n - 1] = speedup - before;
    before = speedup;
  }
  const RuleAnswer answer = explain_rule(rule, data);
  const auto shared = std::find_if(answer.shapes.begin(), answer.shapes.end(), [](const RuleShape& shape) {
    return shape.name == "one bridge shared by all, nothing hidden";
  });
  ASSERT_NE(shared, answer.shapes.end());
  EXPECT_TRUE(shared->possible) << shared->worst;
  EXPECT_FALSE(answer.shapes[0].possible) << "links of their own fall less";
}

}  // namespace
}  // namespace scalesim::validation
