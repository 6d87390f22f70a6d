// Tables line up, also with characters of several bytes.
#include "report/text/table.h"
#include "report/text/width.h"

#include <gtest/gtest.h>

namespace scalesim::report {
namespace {

TEST(Table, AlignsNumbersRightAndTextLeft) {
  Table table({{"name", Align::left}, {"n"}});
  table.add({"a", "1"});
  table.add({"long name", "100"});
  EXPECT_EQ(table.text(0), "name         n\na            1\nlong name  100\n");
}

TEST(Table, CountsCharactersNotBytes) {
  EXPECT_EQ(display_width("µs"), 2u);
  Table table({{"t"}, {"x"}});
  table.add({"1 µs", "1"});
  table.add({"10 s", "2"});
  EXPECT_EQ(table.text(0), "   t  x\n1 µs  1\n10 s  2\n");
}

Table wide() {
  Table table({{"n"},
               {"detail", Align::right, 2},
               {"less", Align::right, 1},
               {"two words", Align::right},
               {"why", Align::left}});
  table.add({"1", "123456", "1234", "12", "the memory of the host is shared"});
  return table;
}

TEST(Table, LeavesOutTheLeastImportantColumnsAndSaysSo) {
  // n 1, detail 6, less 4, two words 5 in two lines, why 20 at least, four gaps of 2: 44 of 40.
  EXPECT_EQ(wide().text(0, 40),
            "n  less    two  why\n"
            "         words\n"
            "1  1234     12  the memory of the host\n"
            "                is shared\n"
            "(left out to fit: detail)\n");
}

TEST(Table, IsUnchangedWhereItFits) { EXPECT_EQ(wide().text(0, 64), wide().text(0)); }

TEST(Table, NoLineIsLongerThanTheTerminal) {
  for (int width = 30; width < 70; ++width)
    for (const std::string& line : wrapped(wide().text(2, width), 100000)) {
      std::size_t start = 0;
      for (std::size_t end; (end = line.find('\n', start)) != std::string::npos; start = end + 1)
        EXPECT_LE(display_width(line.substr(start, end - start)), static_cast<std::size_t>(width)) << line;
    }
}

TEST(Wrapped, CutsAtSpacesAndLongWordsWherever) {
  EXPECT_EQ(wrapped("a bc def", 4), (std::vector<std::string>{"a bc", "def"}));
  EXPECT_EQ(wrapped("\u00b5\u00b5\u00b5\u00b5\u00b5 x", 3),
            (std::vector<std::string>{"\u00b5\u00b5\u00b5", "\u00b5\u00b5", "x"}));
  EXPECT_EQ(wrapped("", 3), (std::vector<std::string>{""}));
}

}  // namespace
}  // namespace scalesim::report
