// Space around text.
#include "core/text.h"

#include <gtest/gtest.h>

namespace scalesim {
namespace {

TEST(Text, TrimTakesTheSpaceAroundAndLeavesTheSpaceInside) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace scalesim
