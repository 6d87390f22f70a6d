// How often one offer beats another when prices and speeds are uncertain.
#include "plan/ranking/draws.h"

#include <gtest/gtest.h>

namespace scalesim::plan {
namespace {

Offer offer(const std::string& gpu, const std::string& part, double low, double high, double speed_low,
            double speed_high) {
  Offer result;
  result.gpu = gpu;
  const double middle = (low + high) / 2;
  result.spent = {middle, "USD"};
  result.bill.lines.push_back(
      {"GPU", part, 1, {middle, "USD"}, {middle, "USD"}, {low, "USD"}, {high, "USD"}, {}});
  result.speedup_low = speed_low;
  result.speedup_high = speed_high;
  return result;
}

TEST(Draws, AreWonAlwaysWhereRangesDoNotMeet) {
  const Offer cheap = offer("a", "p", 10, 20, 1, 1), dear = offer("b", "q", 30, 40, 1, 1);
  EXPECT_EQ(share_won(cheap, dear, 0), 1);
  EXPECT_EQ(share_won(dear, cheap, 0), 0);
  EXPECT_EQ(share_won(cheap, cheap, 0), 0);
}

TEST(Draws, AreWonHalfTheTimeByEqualsOfDifferentParts) {
  const double share = share_won(offer("a", "p", 10, 20, 1, 1), offer("b", "q", 10, 20, 1, 1), 0.03);
  EXPECT_NEAR(share, 0.5, 0.06);  // 1,000 draws: 1.6 % is one standard deviation
}

TEST(Draws, GiveASharedPartOnePrice) {
  // The same part and GPU: 1 % more speed always decides, however wide the ranges.
  const Offer slow = offer("a", "p", 10, 100, 1, 2), fast = offer("a", "p", 10, 100, 1.01, 2.02);
  EXPECT_EQ(share_won(fast, slow, 0.03), 1);
}

TEST(Draws, FollowTheRanges) {
  // Price of A evenly in 10..20, of B always 17.5: A is cheaper in three quarters of the draws.
  EXPECT_NEAR(share_won(offer("a", "p", 10, 20, 1, 1), offer("b", "q", 17.5, 17.5, 1, 1), 0), 0.75, 0.05);
}

}  // namespace
}  // namespace scalesim::plan
