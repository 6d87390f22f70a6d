// Tables line up, also with characters of several bytes.
#include "report/table.h"

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

}  // namespace
}  // namespace scalesim::report
