// Predictions beside measurements as text and CSV: what counts, what is worst, what is shown of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "report/documents/validation.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string words(const std::string& text) {
  std::istringstream stream(text);
  std::string result;
  for (std::string word; stream >> word;) result += (result.empty() ? "" : " ") + word;
  return result;
}

validation::ValidationRow row(int gpus, double measured, double predicted, bool baseline = false) {
  validation::ValidationRow one;
  one.gpus = gpus;
  one.measured = one.measured_speedup = measured;
  one.predicted = one.predicted_speedup = predicted;
  one.error = predicted / measured - 1;
  one.baseline = baseline;
  return one;
}

validation::CurveFacts facts() {
  validation::CurveFacts curve;
  curve.name = "curve";
  curve.model = "resnet50";
  curve.gpu = "v100";
  curve.precision = "fp16";
  curve.batch = 64;
  return curve;
}

/// Speed-ups of 2, 4 and 8 GPUs with errors of +5, -10 and 0 %; one GPU is what they are relative to.
validation::ValidationTable table() {
  validation::ValidationTable one;
  one.name = "table";
  one.source = "a paper";
  one.kind = "nvlink node";
  one.curves = {facts()};
  one.rows = {row(1, 1, 1, true), row(2, 2, 2.1), row(4, 4, 3.6), row(8, 8, 8)};
  one.mape = 0.05;
  one.median = 0.05;
  one.worst = 0.1;
  return one;
}

ValidationReport report_of(std::vector<validation::ValidationTable> tables) {
  ValidationReport report;
  report.validation.tables = std::move(tables);
  report.validation.mape = 0.05;
  report.validation.median = 0.04;
  report.validation.worst = 0.1;
  return report;
}

TEST(ValidationText, ShowsEveryRowWithItsError) {
  const std::string text = words(validation_text(report_of({table()})));
  EXPECT_THAT(text, HasSubstr("table: a paper (nvlink node; no constant was fitted on these rows)"));
  EXPECT_THAT(text, HasSubstr("resnet50 v100 fp16 batch 64 1 1.00 1.00 base"));
  EXPECT_THAT(text, HasSubstr("resnet50 v100 fp16 batch 64 2 2.00 2.10 +5.0 %"));
  EXPECT_THAT(text, HasSubstr("resnet50 v100 fp16 batch 64 4 4.00 3.60 -10.0 %"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "3 points, mean error 5.0 %, median 5.0 %, worst -10.0 % (resnet50 v100 fp16 batch 64, 4 GPUs)"));
  EXPECT_THAT(
      text, HasSubstr("In total 3 points of 1 table: mean error (MAPE) 5.0 %, median 4.0 %, worst 10.0 %."));
}

TEST(ValidationText, SaysWhatWasFittedOnIt) {
  validation::ValidationTable fitted = table();
  fitted.fitted = {"nccl", "step"};
  EXPECT_THAT(validation_text(report_of({fitted})),
              HasSubstr("constants of nccl, step were fitted on these rows"));
  fitted.not_counted = "another network";
  const std::string text = validation_text(report_of({fitted}));
  EXPECT_THAT(text, HasSubstr("not counted: another network"));
  EXPECT_THAT(text, Not(HasSubstr("In total")));
  fitted.description = "a description";
  EXPECT_THAT(validation_text(report_of({fitted})), HasSubstr("table: a description (nvlink node"));
}

// Five of six rows, the largest error first, whatever its sign; the baseline is none of them.
TEST(ValidationText, TheWorstRowsComeFirst) {
  validation::ValidationTable one = table();
  one.rows.push_back(row(16, 16, 16.16));
  one.rows.push_back(row(32, 32, 48));
  one.rows.push_back(row(64, 64, 65.28));
  ValidationTextOptions options;
  options.rows = RowsShown::worst;
  const std::string text = words(validation_text(report_of({one}), options));
  const std::vector<std::string> order = {"32 32.00 48.00 +50.0 %", "4 4.00 3.60 -10.0 %",
                                          "2 2.00 2.10 +5.0 %", "64 64.00 65.28 +2.0 %",
                                          "16 16.00 16.16 +1.0 %"};
  std::size_t at = 0;
  for (const std::string& line : order) {
    const std::size_t found = text.find(line, at);
    ASSERT_NE(found, std::string::npos) << line;
    at = found;
  }
  EXPECT_THAT(text, Not(HasSubstr("8 8.00 8.00")));
  EXPECT_THAT(text, Not(HasSubstr("base")));
}

// Several tables: each in one line; fitted ones apart.
TEST(ValidationText, SeveralTablesAreSummedUp) {
  validation::ValidationTable fitted = table();
  fitted.name = "other";
  fitted.fitted = {"step"};
  ValidationTextOptions options;
  options.rows = RowsShown::none;
  const std::string text = words(validation_text(report_of({table(), fitted}), options));
  EXPECT_THAT(text, HasSubstr("table nvlink node 3 5.0 % 5.0 % -10.0 % no"));
  EXPECT_THAT(text, HasSubstr("other nvlink node 3 5.0 % 5.0 % -10.0 % yes"));
  // +5, -10 and 0 %: 5 % on average, 5 % in the middle, -1.7 % of bias, 10 % at worst
  EXPECT_THAT(text, HasSubstr("unfitted nvlink node 3 5.0 % 5.0 % -1.7 % 10.0 %"));
  EXPECT_THAT(text, HasSubstr(" fitted nvlink node 3 5.0 % 5.0 % -1.7 % 10.0 %"));
  EXPECT_THAT(text, HasSubstr("In total 6 points of 2 tables"));
}

TEST(ValidationText, ABoundIsKeptOrExceeded) {
  ValidationReport report = report_of({table()});
  report.bound = 0.05;
  EXPECT_THAT(validation_text(report), HasSubstr("--max-mape 5: kept"));
  report.bound = 0.049;
  EXPECT_THAT(validation_text(report), HasSubstr("--max-mape 4.9: exceeded"));
}

// Bandwidths have sizes and units; three digits, none behind the point from 1000 on.
TEST(ValidationText, FiguresHaveTheirUnit) {
  validation::ValidationTable one = table();
  one.quantity = validation::Quantity::bus_bandwidth;
  one.curves[0].unit = "GB/s";
  one.rows = {row(8, 120.25, 1234.5), row(8, 0.5, 0.25)};
  one.rows[0].bytes = Bytes(1 << 20);
  one.rows[1].bytes = Bytes(8);
  const std::string text = words(validation_text(report_of({one})));
  EXPECT_THAT(text, HasSubstr("8 1M 120 1234 +926.6 % GB/s"));
  EXPECT_THAT(text, HasSubstr("8 8 0.5 0.25 -50.0 % GB/s"));
}

TEST(ValidationText, CurvesAreNamedByWhatTheyHaveInCommon) {
  validation::CurveFacts curve;
  curve.model = "gpt2";
  curve.gpu = "a100";
  EXPECT_EQ(curve_label(curve), "gpt2 a100");
  curve.nodes = 4;
  curve.sequence = 1024;
  curve.batch = 1;
  EXPECT_EQ(curve_label(curve), "gpt2 a100 batch 1 seq 1024, 4 nodes");
}

TEST(ValidationText, TheWorstRowIsNoBaseline) {
  validation::ValidationTable one = table();
  EXPECT_EQ(worst_row(one)->gpus, 4);
  one.rows = {row(1, 1, 5, true)};
  EXPECT_EQ(worst_row(one), nullptr);
  EXPECT_THAT(words(validation_text(report_of({one, one}))),
              HasSubstr("table nvlink node 0 5.0 % 5.0 % - no"));
}

TEST(ValidationCsv, HasALineForEveryRow) {
  const std::string csv = validation_csv(report_of({table()}));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 5);
  EXPECT_THAT(csv, HasSubstr("\n\"table\",\"nvlink "
                             "node\",false,true,\"curve\",\"resnet50\",\"v100\",\"\",1,64,fp16,\"\",\"\",4,,"
                             "\"speedup\",4,3.6,-0.1,false,\"\"\n"));
}

// What a table says: parameters that cannot be told, rows left out and rows beyond.
TEST(FitText, TellsParametersAndPredictions) {
  validation::TableFit fit;
  fit.curve = "resnet50 on v100";
  fit.rows_used = 5;
  fit.residual = 0.0123;
  fit.parameters = {{"latency", 1, 0, 2, "20 us", "10 us to 30 us", true, ""},
                    {"overlap", 0, 0, 1, "50 %", "0 to 1", false, "too few sizes"}};
  fit.held_out = {{8, 7.5, 7.2, 7, 7.4, -0.04, 7.6}};
  fit.next = {{16, 0, 13.5, 12, 15, 0, 0}};
  fit.reading = "It scales.";
  fit.notes = {"a note"};
  const std::string text = words(fit_text(fit));
  EXPECT_THAT(text, HasSubstr("Fit of resnet50 on v100 (5 sizes, rows reproduced within 1.2 %)"));
  EXPECT_THAT(text, HasSubstr("latency 20 us 10 us to 30 us"));
  EXPECT_THAT(text, HasSubstr("overlap not identifiable 0 to 1 too few sizes"));
  EXPECT_THAT(text, HasSubstr("8 7.50 7.20 7.00 to 7.40 -4.0 % 7.60 left out of the fit, then predicted"));
  EXPECT_THAT(text, HasSubstr("16 - 13.50 12.00 to 15.00 - beyond the table"));
  EXPECT_THAT(text, HasSubstr("It scales. a note"));
}

}  // namespace
}  // namespace scalesim::report
