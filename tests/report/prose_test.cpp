// Lines of sentences on a narrow terminal.
#include "report/text/prose.h"

#include <gtest/gtest.h>

#include <sstream>

#include "report/text/width.h"

namespace scalesim::report {
namespace {

TEST(Prose, WithoutATerminalNothingIsCut) {
  EXPECT_EQ(fitted("a long line of words\n", 0), "a long line of words\n");
}

TEST(Prose, LinesThatFitStayAsTheyAre) {
  EXPECT_EQ(fitted("one\n  two  three\n\nfour", 12), "one\n  two  three\n\nfour");
}

TEST(Prose, ACutLineGoesOnTwoSpacesFurther) {
  // 16 columns: "  over weeks, 8" is 15 long, "GPUs: all of" with 4 spaces 16.
  EXPECT_EQ(fitted("  over weeks, 8 GPUs: all of it\n", 16), "  over weeks, 8\n    GPUs: all of\n    it\n");
}

TEST(Prose, BehindALabelItGoesOnBelowTheText) {
  EXPECT_EQ(fitted("Best:    8 cards of a kind, cheap\n", 20),
            "Best:    8 cards of\n         a kind,\n         cheap\n");
}

TEST(Prose, APercentSignStaysWithItsNumber) {
  EXPECT_EQ(fitted("gains more, +3.8 %\n", 16), "gains more,\n  +3.8 %\n");
}

TEST(Prose, ALineBelowALabelKeepsItsPlace) {
  EXPECT_EQ(fitted("         costs less than all\n", 20), "         costs less\n         than all\n");
}

TEST(Prose, NoLineIsLongerThanTheTerminalAndNoWordIsLost) {
  const std::string text =
      "Next step up:       3 x 8 rtx4090, zero1: 24.5 x for 953,735 CNY\n  switches: --overlap off "
      "\xc2\xb5\n";
  for (int width = 24; width < 80; ++width) {
    std::istringstream lines(fitted(text, width)), before(text);
    std::string words, expected;
    for (std::string word; lines >> word;) words += word + " ";
    for (std::string word; before >> word;) expected += word + " ";
    EXPECT_EQ(words, expected) << width;
    std::istringstream again(fitted(text, width));
    for (std::string line; std::getline(again, line);)
      EXPECT_LE(display_width(line), static_cast<std::size_t>(width));
  }
}

}  // namespace
}  // namespace scalesim::report
