// The Pareto front and its knee.
#include "plan/ranking/front.h"

#include <gtest/gtest.h>

#include <random>

namespace scalesim::plan {
namespace {

TEST(Front, DropsWhatIsDearerAndNotFaster) {
  // 2 is as fast as 1 but dearer, 3 slower and dearer.
  const std::vector<Tradeoff> points = {{1, 1}, {2, 3}, {3, 3}, {2.5, 2}, {4, 5}};
  EXPECT_EQ(pareto_front(points), (std::vector<bool>{true, true, false, false, true}));
}

TEST(Front, KeepsTwins) {
  EXPECT_EQ(pareto_front({{1, 1}, {1, 1}, {1, 0.5}}), (std::vector<bool>{true, true, false}));
}

TEST(Front, HoldsNoDominatedPointAndMissesNone) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Tradeoff> points;
    for (int i = 0; i < 60; ++i)
      points.push_back({double(random() % 40), double(random() % 40)});  // small numbers: ties occur
    const std::vector<bool> front = pareto_front(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      bool beaten = false;
      for (const Tradeoff& other : points)
        beaten |= other.cost <= points[i].cost && other.speed >= points[i].speed &&
                  (other.cost < points[i].cost || other.speed > points[i].speed);
      EXPECT_EQ(front[i], !beaten);
    }
  }
}

TEST(Knee, IsWhereTheCurveBends) {
  // Scaled to 0..1: (0,0) (0.2,0.7) (0.5,0.9) (1,1): heights over the chord 0, 0.5, 0.4, 0.
  const std::vector<Tradeoff> points = {{100, 1}, {120, 8}, {150, 10}, {200, 11}};
  EXPECT_EQ(knee(points, pareto_front(points)), 1u);
  EXPECT_FALSE(knee({{1, 1}, {2, 2}}, {true, true}));
}

}  // namespace
}  // namespace scalesim::plan
