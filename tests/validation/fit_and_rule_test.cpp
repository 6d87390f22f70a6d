// What a fit of a user's table takes and tells, and what a rule of thumb implies, by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/shipped.h"
#include "topology/system/load_cluster.h"
#include "validation/rule_of_thumb.h"
#include "validation/table_fit.h"
#include "workloads/load/load_model.h"

namespace scalesim::validation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// ResNet-50 on up to eight RTX 4090 in one node, with these sizes and speed-ups.
MeasuredCurve curve_of(const std::vector<std::pair<int, double>>& rows) {
  MeasuredCurve curve;
  curve.citation = "own.csv:2";
  curve.scenario.model = workloads::load_model("resnet50", {}, shipped());
  curve.scenario.step_time = Seconds(0.5);
  topology::ClusterOptions options;
  options.gpu = "rtx4090";
  options.gpus_per_node = 8;
  curve.system.cluster = topology::load_cluster("pcie", options, shipped());
  curve.system.collectives = comm::make_nccl_model(curve.system.cluster, shipped());
  for (const auto& [gpus, speedup] : rows) {
    MeasuredPoint point;
    point.gpus = gpus;
    point.speedup = speedup;
    curve.points.push_back(point);
  }
  return curve;
}

std::string refusal(const MeasuredCurve& curve, int leave_last) {
  TableFitOptions options;
  options.leave_last = leave_last;
  try {
    fit_table(curve, options, shipped());
  } catch (const InputError& wrong) {
    return wrong.message();
  }
  return "";
}

std::vector<int> sizes(const std::vector<PredictedRow>& rows) {
  std::vector<int> found;
  for (const PredictedRow& row : rows) found.push_back(row.gpus);
  return found;
}

TEST(TableFitRows, ThreeSizesAreNeededAndTwoOfThemToFit) {
  // One GPU counts as a size whether its row is there or not; a size that is there twice counts once.
  EXPECT_THAT(refusal(curve_of({{2, 1.9}}), 0), HasSubstr("own.csv:2: 2 sizes are too few to fit"));
  EXPECT_THAT(refusal(curve_of({{1, 1}, {2, 1.9}, {2, 1.8}}), 0), HasSubstr("2 sizes are too few to fit"));
  EXPECT_EQ(refusal(curve_of({{2, 1.9}, {4, 3.6}}), 0), "");
  EXPECT_EQ(refusal(curve_of({{2, 1.9}, {4, 3.6}}), 1), "");
  EXPECT_THAT(refusal(curve_of({{2, 1.9}, {4, 3.6}}), 2),
              HasSubstr("--leave-last 2: of 3 sizes that leaves 1, two are needed to fit"));
  MeasuredCurve relative = curve_of({{2, 2}, {4, 3.6}});
  relative.base_gpus = 2;
  EXPECT_THAT(refusal(relative, 0), HasSubstr("2 sizes are too few to fit"));
}

TEST(TableFitRows, AQuarterIsHeldOutAndTheTableGoesOn) {
  const struct {
    std::vector<std::pair<int, double>> rows;
    std::vector<int> held_out, next;
  } cases[] = {
      {{{1, 1}, {2, 1.9}, {3, 2.7}}, {3}, {4, 5}},    // one more
      {{{4, 3.4}, {2, 1.9}, {1, 1}}, {4}, {8, 16}},   // twice as many, in any order
      {{{1, 1}, {2, 1.9}, {5, 4.2}}, {5}, {10, 20}},  // more than twice
      {{{1, 1}, {4, 3.4}, {6, 5}}, {6}, {8, 10}},     // two more
  };
  for (const auto& c : cases) {
    const TableFit fit = fit_table(curve_of(c.rows), {}, shipped());
    EXPECT_EQ(sizes(fit.held_out), c.held_out);
    EXPECT_EQ(sizes(fit.next), c.next);
    EXPECT_EQ(fit.rows_used, static_cast<int>(c.rows.size()));
    for (const PredictedRow& row : fit.held_out)
      EXPECT_DOUBLE_EQ(row.error, row.predicted / row.measured - 1);
    for (const PredictedRow& row : fit.next) {
      EXPECT_EQ(row.measured, 0);
      EXPECT_EQ(row.simulated > 0, row.gpus <= 8) << row.gpus;  // the system has eight
      EXPECT_LE(row.low, row.predicted);
      EXPECT_GE(row.high, row.predicted);
    }
  }
}

TEST(TableFitRows, NotesSayWhatIsPredictedAndWhatIsMixed) {
  MeasuredCurve curve = curve_of({{1, 1}, {2, 2}, {4, 4}});
  EXPECT_THAT(fit_table(curve, {}, shipped()).reading, HasSubstr("Next to no communication shows"));
  curve.scenario.step_time.reset();
  EXPECT_THAT(fit_table(curve, {}, shipped()).notes,
              ElementsAre(HasSubstr("The step on one GPU is predicted")));
}

RuleOfThumb rule_of(std::vector<double> marginal, double rounding) {
  RuleOfThumb rule;
  rule.system = "pcie";
  rule.gpus = {"rtx4090"};
  rule.workloads = {"resnet50"};
  rule.marginal = std::move(marginal);
  rule.rounding = rounding;
  return rule;
}

TEST(RuleAnswers, FollowFromTheRule) {
  const RuleAnswer answer = explain_rule(rule_of({1, 0.9, 0.8, 0.7}, 0.05), shipped());
  // Sums 1, 1.9, 2.7, 3.4: steps of 2 / 1.9, 3 / 2.7, 4 / 3.4, of which 5, 10, 15 % are waiting.
  const std::vector<double> sums = {1, 1.9, 2.7, 3.4}, exposed = {0, 0.05, 0.1, 0.15};
  ASSERT_EQ(answer.implied.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(answer.speedup[i], sums[i], 1e-12);
    EXPECT_EQ(answer.implied[i].units, static_cast<int>(i) + 1);
    EXPECT_NEAR(answer.implied[i].step, static_cast<double>(i + 1) / sums[i], 1e-12);
    EXPECT_NEAR(answer.implied[i].exposed_share, exposed[i], 1e-12);
  }
  EXPECT_EQ(answer.implied[0].bandwidth, 0);
  // 2 (n - 1) / n of the gradients in (step - 1) of one step: 1 / (1 / 19) = 19 for two, (4 / 3) * 9 = 12 for
  // three, 1.5 / (6 / 34) = 8.5 for four.
  EXPECT_NEAR(answer.implied[2].bandwidth / answer.implied[1].bandwidth, 12.0 / 19, 1e-9);
  EXPECT_NEAR(answer.implied[3].bandwidth / answer.implied[1].bandwidth, 8.5 / 19, 1e-9);
  ASSERT_EQ(answer.workloads.size(), 5u);
  double before = 0;
  for (const RuleWorkload& w : answer.workloads) {
    double sum = 0;
    for (std::size_t i = 1; i < 4; ++i) {
      EXPECT_NEAR(w.marginal[i], w.speedup[i] - w.speedup[i - 1], 1e-12);
      sum += std::fabs(w.marginal[i] - answer.rule.marginal[i]);
    }
    EXPECT_EQ(w.speedup[0], 1);
    EXPECT_NEAR(w.distance, sum / 3, 1e-12);
    EXPECT_GE(w.distance, before);
    before = w.distance;
  }
  ASSERT_EQ(answer.batches.size(), 1u);
  EXPECT_EQ(answer.batches[0].smallest_batch, 16);
  EXPECT_EQ(answer.batches[0].largest_batch, 256);
}

TEST(RuleAnswers, AShapeIsPossibleWithinTheRounding) {
  for (const double rounding : {0.02})
    for (const RuleShape& shape : explain_rule(rule_of({1, 0.9, 0.8, 0.7}, rounding), shipped()).shapes) {
      EXPECT_EQ(shape.possible, shape.worst <= rounding + 1e-9) << shape.name;
      double worst = 0, before = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const double speedup = shape.model.speedup(static_cast<double>(i + 1));
        EXPECT_NEAR(shape.marginal[i], speedup - before, 1e-12);
        worst = std::max(worst, std::fabs(shape.marginal[i] - (1 - 0.1 * static_cast<double>(i))));
        before = speedup;
      }
      EXPECT_NEAR(shape.worst, worst, 1e-12);
    }
}

TEST(RuleAnswers, AStraightLineEndsBelowZero) {
  // Slope -0.1 from 0.7: 0.6, 0.5, 0.4, 0.3 more make 8 worth 3.4 + 1.8 = 5.2.
  const RuleAnswer slow = explain_rule(rule_of({1, 0.9, 0.8, 0.7}, 0.05), shipped());
  EXPECT_THAT(slow.sentences.back(), HasSubstr("the rule makes 8 GPUs worth 5.2;"));
  EXPECT_THAT(slow.sentences.back(), testing::Not(HasSubstr("takes away")));
  // Slope -0.2 from 0.3: 0.1, -0.1, -0.3, -0.5 make 8 worth 2.5 - 0.8 = 1.7, and the sixth is the first below
  // zero.
  const RuleAnswer steep = explain_rule(rule_of({1, 0.7, 0.5, 0.3}, 0.05), shipped());
  EXPECT_THAT(steep.sentences.back(), HasSubstr("the rule makes 8 GPUs worth 1.7;"));
  EXPECT_THAT(steep.sentences.back(), HasSubstr(" From 6 GPUs on the line takes away"));
  // A rule that does not fall has no end to tell.
  for (const std::string& sentence : explain_rule(rule_of({1, 0.9, 0.9}, 0.05), shipped()).sentences)
    EXPECT_THAT(sentence, testing::Not(HasSubstr("straight line")));
}

}  // namespace
}  // namespace scalesim::validation
