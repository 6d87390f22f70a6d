// The grid behind the page's sliders.
#include "sim/curve/explore.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gmock/gmock.h>

#include "sim/curve/predict.h"
#include "tests/sim/line_model.h"

namespace scalesim::sim {
namespace {

using testing::ElementsAre;

struct Question {
  DataCatalogue data = DataCatalogue::embedded();
  Scenario scenario;
  std::vector<System> systems;

  Question() {
    scenario.model = workloads::load_model("resnet18", {}, data);
    scenario.compute.batch = 32;
    topology::ClusterOptions options;
    options.gpu = "rtx4090";
    systems.push_back(
        {"box", topology::load_cluster("pcie", options, data), std::make_shared<LineModel>(), {1, 4}});
  }
};

TEST(Explore, TheMiddleOfTheGridIsThePredictionItself) {
  const Question question;
  const Grid grid = explore(question.scenario, question.systems, question.data);
  EXPECT_THAT(grid.batches, ElementsAre(8, 16, 32, 64, 128));
  EXPECT_THAT(grid.bandwidth_factors, ElementsAre(0.25, 0.5, 1, 2, 4));
  ASSERT_EQ(grid.surfaces.size(), 1U);
  EXPECT_THAT(grid.surfaces[0].gpus, ElementsAre(1, 4));
  ASSERT_EQ(grid.surfaces[0].speedup.size(), 5U * 5U * 2U);
  const Curve curve = predict(question.scenario, question.systems, question.data).curves[0];
  // Third batch of five, third factor of five, two counts: (2 * 5 + 2) * 2 = 24 and the one behind it.
  EXPECT_EQ(grid.surfaces[0].speedup[24], curve.points[0].speedup);
  EXPECT_EQ(grid.surfaces[0].speedup[25], curve.points[1].speedup);
  EXPECT_EQ(grid.surfaces[0].throughput[25], curve.points[1].throughput);
}

TEST(Explore, FasterLinksNeverSlowDown) {
  const Question question;
  const Grid grid = explore(question.scenario, question.systems, question.data);
  const auto& speedup = grid.surfaces[0].speedup;
  for (std::size_t batch = 0; batch < 5; ++batch)
    for (std::size_t factor = 0; factor + 1 < 5; ++factor) {
      const std::size_t at = (batch * 5 + factor) * 2 + 1;
      EXPECT_LE(*speedup[at], *speedup[at + 2]);
    }
  EXPECT_LT(*speedup[(2 * 5 + 0) * 2 + 1], *speedup[(2 * 5 + 4) * 2 + 1])
      << "four GPUs do wait for these links";
}

TEST(Explore, AGivenGlobalBatchOrStepTimeStaysAsItIs) {
  Question question;
  question.scenario.global_batch = 64;
  EXPECT_EQ(explore(question.scenario, question.systems, question.data).batches.size(), 1U);
}

TEST(Explore, WhatDoesNotFitHasNoValue) {
  Question question;
  question.scenario.compute.batch = 4096;
  const Grid grid = explore(question.scenario, question.systems, question.data);
  EXPECT_TRUE(grid.surfaces[0].speedup.front().has_value()) << "1024 images fit in 24 GB";
  EXPECT_FALSE(grid.surfaces[0].speedup.back().has_value()) << "16384 images do not";
}

}  // namespace
}  // namespace scalesim::sim
