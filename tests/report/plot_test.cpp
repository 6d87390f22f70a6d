// Curves and bars in a terminal.
#include "report/text/plot.h"

#include <gmock/gmock.h>

#include <sstream>

#include "report/text/width.h"

namespace scalesim::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

PlotSeries line(const std::string& name) { return {name, {{0, 0}, {10, 10}}, false}; }

TEST(Plot, BarsCountInEighthsOfACharacter) {
  EXPECT_EQ(plot_bar(0.5, 4), "██");
  EXPECT_EQ(plot_bar(0.3125, 2), "▋");  // 0.3125 * 2 * 8 = 5 eighths
  EXPECT_EQ(plot_bar(1, 3), "███");
  EXPECT_EQ(plot_bar(0, 3), "");
  EXPECT_EQ(plot_bar(7, 2), "██") << "more than all is all";
}

TEST(Plot, ALineRunsFromTheBottomLeftToItsLetterAtTheTopRight) {
  const std::vector<std::string> lines =
      lines_of(plot_curves({line("up")}, "x", "y", {.width = 40, .height = 5}));
  // Name of y, five rows, axis, numbers, name of x, legend.
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(lines[0], "        y");
  EXPECT_THAT(lines[1], testing::EndsWith("A"));
  EXPECT_THAT(lines[1], testing::StartsWith("     10┤"));
  EXPECT_EQ(display_width(lines[1]), 40U);
  // 32 columns are 64 dots across, 5 rows are 20 dots down: the lowest row holds y dots 16..19, that is x up
  // to 63 * 3.5 / 19 = 11.6 dots or six characters, after the margin of 7 and the axis.
  EXPECT_EQ(display_width(lines[5]), 8U + 6U);
  EXPECT_THAT(lines[5], testing::StartsWith("      0┤"));
  EXPECT_EQ(lines[9], "        A up");
}

TEST(Plot, LettersThatMeetStandSideBySide) {
  const std::string text = plot_curves({line("one"), line("two")}, "x", "y", {.width = 40, .height = 5});
  EXPECT_THAT(lines_of(text)[1], testing::EndsWith("BA"));
}

TEST(Plot, ColourIsThereOnlyWhenAskedFor) {
  EXPECT_THAT(plot_curves({line("up")}, "x", "y", {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(plot_curves({line("up")}, "x", "y", {.colour = true}), HasSubstr("\x1b[34mA\x1b[0m"));
}

TEST(Plot, NoLineIsWiderThanAsked) {
  for (const int width : {40, 80, 120})
    for (const bool logarithmic : {false, true}) {
      const PlotSeries series{"curve", {{1, 1}, {8, 7.5}, {512, 400}}, false};
      for (const std::string& text :
           lines_of(plot_curves({series}, "GPUs", "speed-up", {.width = width, .logarithmic = logarithmic})))
        EXPECT_LE(display_width(text), static_cast<std::size_t>(width)) << text;
    }
}

TEST(Plot, LogarithmicAxesNamePowersOfTwo) {
  const PlotSeries series{"curve", {{1, 1}, {16, 16}}, false};
  const std::vector<std::string> lines =
      lines_of(plot_curves({series}, "x", "y", {.width = 40, .height = 9, .logarithmic = true}));
  // Nine rows for four doublings: 16, 8, 4, 2, 1 on every second row.
  const char* expected[] = {"16┤", "│", "8┤", "│", "4┤", "│", "2┤", "│", "1┤"};
  for (std::size_t row = 0; row < 9; ++row) EXPECT_THAT(lines[row + 1], HasSubstr(expected[row]));
  EXPECT_THAT(lines[11], testing::MatchesRegex(" +1 +2 +4 +8 +16"));
}

TEST(Plot, APredictionShowsItsCurvesAndItsStepAtTheLargestCountThatFits) {
  sim::Prediction prediction;
  sim::Curve curve;
  curve.system = "box";
  sim::Point one;
  one.step = Seconds(0.2);
  one.compute = Seconds(0.1);
  one.exposed_communication = Seconds(0.1);
  sim::Point two = one;
  two.gpus = 2;
  two.speedup = 1.5;
  two.fits = false;
  curve.points = {one, two};
  prediction.curves = {curve};
  const std::string text = prediction_plot(prediction, {});
  EXPECT_THAT(text, HasSubstr("A box"));
  EXPECT_THAT(text, HasSubstr("· ideal"));
  EXPECT_THAT(text, HasSubstr("box: the step on 1 GPU, 200 ms"));
  EXPECT_THAT(
      text, HasSubstr("waiting for communication    100 ms  50.0 % ████████████████\n"));  // half of 80 - 48
  EXPECT_THAT(text, Not(HasSubstr("pipeline bubble")));
}

}  // namespace
}  // namespace scalesim::report
