// The questions of docs/planning.md: what the guide says of each holds.
#include <gtest/gtest.h>

#include "plan/plan.h"
#include "tests/support/shipped.h"
#include "workloads/load/load_model.h"

namespace scalesim::plan {
namespace {

struct Question {
  std::string model;
  std::vector<std::string> gpus, systems;
  int max_gpus = 8;
};

Plan answer(const Question& q) {
  PlanRequest request;
  request.scenario.model = workloads::load_model(q.model, {}, shipped());
  const bool transformer = request.scenario.model.transformer.has_value();
  request.scenario.compute.optimizer =
      transformer ? workloads::Optimizer::adam : workloads::Optimizer::momentum;
  if (transformer) request.scenario.compute.precision = topology::Precision::bf16;
  request.running = load_running(shipped());
  request.gpus = q.gpus;
  request.systems = q.systems;
  request.max_gpus = q.max_gpus;
  request.threads = 2;
  return plan(request, PriceBook(shipped()));
}

const Offer* find(const Plan& plan, const std::string& title) {
  for (const Offer& offer : plan.offers)
    if (offer.title().starts_with(title)) return &offer;
  return nullptr;
}

TEST(ClassicQuestions, EightRtx4090CostLessPerSpeedupThanTwoH100ForResNet50) {
  const Plan plan = answer({"resnet50", {"rtx4090", "h100-pcie"}, {"pcie"}});
  const Offer* many = find(plan, "8 x rtx4090");
  const Offer* few = find(plan, "2 x h100-pcie");
  ASSERT_TRUE(many && few);
  EXPECT_LT(many->cost.capex.amount, few->cost.capex.amount);
  EXPECT_GT(many->speedup, few->speedup);
  // Each in its own server: 8 x 15,000 against 2 x 240,000 CNY for the cards.
  EXPECT_DOUBLE_EQ(many->bill.lines[0].total.amount, 120000);
  EXPECT_DOUBLE_EQ(few->bill.lines[0].total.amount, 480000);
}

TEST(ClassicQuestions, Llama3OfEightBillionNeedsMoreThanTwoH100ButNotBridges) {
  const Plan plan = answer({"llama3-8b", {"rtx4090", "h100-pcie"}, {"pcie"}});
  EXPECT_TRUE(find(plan, "8 x rtx4090"));
  EXPECT_FALSE(find(plan, "1 x h100-pcie"));
}

TEST(ClassicQuestions, BridgesMakePairsFasterNeverSlower) {
  const Plan plan = answer({"bert-large", {"a100-pcie-80gb"}, {"pcie", "nvbridge"}});
  const Offer* plain = find(plan, "2 x a100-pcie-80gb, pcie");
  const Offer* bridged = find(plan, "2 x a100-pcie-80gb, nvbridge");
  ASSERT_TRUE(plain && bridged);
  EXPECT_GT(bridged->throughput, plain->throughput);
  // A pair takes three bridges of 165 USD at 7.2 CNY.
  EXPECT_NEAR(bridged->bill.total.amount - plain->bill.total.amount, 3 * 165 * 7.2, 1e-6);
}

TEST(ClassicQuestions, OneLargeNvlinkNodeBeatsTwoSmallOnes) {
  const Plan plan = answer({"llama3-8b", {"a100-sxm4-80gb"}, {"nvlink"}});
  const Offer* one = find(plan, "8 x a100-sxm4-80gb");
  const Offer* two = find(plan, "2 x 4 a100-sxm4-80gb");
  ASSERT_TRUE(one && two);
  EXPECT_GT(one->throughput, two->throughput);
  EXPECT_LT(one->spent.amount, two->spent.amount);
}

TEST(ClassicQuestions, FasterLinksBringMoreWhereGradientsAreLarge) {
  double gain_before = 0;
  for (const char* model : {"resnet50", "llama3-8b"}) {
    const Plan plan = answer({model, {"a100-pcie-80gb"}, {"pcie"}, 32});
    const Offer* ethernet = find(plan, "4 x 8 a100-pcie-80gb, pcie, 1x100Gb");
    const Offer* infiniband = find(plan, "4 x 8 a100-pcie-80gb, pcie, 2x200Gb");
    ASSERT_TRUE(ethernet && infiniband) << model;
    EXPECT_GT(infiniband->cost.capex.amount, ethernet->cost.capex.amount) << model;
    const double gain = infiniband->throughput / ethernet->throughput - 1;
    EXPECT_GT(gain, gain_before) << model;
    gain_before = gain;
    if (std::string(model) == "resnet50") {
      EXPECT_GT(infiniband->cost_per_speedup.amount, ethernet->cost_per_speedup.amount);
    }
  }
}

TEST(ClassicQuestions, TheNinthGpuNeedsASecondServerAndANetwork) {
  const Plan plan = answer({"resnet50", {"rtx4090"}, {"pcie"}, 16});
  const Offer* eight = find(plan, "8 x rtx4090");
  const Offer* sixteen = find(plan, "2 x 8 rtx4090");
  ASSERT_TRUE(eight && sixteen);
  EXPECT_GT(sixteen->cost_per_speedup.amount, eight->cost_per_speedup.amount);
  EXPECT_GT(sixteen->cost.capex.amount, 2 * eight->cost.capex.amount);
}

}  // namespace
}  // namespace scalesim::plan
