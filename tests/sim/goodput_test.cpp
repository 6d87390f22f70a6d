// Daly's model by hand, its optimum, and the one public figure it can be held against.
#include "sim/curve/goodput.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scalesim::sim {
namespace {

// A failure every 100 s, restart 5 s, checkpoint 2 s every 18 s: a cycle costs 100 exp(0.05) (exp(0.2) - 1)
// = 100 * 1.0512711 * 0.2214028 = 23.275432 s for 18 s of work.
TEST(Goodput, IsWorkOverTheExpectedLengthOfACycle) {
  EXPECT_NEAR(goodput({0.01, Seconds(2), Seconds(5)}, Seconds(18)), 18 / 23.275432, 1e-7);
}

TEST(Goodput, WithoutFailuresLosesOnlyCheckpoints) {
  EXPECT_DOUBLE_EQ(goodput({0, Seconds(2), Seconds(5)}, Seconds(18)), 0.9);
  EXPECT_EQ(goodput({0, Seconds(2), Seconds(5)}, Seconds(0)), 1);
  EXPECT_EQ(goodput({0.01, Seconds(2), Seconds(5)}, Seconds(0)), 0);
}

// Young's sqrt(2 M d) with M = 1e6 s and d = 2 s is 2,000 s; Daly's next terms, -d + d / 3 ..., move it by
// less than d.
TEST(Goodput, BestIntervalIsYoungsForShortCheckpoints) {
  EXPECT_NEAR(best_interval({1e-6, Seconds(2), Seconds(60)}).value(), 2000, 2);
  EXPECT_EQ(best_interval({0, Seconds(2), Seconds(60)}), Seconds(0));
}

TEST(Goodput, NoIntervalBeatsTheBest) {
  for (const double rate : {1e-7, 1e-4, 1e-2, 0.2})
    for (const double checkpoint : {0.01, 1.0, 30.0}) {
      const FailureModel model{rate, Seconds(checkpoint), Seconds(20)};
      const Seconds best = best_interval(model);
      for (const double factor : {0.5, 0.9, 1.1, 2.0})
        EXPECT_GE(goodput(model, best), goodput(model, best * factor)) << rate << " " << checkpoint;
    }
}

TEST(Goodput, MoreFailuresLongerRestartsAndLongerCheckpointsNeverRaiseIt) {
  for (const double interval : {10.0, 1000.0})
    for (const double rate : {1e-6, 1e-4, 1e-3}) {
      const FailureModel model{rate, Seconds(5), Seconds(100)};
      const double now = goodput(model, Seconds(interval));
      EXPECT_LT(goodput({rate * 1.01, Seconds(5), Seconds(100)}, Seconds(interval)), now);
      EXPECT_LT(goodput({rate, Seconds(5.1), Seconds(100)}, Seconds(interval)), now);
      EXPECT_LT(goodput({rate, Seconds(5), Seconds(101)}, Seconds(interval)), now);
      EXPECT_LT(goodput({rate * 1.01, Seconds(5), Seconds(100)},
                        best_interval({rate * 1.01, Seconds(5), Seconds(100)})),
                goodput(model, best_interval(model)));
    }
}

}  // namespace
}  // namespace scalesim::sim
