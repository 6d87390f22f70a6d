// Laws of tables and wrapped text at any width: nothing is lost, nothing is too long, nothing that must stay
// goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "core/error.h"
#include "report/text/prose.h"
#include "report/text/table.h"
#include "report/text/width.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string words_of(const std::string& text) {
  std::istringstream stream(text);
  std::string words;
  for (std::string word; stream >> word;) words += word + ' ';
  return words;
}

TEST(TableLaws, EveryRowNeedsItsCells) {
  Table table({{"a"}, {"b"}});
  EXPECT_TRUE(table.empty());
  EXPECT_THROW(table.add({"1"}), InternalError);
  EXPECT_THROW(table.add({"1", "2", "3"}), InternalError);
  EXPECT_TRUE(table.empty());
  table.add({"1", "2"});
  EXPECT_FALSE(table.empty());
}

// Two spaces between columns, two before the line unless said otherwise, none behind it.
TEST(TableLaws, HasItsGapsAndNoTrailingSpace) {
  Table table({{"name", Align::left}, {"n"}, {"why", Align::left}});
  table.add({"x", "10", ""});
  EXPECT_EQ(table.text(), "  name   n  why\n  x     10\n");
  EXPECT_EQ(table.text(0), "name   n  why\nx     10\n");
}

// A title wider than every cell sets the width, and a cell wider than its title does.
TEST(TableLaws, TheWidestSetsTheColumn) {
  Table table({{"long title"}, {"t"}});
  table.add({"1", "12345"});
  EXPECT_EQ(table.text(0), "long title      t\n         1  12345\n");
}

// 1 + 2 + 5 + 2 + 5 = 15 columns with both numbers, 8 without the less important one. At 15 nothing goes.
TEST(TableLaws, DropsTheHighestNumberFirst) {
  Table table({{"n"}, {"alpha", Align::right, 1}, {"omega", Align::right, 2}});
  table.add({"1", "11111", "22222"});
  EXPECT_THAT(table.text(0, 15), Not(HasSubstr("left out")));
  const std::string narrow = table.text(0, 14);
  EXPECT_THAT(narrow, HasSubstr("11111"));
  EXPECT_THAT(narrow, Not(HasSubstr("22222")));
  EXPECT_THAT(words_of(narrow), HasSubstr("(left out to fit: omega)"));
  const std::string least = table.text(0, 7);
  EXPECT_THAT(least, Not(HasSubstr("11111")));
  EXPECT_THAT(words_of(least), HasSubstr("alpha,"));
}

// The indentation takes of the width: 15 columns and 3 before them need 18.
TEST(TableLaws, TheIndentationCounts) {
  Table table({{"n"}, {"alpha", Align::right, 1}, {"omega", Align::right, 2}});
  table.add({"1", "11111", "22222"});
  EXPECT_THAT(table.text(3, 18), Not(HasSubstr("left out")));
  EXPECT_THAT(words_of(table.text(3, 17)), HasSubstr("left out to fit: omega"));
}

TEST(TableLaws, ColumnsThatMustStayStayHoweverNarrow) {
  Table table({{"first"}, {"second"}});
  table.add({"11111", "222222"});
  EXPECT_THAT(table.text(0, 3), HasSubstr("11111  222222"));
}

// At any width: text in a left column keeps its words, the numbers beside it stay whole.
TEST(TableLaws, TextIsWrappedAndKeepsItsWords) {
  const std::string sentence = "every word of this remark must be there in the end";
  Table table({{"n"}, {"remark", Align::left}});
  table.add({"12345", sentence});
  for (int width = 19; width < 70; ++width) {
    std::string text;
    for (const std::string& line : lines_of(table.text(0, width))) {
      EXPECT_LE(display_width(line), static_cast<std::size_t>(width));
      text += line.substr(std::min<std::size_t>(line.size(), 7)) + ' ';
    }
    EXPECT_EQ(words_of(text), "remark " + sentence + ' ') << width;
    EXPECT_THAT(table.text(0, width), HasSubstr("12345"));
  }
}

TEST(WrappedLaws, LinesFitAndWordsStay) {
  const std::string text = "a bb ccc dddd eeeee ffffff ggggggg \u00e4\u00f6\u00fc";
  for (std::size_t width = 7; width < 45; ++width) {
    std::string joined;
    for (const std::string& line : wrapped(text, width)) {
      EXPECT_LE(display_width(line), width);
      EXPECT_NE(line.front(), ' ');
      joined += line + ' ';
    }
    EXPECT_EQ(words_of(joined), words_of(text)) << width;
  }
}

TEST(WrappedLaws, FillEachLineAsFarAsWordsAllow) {
  EXPECT_EQ(wrapped("aa bb cc", 5), (std::vector<std::string>{"aa bb", "cc"}));
  EXPECT_EQ(wrapped("aa bb cc", 4), (std::vector<std::string>{"aa", "bb", "cc"}));
  EXPECT_EQ(wrapped("aa bb", 8), (std::vector<std::string>{"aa bb"}));
  EXPECT_EQ(wrapped("abcdef", 4), (std::vector<std::string>{"abcd", "ef"}));
  EXPECT_EQ(wrapped("abc", 0), (std::vector<std::string>{"a", "b", "c"}));  // one column at least
}

TEST(WidthOnScreen, CountsCharacters) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\u00e4\u00b5"), 2u);
}

// Coloured lines are drawings; a terminal of no width cuts nothing.
TEST(ProseLaws, DrawingsAreNotCut) {
  const std::string drawing = "\x1b[31m" + std::string(40, 'x') + " " + std::string(40, 'y') + "\n";
  EXPECT_EQ(fitted(drawing, 20), drawing);
  EXPECT_EQ(fitted("a b c d e f\n", -1), "a b c d e f\n");
  EXPECT_EQ(fitted("", 10), "");
  EXPECT_EQ(fitted("no newline at the end", 80), "no newline at the end");
}

}  // namespace
}  // namespace scalesim::report
