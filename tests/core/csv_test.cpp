// Reading separated values: what is a cell, and where a mistake is.
#include "core/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace scalesim {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    parse_csv(text, "t.csv");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Csv, CellsLoseTheirQuotesAndTheSpaceAroundThem) {
  const CsvTable table = parse_csv("gpus, note ,speedup\n1,\"a, \"\"b\"\"\", 1.5 \n", "t.csv");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.header.cells[1].text, "note");
  EXPECT_EQ(table.rows[0].cells[1].text, "a, \"b\"");
  EXPECT_EQ(table.rows[0].cells[2].text, "1.5");
  // The third cell's text starts at the 15th character: 1,"a, ""b""", is 13 long, then a space.
  EXPECT_EQ(table.rows[0].cells[2].column, 15);
  EXPECT_EQ(table.rows[0].line, 2);
}

TEST(Csv, SemicolonsTabsCarriageReturnsAndAByteOrderMarkAreUnderstood) {
  EXPECT_EQ(parse_csv("gpus;speedup\r\n2;1,9\r\n", "t").rows[0].cells[1].text, "1,9");
  EXPECT_EQ(parse_csv("gpus\tspeedup\n2\t1.9", "t").rows[0].cells[1].text, "1.9");
  EXPECT_EQ(parse_csv("\xEF\xBB\xBFgpus,speedup\n2,1.9\n", "t").header.cells[0].text, "gpus");
}

TEST(Csv, CommentsAndEmptyLinesAreSkippedAndLinesStillCount) {
  const CsvTable table = parse_csv("# mine\n\ngpus,speedup\n# later\n2,1.9\n", "t");
  EXPECT_EQ(table.header.line, 3);
  EXPECT_EQ(table.rows[0].line, 5);
}

TEST(Csv, EveryMistakeHasItsLineAndColumn) {
  EXPECT_THAT(error_of("a,b\n1,2,3\n"), HasSubstr("t.csv:2:5: 3 cells where the header has 2"));
  EXPECT_THAT(error_of("a,b\n1\n"), HasSubstr("t.csv:2:2: 1 cell where the header has 2"));
  EXPECT_THAT(error_of("a,b\n1,\"x\n"), HasSubstr("t.csv:2:3: the quote that opens here is not closed"));
  EXPECT_THAT(error_of("a,b\n\"x\"y,1\n"), HasSubstr("t.csv:2:4: 'y' after a closing quote"));
  EXPECT_THAT(error_of("a,,b\n1,2,3\n"), HasSubstr("t.csv:1:3: a column without a name"));
  EXPECT_THAT(error_of("a,a\n1,2\n"), HasSubstr("t.csv:1:3: the column 'a' stands there twice"));
  EXPECT_THAT(error_of("a,b\n"), HasSubstr("t.csv:1:1: no rows"));
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of(std::string("a,b\n1,\0\n", 8)), HasSubstr("t.csv:2: a zero byte"));
}

TEST(Csv, GarbageIsReadOrRefusedButNeverBreaks) {
  std::mt19937 random(1);
  const std::string letters = "a1,;\"\t\n\r #";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += letters[random() % letters.size()];
    try {
      for (const CsvRow& row : parse_csv(text, "t").rows)
        EXPECT_EQ(row.cells.size(), parse_csv(text, "t").header.cells.size());
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()), "");
    }
  }
}

}  // namespace
}  // namespace scalesim
