// Mistakes people make in tables, and honest tables that must not be mistaken for one.
#include "validation/table_diagnostics.h"

#include <gtest/gtest.h>

namespace scalesim::validation {

namespace {

std::string name_of(const RawCurve& curve) {
  const auto mistake = diagnose(curve);
  return mistake ? mistake->name : "";
}

TEST(TableDiagnostics, CountsInTheMeasuredColumnAreSwappedColumns) {
  EXPECT_EQ(name_of({Measure::throughput, {412.5, 801, 1570, 2990}, {1, 2, 4, 8}}), "swapped columns");
  EXPECT_EQ(name_of({Measure::throughput, {412, 801, 1570, 2990}, {1, 2, 4, 8}}), "swapped columns");
  EXPECT_EQ(name_of({Measure::speedup, {1, 1.9, 3.5}, {1, 2, 4}}), "swapped columns");
  EXPECT_EQ(name_of({Measure::step_s, {0.51, 0.55, 0.6}, {1, 2, 4}}), "swapped columns");
}

TEST(TableDiagnostics, PercentAndFractionsAreToldApartByTheFirstUnit) {
  EXPECT_EQ(name_of({Measure::marginal_percent, {1, 2, 3}, {1.0, 0.9, 0.8}}), "percent as fractions");
  EXPECT_EQ(name_of({Measure::marginal_fraction, {1, 2, 3}, {100, 90, 80}}), "fractions as percent");
  EXPECT_EQ(name_of({Measure::speedup, {1, 2, 4}, {100, 190, 350}}), "speed-up as percent");
  EXPECT_EQ(name_of({Measure::speedup, {1, 2, 4}, {1, 0.95, 0.9}}), "efficiency as speed-up");
}

TEST(TableDiagnostics, AThroughputThatHardlyChangesIsOfOneGpu) {
  EXPECT_EQ(name_of({Measure::throughput, {1, 2, 4, 8}, {410, 401, 390, 371}}), "throughput per GPU");
  EXPECT_EQ(name_of({Measure::throughput, {8, 16, 32}, {410, 401, 390}}), "throughput per GPU");
  EXPECT_EQ(name_of({Measure::throughput_per_gpu, {1, 2, 4, 8}, {410, 401, 390, 371}}), "");
}

TEST(TableDiagnostics, MoreThanPerfectScalingIsNamed) {
  EXPECT_EQ(name_of({Measure::speedup, {1, 2, 4}, {1, 2.9, 4.2}}), "faster than ideal");
}

TEST(TableDiagnostics, HonestTablesPass) {
  EXPECT_EQ(name_of({Measure::throughput, {1, 2, 4, 8}, {410, 801, 1570, 2990}}), "");
  EXPECT_EQ(name_of({Measure::throughput, {8, 16, 32}, {1, 2, 4}}), "");  // a large model: steps per second
  EXPECT_EQ(name_of({Measure::throughput, {1, 2, 4}, {1, 2, 4}}), "");
  EXPECT_EQ(name_of({Measure::throughput, {1, 2, 4}, {410, 500, 520}}), "");  // bad scaling is not a mistake
  EXPECT_EQ(name_of({Measure::marginal_percent, {1, 2, 3, 4}, {100, 90, 80, 70}}), "");
  EXPECT_EQ(name_of({Measure::speedup, {1, 2, 3}, {1, 1.9, 2.7}}), "");
  EXPECT_EQ(name_of({Measure::step_s, {1, 2, 4}, {0.51, 0.55, 0.6}}), "");
  EXPECT_EQ(name_of({Measure::speedup, {8}, {7.1}}), "");
}

TEST(TableDiagnostics, SpeedupsOfEveryMeasure) {
  // Rates over the first: 800 / 410 of one GPU.
  EXPECT_DOUBLE_EQ(speedups_of({Measure::throughput, {1, 2}, {410, 800}}, false)[1], 800.0 / 410);
  // Two GPUs at 400 each against one at 410.
  EXPECT_DOUBLE_EQ(speedups_of({Measure::throughput_per_gpu, {1, 2}, {410, 400}}, false)[1], 2 * 400.0 / 410);
  // Twice the samples in 1.25 of the time; at a fixed global batch 1 / 1.25 of the time for the same samples.
  EXPECT_DOUBLE_EQ(speedups_of({Measure::step_s, {1, 2}, {0.4, 0.5}}, false)[1], 2 / 1.25);
  EXPECT_DOUBLE_EQ(speedups_of({Measure::step_s, {1, 2}, {0.5, 0.4}}, true)[1], 1.25);
  // 100 % of the first, and two GPUs of 80 % each.
  EXPECT_DOUBLE_EQ(speedups_of({Measure::marginal_percent, {1, 3}, {100, 80}}, false)[1], 2.6);
  // Without one GPU the smallest size counts as itself: 8 GPUs are 8.
  EXPECT_DOUBLE_EQ(speedups_of({Measure::throughput, {8, 16}, {100, 190}}, false)[1], 8 * 1.9);
}

}  // namespace
}  // namespace scalesim::validation
