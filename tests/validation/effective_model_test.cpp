// The effective model and what a table can and cannot say of it.
#include "validation/effective_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scalesim::validation {

namespace {

std::vector<SpeedupRow> rows_of(const EffectiveModel& model, const std::vector<int>& sizes) {
  std::vector<SpeedupRow> rows;
  for (const int n : sizes) rows.push_back({static_cast<double>(n), model.speedup(n)});
  return rows;
}

TEST(EffectiveModel, StepsAreThoseOfARing) {
  // latency .001: 2 * 7 steps = .014; volume .1: 2 * 7/8 * .1 = .175; contention 1: times 8/2 = 4 -> .7;
  // overlap .2 hides .2 of .714: a step of 1.514, speed-up 8 / 1.514.
  const EffectiveModel model{0.001, 0.1, 1, 0.2};
  EXPECT_NEAR(model.communication(8), 0.714, 1e-12);
  EXPECT_NEAR(model.speedup(8), 8 / 1.514, 1e-12);
  EXPECT_EQ(model.speedup(1), 1);
  // What is hidden whole costs nothing: at 2 GPUs .002 + .1 < .2.
  EXPECT_EQ(model.speedup(2), 2);
}

TEST(EffectiveModel, AFitFindsTheModelThatMadeTheTable) {
  const EffectiveModel truth{0, 0.05, 1, 0};
  const EffectiveFit fit = fit_effective_model(rows_of(truth, {1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_LT(fit.residual, 1e-3);
  EXPECT_NEAR(fit.speedup(16).value, truth.speedup(16), 0.15 * truth.speedup(16));
  const ParameterInterval& volume = fit.parameters[static_cast<std::size_t>(Parameter::volume)];
  EXPECT_LE(volume.low, 0.05);
  EXPECT_GE(volume.high, 0.05);
}

TEST(EffectiveModel, TheTrueModelLiesInsideTheIntervals) {
  for (const EffectiveModel truth : {EffectiveModel{0.001, 0.1, 0, 0}, EffectiveModel{0, 0.3, 0.5, 0.2},
                                     EffectiveModel{0.004, 0.02, 0, 0}}) {
    const EffectiveFit fit = fit_effective_model(rows_of(truth, {1, 2, 4, 8, 16, 32}));
    const double values[] = {truth.latency, truth.volume, truth.contention, truth.overlap};
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_LE(fit.parameters[k].low, values[k] * 1.05 + 0.01) << kParameterNames[k];
      EXPECT_GE(fit.parameters[k].high, values[k] * 0.95 - 0.01) << kParameterNames[k];
      EXPECT_LE(fit.parameters[k].low, fit.parameters[k].value);
      EXPECT_GE(fit.parameters[k].high, fit.parameters[k].value);
    }
  }
}

TEST(EffectiveModel, PerfectScalingSaysNothingOfContentionOrOverlap) {
  // Nothing shows, so bandwidth may be any large one, and contention and overlap anything at all.
  const EffectiveFit fit = fit_effective_model({{1, 1}, {2, 2}, {4, 4}, {8, 8}});
  EXPECT_FALSE(fit.parameters[static_cast<std::size_t>(Parameter::contention)].identifiable);
  EXPECT_FALSE(fit.parameters[static_cast<std::size_t>(Parameter::overlap)].identifiable);
}

TEST(EffectiveModel, MorePrecisionNarrowsTheIntervals) {
  const EffectiveModel truth{0, 0.2, 0.6, 0.05};
  EffectiveFitOptions sharp, blunt;
  sharp.least_noise = 0.001;
  blunt.least_noise = 0.02;
  const auto rows = rows_of(truth, {1, 2, 3, 4, 5, 6, 7, 8});
  const ParameterInterval a = fit_effective_model(rows, sharp).parameters[2],
                          b = fit_effective_model(rows, blunt).parameters[2];
  EXPECT_LE(a.high - a.low, b.high - b.low);
}

TEST(EffectiveModel, HeldParametersStay) {
  EffectiveFitOptions options;
  options.fixed = {0, -1, 1, 0};
  const EffectiveFit fit = fit_effective_model(rows_of({0.001, 0.1, 0.3, 0.1}, {1, 2, 4, 8}), options);
  EXPECT_EQ(fit.best.latency, 0);
  EXPECT_DOUBLE_EQ(fit.best.contention, 1);
  EXPECT_EQ(fit.best.overlap, 0);
}

TEST(EffectiveModel, ATableThatStartsAtEightIsReadAgainstEight) {
  const EffectiveModel truth{0, 0.2, 0, 0};
  std::vector<SpeedupRow> rows;
  // A table of 8, 16, 32 GPUs counts 8 as 8.
  for (const double n : {8.0, 16.0, 32.0}) rows.push_back({n, 8 * truth.speedup(n) / truth.speedup(8)});
  EXPECT_LT(fit_effective_model(rows).residual, 1e-3);
}

TEST(EffectiveModel, TheSameTableGivesTheSameFit) {
  const auto rows = rows_of({0.001, 0.1, 0.3, 0.1}, {1, 2, 4, 8});
  const EffectiveFit a = fit_effective_model(rows), b = fit_effective_model(rows);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(a.parameters[k].high, b.parameters[k].high);
}

}  // namespace
}  // namespace scalesim::validation
