// What the bar says, at any width.
#include "cli/shell/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace scalesim::cli {
namespace {

TEST(Progress, SaysHowFarAndHowLongStill) {
  // A quarter in 5 s: 15 s are left. 60 columns less 36 of text and 3 around the bar leave it 21 cells, 5 of
  // them full.
  EXPECT_EQ(progress_line("clusters", 25, 100, 0, 5, 60),
            "clusters  25 of 100 [=====>               ]  25 %, 15 s left");
  // What an earlier run did says nothing of this one's speed: 5 in 5 s, so 75 s for the other 75.
  EXPECT_EQ(progress_line("clusters", 25, 100, 20, 5, 38), "clusters  25 of 100  25 %, 75 s left");
  EXPECT_EQ(progress_line("clusters", 20, 100, 20, 5, 30), "clusters  20 of 100  20 %");
  EXPECT_EQ(progress_line("clusters", 1, 1001, 0, 1, 20).size(), 20u);
  EXPECT_TRUE(progress_line("clusters", 1, 1001, 0, 1, 60).ends_with("  0 %, 17 min left"));
  EXPECT_TRUE(progress_line("clusters", 1, 10001, 0, 1, 60).ends_with("  0 %, 2.8 h left"));
}

TEST(Progress, IsSilentWhereNobodyLooks) {
  std::ostringstream err;
  {
    Progress progress(err, "clusters", false);
    progress.at(1, 2);
  }
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace scalesim::cli
