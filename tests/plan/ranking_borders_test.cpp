// Fronts, knees, draws, tipping points, checkpoints and configuration spaces at their borders, by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "plan/distribute/checkpoint.h"
#include "plan/plan.h"
#include "plan/ranking/draws.h"
#include "plan/ranking/front.h"
#include "plan/ranking/sensitivity.h"
#include "plan/search/best_strategy.h"
#include "plan/search/configuration_space.h"

namespace scalesim::plan {
namespace {

using testing::HasSubstr;

TEST(FrontBorders, OfNoneAndOne) {
  EXPECT_TRUE(pareto_front({}).empty());
  EXPECT_EQ(pareto_front({{1, 1}}), (std::vector<bool>{true}));
}

TEST(FrontBorders, OfEqualCostOnlyTheFastestStays) {
  EXPECT_EQ(pareto_front({{1, 1}, {1, 2}, {2, 2}}), (std::vector<bool>{false, true, false}));
}

TEST(KneeBorders, IsOfTheFrontAloneAndNothingWhereTheFrontIsAPoint) {
  // Point 3 is far above the line, but not of the front that is given.
  const std::vector<Tradeoff> points = {{0, 0}, {5, 6}, {10, 10}, {1, 9}};
  EXPECT_EQ(knee(points, {true, true, true, false}), 1u);
  EXPECT_EQ(knee(points, {true, true, true, true}), 3u);
  EXPECT_FALSE(knee(points, {true, false, true, false}));
  const std::vector<Tradeoff> twins = {{1, 1}, {1, 1}, {1, 1}};
  EXPECT_FALSE(knee(twins, {true, true, true}));
  // A straight line: all heights are zero, the first of equals.
  EXPECT_EQ(knee({{0, 0}, {1, 1}, {2, 2}}, {true, true, true}), 0u);
}

TEST(KneeBorders, ScalesBothAxesFromTheirLowEnds) {
  // Over (100, 50) to (200, 150): (0.1, 0.5) stands 0.4 high, (0.4, 0.85) 0.45.
  EXPECT_EQ(knee({{100, 50}, {110, 100}, {140, 135}, {200, 150}}, {true, true, true, true}), 2u);
}

Offer drawn(const std::string& gpu, const std::string& part, long count, double unit, double low, double high,
            double spent, double slow, double fast) {
  Offer offer;
  offer.gpu = gpu;
  offer.spent = {spent, "USD"};
  BillLine line;
  line.part = part;
  line.count = count;
  line.unit = {unit, "USD"};
  line.low = {low, "USD"};
  line.high = {high, "USD"};
  offer.bill.lines.push_back(line);
  offer.speedup_low = slow;
  offer.speedup_high = fast;
  return offer;
}

TEST(DrawsByHand, CountPiecesAndSpares) {
  // Without luck: low = high = 15 beside a price of 10, 4 pieces and half as many spares: 100 + 5 * 4 * 1.5 =
  // 130 for a speed-up of 2: 65.
  const Offer offer = drawn("a", "p", 4, 10, 15, 15, 100, 2, 2);
  EXPECT_EQ(share_won(offer, drawn("b", "q", 1, 0, 0, 0, 65.01, 1, 1), 0.5), 1);
  EXPECT_EQ(share_won(offer, drawn("b", "q", 1, 0, 0, 0, 64.99, 1, 1), 0.5), 0);
  // Without spares 120 / 2 = 60.
  EXPECT_EQ(share_won(offer, drawn("b", "q", 1, 0, 0, 0, 60.01, 1, 1), 0), 1);
  EXPECT_EQ(share_won(offer, drawn("b", "q", 1, 0, 0, 0, 59.99, 1, 1), 0), 0);
}

TEST(DrawsByHand, SpeedsAreDrawnEvenlyToo) {
  // 100 / (1..2) is less than 100 / 1.25 in three quarters of the draws.
  const double share =
      share_won(drawn("a", "p", 1, 0, 0, 0, 100, 1, 2), drawn("b", "q", 1, 0, 0, 0, 80, 1, 1), 0);
  EXPECT_NEAR(share, 0.75, 0.05);
}

Offer priced(const std::string& gpu, double spent, double speedup) {
  Offer offer;
  offer.gpu = gpu;
  offer.spent = {spent, "USD"};
  offer.speedup = speedup;
  offer.cost.energy = offer.cost.opex = {0, "USD"};
  return offer;
}

void add_line(Offer& offer, const std::string& role, const std::string& part, double total,
              const std::string& currency) {
  BillLine line;
  line.role = role;
  line.part = part;
  line.count = 1;
  line.unit = line.total = {total, "USD"};
  line.quoted.money = {total, currency};
  offer.bill.lines.push_back(line);
}

const TippingPoint* tip(const std::vector<TippingPoint>& points, const std::string& input) {
  for (const TippingPoint& point : points)
    if (point.input == input) return &point;
  return nullptr;
}

Plan plan_of(std::vector<Offer> offers) {
  Plan plan;
  plan.currency = "USD";
  plan.years = 2;
  plan.offers = std::move(offers);
  plan.best = 0;
  return plan;
}

ExchangeRates rates() { return {{{"USD", 1}, {"CNY", 8}}, "", ""}; }

std::vector<TippingPoint> tips(const Plan& plan, Running running = {}, bool target = false) {
  if (running.electricity.currency.empty()) running.electricity = {0.5, "USD"};
  return tipping_points(plan, running, rates(), target);
}

TEST(TippingByHand, NothingWithoutABest) {
  Plan plan = plan_of({priced("a", 1, 1)});
  plan.best.reset();
  EXPECT_TRUE(tips(plan).empty());
  EXPECT_TRUE(tips(plan_of({priced("a", 1, 1)})).empty());
}

TEST(TippingByHand, ServersAndNetworkAreApart) {
  // Best: 1000, of it 400 of servers and 100 of the network. Other: 1300, 100 and 0. Both speed-up 1.
  Offer best = priced("a", 1000, 1), other = priced("b", 1300, 1);
  add_line(best, "chassis", "c", 300, "USD");
  add_line(best, "CPUs", "u", 100, "USD");
  add_line(best, "switch", "s", 50, "USD");
  add_line(best, "cable", "k", 30, "USD");
  add_line(best, "network card", "n", 20, "USD");
  add_line(other, "chassis", "c", 100, "USD");
  const auto points = tips(plan_of({best, other}));
  // 600 + 400 k = 1200 + 100 k: k = 2. 900 + 100 k = 1300: k = 4.
  EXPECT_NEAR(tip(points, "prices of servers without GPUs")->factor(), 2, 1e-12);
  EXPECT_NEAR(tip(points, "prices of the network")->factor(), 4, 1e-12);
  EXPECT_EQ(tip(points, "prices of the network")->unit, "x");
  EXPECT_EQ(tip(points, "prices of the network")->now, 1);
  EXPECT_FALSE(tip(points, "exchange rate of 1 USD"));
}

TEST(TippingByHand, SparesAndMaintenanceGrowWithThePrice) {
  // 100 of GPUs with 10 % spares and 20 % a year for two years: 150. 850 + 150 k = 1150: k = 2, from 100.
  Running running;
  running.spares = 0.1;
  running.maintenance = 0.2;
  for (const char* role : {"GPU", "node"}) {
    Offer best = priced("a", 1000, 1);
    add_line(best, role, "a", 100, "USD");
    const auto points = tips(plan_of({best, priced("b", 1150, 1)}), running);
    ASSERT_TRUE(tip(points, "price of a")) << role;
    EXPECT_NEAR(tip(points, "price of a")->factor(), 2, 1e-12);
    EXPECT_NEAR(tip(points, "price of a")->then, 200, 1e-9);
    EXPECT_EQ(tip(points, "price of a")->unit, "USD");
    EXPECT_FALSE(tip(points, "prices of servers without GPUs"));
  }
}

TEST(TippingByHand, ForeignPricesFollowTheExchangeRate) {
  // 200 of 1000 are quoted in CNY, of which 8 are one dollar: 800 + 200 k = 1100: k = 1.5, from 0.125.
  Offer best = priced("a", 1000, 1);
  add_line(best, "GPU", "a", 200, "CNY");
  const auto points = tips(plan_of({best, priced("b", 1100, 1)}));
  ASSERT_TRUE(tip(points, "exchange rate of 1 CNY"));
  EXPECT_DOUBLE_EQ(tip(points, "exchange rate of 1 CNY")->now, 0.125);
  EXPECT_NEAR(tip(points, "exchange rate of 1 CNY")->factor(), 1.5, 1e-12);
}

TEST(TippingByHand, BeyondTenfoldIsNoNews) {
  for (const double dear : {1089.0, 1091.0}) {
    // 990 + 10 k = dear: k = 9.9 and 10.1.
    Offer best = priced("a", 1000, 1);
    add_line(best, "GPU", "a", 10, "USD");
    const auto points = tips(plan_of({best, priced("b", dear, 1)}));
    EXPECT_EQ(tip(points, "price of a") != nullptr, dear < 1090) << dear;
  }
}

TEST(TippingByHand, TheNearestOfSeveralOvertakes) {
  const auto points = tips(plan_of({priced("a", 100, 1), priced("b", 300, 1), priced("c", 150, 1)}));
  // a has to be 1.5 times slower for c, 3 times for b; b three times as fast.
  EXPECT_NEAR(tip(points, "speed predicted for a")->then, 100.0 / 150, 1e-12);
  EXPECT_EQ(tip(points, "speed predicted for a")->overtaken_by, 2u);
  EXPECT_NEAR(tip(points, "speed predicted for b")->then, 3, 1e-12);
  EXPECT_EQ(tip(points, "speed predicted for b")->overtaken_by, 1u);
}

TEST(TippingByHand, WithATargetCostsCountAsTheyAre) {
  Offer best = priced("a", 1000, 10), other = priced("b", 1200, 1);
  add_line(best, "GPU", "a", 400, "USD");
  // 600 + 400 k = 1200: k = 1.5, whatever the speed-ups.
  const auto points = tips(plan_of({best, other}), {}, true);
  EXPECT_NEAR(tip(points, "price of a")->factor(), 1.5, 1e-12);
  EXPECT_FALSE(tip(points, "speed predicted for a"));
}

TEST(TippingByHand, RentsAreOfAllGpusOfAKind) {
  Plan plan = plan_of({priced("a", 1000, 2), priced("b", 1500, 2)});
  plan.rent = true;
  const auto points = tips(plan);
  EXPECT_NEAR(tip(points, "cloud price of a")->factor(), 1.5, 1e-12);
  EXPECT_NEAR(tip(points, "cloud price of b")->factor(), 1 / 1.5, 1e-12);
  EXPECT_EQ(tip(points, "cloud price of a")->unit, "x");
  EXPECT_FALSE(tip(points, "price of a kWh"));
}

Question question() { return {"p", {{"model", "m"}}, {{"f", "1"}}, 10}; }

TEST(CheckpointBorders, ResultsBeyondTheTasksAreLeftOut) {
  const Results kept = {{0, "a"}, {9, "b"}, {10, "c"}};
  const Results read = read_checkpoint(write_checkpoint(question(), kept), "x", question());
  EXPECT_EQ(read, (Results{{0, "a"}, {9, "b"}}));
}

TEST(CheckpointBorders, EveryPartOfTheQuestionCounts) {
  const auto refusal = [](const Question& asked) -> std::string {
    try {
      read_checkpoint(write_checkpoint(question(), {}), "x", asked);
    } catch (const InputError& wrong) {
      return wrong.message();
    }
    return "";
  };
  Question other = question();
  other.tasks = 11;
  EXPECT_THAT(refusal(other), HasSubstr("another build of scalesim"));
  other = question();
  other.files["g"] = "2";
  EXPECT_THAT(refusal(other), HasSubstr("'g' has changed since"));
  other = question();
  other.files.clear();
  EXPECT_THAT(refusal(other), HasSubstr("'f' has changed since"));
  other = question();
  other.words["rent"] = "";
  EXPECT_THAT(refusal(other), HasSubstr("asked with no --rent, not --rent: repeat"));
}

TEST(CheckpointBorders, FingerprintsAreFnv1a) {
  // Published test vectors of the 64-bit FNV-1a.
  EXPECT_EQ(fingerprint("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(fingerprint("foobar"), "85944171f73967e8");
}

TEST(TrainingText, ComesBackWithoutLoss) {
  Training t;
  t.fits = true;
  t.strategy = "zero1 tp2";
  t.microbatch = 3;
  t.global_batch = 5;
  t.memory = Bytes(7.25);
  t.throughput = 0.1;
  t.slow = 0.05;
  t.fast = 0.3;
  t.refused = "no \"way\"";
  const Training back = training_from(to_result(t));
  EXPECT_TRUE(back.fits);
  EXPECT_EQ(back.strategy, t.strategy);
  EXPECT_EQ(back.microbatch, 3);
  EXPECT_EQ(back.global_batch, 5);
  EXPECT_EQ(back.memory.value(), 7.25);
  EXPECT_EQ(back.throughput, 0.1);
  EXPECT_EQ(back.slow, 0.05);
  EXPECT_EQ(back.fast, 0.3);
  EXPECT_EQ(back.refused, t.refused);
}

TEST(ConfigurationText, NamesWhatDiffersFromThePlainOne) {
  ShardingChoice branch;
  branch.strategy = "ddp";
  MicrobatchChoice share;
  ScheduleChoice order;
  order.mapping = "tp-cp-dp-pp";
  order.context_method = "ring";
  order.schedule = "1f1b";
  EXPECT_EQ(configuration_text(branch, share, order), "ddp mb1, tp-cp-dp-pp");
  order.gradient_bytes = 2;  // nobody to send gradients to
  EXPECT_EQ(configuration_text(branch, share, order), "ddp mb1, tp-cp-dp-pp");
  branch.data = 2;
  EXPECT_EQ(configuration_text(branch, share, order), "ddp dp2 mb1, half-precision gradients, tp-cp-dp-pp");
  order.gradient_bytes = 4;
  branch.tensor = 2, branch.pipeline = 3, branch.context = 4, branch.expert = 5;
  branch.recompute = workloads::Recompute::full;
  share.sequence_parallel = true;
  share.microbatch = 6;
  order.overlap = false;
  EXPECT_EQ(configuration_text(branch, share, order),
            "ddp tp2 pp3 cp4 ep5 dp2 mb6 sp 1f1b, recompute full, no overlap, ring, tp-cp-dp-pp");
  order.virtual_stages = 2;
  EXPECT_EQ(configuration_text(branch, share, order),
            "ddp tp2 pp3 cp4 ep5 dp2 vpp2 mb6 sp, recompute full, no overlap, ring, tp-cp-dp-pp");
}

TEST(ConfigurationChoices, AreApplied) {
  sim::Scenario scenario;
  ShardingChoice branch;
  branch.tensor = 2, branch.pipeline = 3, branch.context = 4, branch.expert = 5;
  branch.strategy = "zero1";
  branch.recompute = workloads::Recompute::selective;
  apply(branch, scenario);
  MicrobatchChoice share;
  share.sequence_parallel = true;
  share.microbatch = 7;
  apply(share, scenario);
  ScheduleChoice order;
  order.context_method = "all-to-all", order.mapping = "dp-tp", order.overlap = false;
  order.gradient_bytes = 2, order.virtual_stages = 6, order.schedule = "gpipe";
  apply(order, scenario);
  EXPECT_EQ(scenario.parallel.tensor, 2);
  EXPECT_EQ(scenario.parallel.pipeline, 3);
  EXPECT_EQ(scenario.parallel.context, 4);
  EXPECT_EQ(scenario.parallel.expert, 5);
  EXPECT_EQ(scenario.strategy, "zero1");
  EXPECT_EQ(scenario.compute.recompute, workloads::Recompute::selective);
  EXPECT_TRUE(scenario.parallel.sequence_parallel);
  EXPECT_EQ(scenario.parallel.microbatch, 7);
  EXPECT_EQ(scenario.parallel.context_method, "all-to-all");
  EXPECT_EQ(scenario.parallel.mapping, "dp-tp");
  EXPECT_FALSE(scenario.overlap);
  EXPECT_EQ(scenario.gradient_element.value(), 2);
  EXPECT_EQ(scenario.parallel.virtual_stages, 6);
  EXPECT_EQ(scenario.parallel.schedule, "gpipe");
}

}  // namespace
}  // namespace scalesim::plan
