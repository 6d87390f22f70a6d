// Laws of a plan: ranking, front, limits, currencies, threads.
#include "plan/plan.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/shipped.h"

namespace scalesim::plan {
namespace {

using testing::HasSubstr;

PlanRequest request_for(const std::string& model) {
  PlanRequest request;
  request.scenario.model = workloads::load_model(model, {}, shipped());
  request.scenario.compute.optimizer =
      request.scenario.model.transformer ? workloads::Optimizer::adam : workloads::Optimizer::momentum;
  request.running = load_running(shipped());
  request.gpus = {"rtx4090", "a100-pcie-80gb"};
  request.systems = {"pcie", "nvbridge"};
  request.max_gpus = 16;
  return request;
}

const PriceBook& book() {
  static const PriceBook book(shipped());
  return book;
}

/// The plan most tests look at.
const Plan& resnet() {
  static const Plan result = plan(request_for("resnet50"), book());
  return result;
}

std::vector<std::string> titles(const Plan& plan) {
  std::vector<std::string> result;
  for (const Offer& offer : plan.offers) result.push_back(offer.title() + " " + offer.strategy);
  return result;
}

TEST(Plan, RanksByCostPerSpeedup) {
  ASSERT_GT(resnet().offers.size(), 10u);
  for (std::size_t i = 1; i < resnet().offers.size(); ++i)
    EXPECT_LE(resnet().offers[i - 1].cost_per_speedup.amount, resnet().offers[i].cost_per_speedup.amount);
  for (const Offer& offer : resnet().offers) {
    EXPECT_DOUBLE_EQ(offer.cost_per_speedup.amount, offer.spent.amount / offer.speedup);
    EXPECT_DOUBLE_EQ(offer.spent.amount, offer.cost.capex.amount + 3 * offer.cost.opex.amount);
    EXPECT_LE(offer.speedup_low, offer.speedup);
    EXPECT_GE(offer.speedup_high, offer.speedup);
  }
}

TEST(Plan, MeasuresEverySpeedupAgainstOneGpuOfTheCheapestKind) {
  EXPECT_EQ(resnet().reference, "one rtx4090");
  for (const Offer& offer : resnet().offers) {
    EXPECT_DOUBLE_EQ(offer.speedup, offer.throughput / resnet().reference_throughput);
    if (offer.gpus == 1 && offer.gpu == "rtx4090") {
      EXPECT_DOUBLE_EQ(offer.speedup, 1);
    }
  }
}

TEST(Plan, HasNoBeatenOfferOnItsFront) {
  for (const Offer& offer : resnet().offers) {
    bool beaten = false;
    for (const Offer& other : resnet().offers)
      beaten |= other.spent.amount <= offer.spent.amount && other.speedup >= offer.speedup &&
                (other.spent.amount < offer.spent.amount || other.speedup > offer.speedup);
    EXPECT_EQ(offer.pareto, !beaten) << offer.title();
  }
  EXPECT_TRUE(resnet().offers[*resnet().best].pareto);
}

TEST(Plan, KeepsItsOrderWhenEverythingBecomesDearerAlike) {
  PlanRequest request = request_for("resnet50");
  request.running.electricity = request.running.electricity * 3;
  const Plan dearer = plan(request, book().scaled(3));
  EXPECT_EQ(titles(dearer), titles(resnet()));
  EXPECT_NEAR(dearer.offers[0].spent.amount / resnet().offers[0].spent.amount, 3, 1e-9);
}

TEST(Plan, KeepsItsOrderInAnotherCurrency) {
  PlanRequest request = request_for("resnet50");
  request.currency = "USD";
  const Plan dollars = plan(request, book());
  EXPECT_EQ(titles(dollars), titles(resnet()));
  EXPECT_NEAR(dollars.offers[0].spent.amount * 7.2 / resnet().offers[0].spent.amount, 1, 1e-9);
}

TEST(Plan, IsTheSameOnAnyNumberOfThreads) {
  PlanRequest request = request_for("resnet50");
  request.threads = 4;
  const Plan many = plan(request, book());
  ASSERT_EQ(titles(many), titles(resnet()));
  for (std::size_t i = 0; i < many.offers.size(); ++i) {
    EXPECT_EQ(many.offers[i].throughput, resnet().offers[i].throughput);
    EXPECT_EQ(many.offers[i].spent.amount, resnet().offers[i].spent.amount);
  }
}

TEST(Plan, KeepsWithinItsLimitsAndSaysWhatDoesNot) {
  PlanRequest request = request_for("resnet50");
  request.budget = Money{50000, "USD"};  // 360,000 CNY
  request.max_power = Watts(3000);
  const Plan limited = plan(request, book());
  ASSERT_FALSE(limited.offers.empty());
  for (const Offer& offer : limited.offers) {
    EXPECT_LE(offer.cost.capex.amount, 360000);
    EXPECT_LE(offer.cost.power.value(), 3000);
  }
  EXPECT_EQ(limited.reference_throughput, resnet().reference_throughput);
  // 8 x 450 W + 750 W.
  EXPECT_THAT(why_not(limited, "8x rtx4090 pcie", shipped()),
              testing::Contains(HasSubstr("draws 4.35 kW, more than 3.00 kW")));
  EXPECT_THAT(why_not(limited, "8x a100-pcie-80gb", shipped()).at(0),
              HasSubstr("more than the budget of 360,000 CNY"));
  EXPECT_THAT(why_not(limited, "5x rtx4090", shipped()).at(0), HasSubstr("nobody offers 5x rtx4090"));
  EXPECT_THROW(why_not(limited, "many", shipped()), InputError);
}

TEST(Plan, FindsTheCheapestWayToATarget) {
  PlanRequest request = request_for("resnet50");
  request.target_speedup = 5;
  const Plan reached = plan(request, book());
  ASSERT_TRUE(reached.best);
  const Offer& best = reached.offers[*reached.best];
  for (const Offer& offer : resnet().offers)
    if (offer.speedup >= 5) {
      EXPECT_LE(best.spent.amount, offer.spent.amount);
    }
  for (const Offer& offer : reached.offers) EXPECT_GE(offer.speedup, 5);
}

TEST(Plan, CountsTheRun) {
  PlanRequest request = request_for("resnet50");
  request.samples = 1e8;
  request.running.grid = 0.5;
  request.systems = {"pcie"};
  request.gpus = {"rtx4090"};
  request.max_gpus = 1;
  const Plan result = plan(request, book());
  ASSERT_EQ(result.offers.size(), 1u);
  const Offer& offer = result.offers[0];
  EXPECT_DOUBLE_EQ(offer.time_to_target->value(), 1e8 / offer.throughput);
  // Three years are 26,280 hours: the run costs its share of them.
  EXPECT_NEAR(offer.cost_of_run->amount, offer.spent.amount * offer.time_to_target->value() / 3600 / 26280,
              1e-6);
  EXPECT_NEAR(offer.cost_per_million.amount * 100, offer.cost_of_run->amount, 1e-6);
  // 450 W x 0.9 + 750 W = 1155 W, x 1.25, x 0.5 kg.
  EXPECT_NEAR(*offer.co2_of_run, 1.155 * 1.25 * 0.5 * offer.time_to_target->value() / 3600, 1e-6);
}

TEST(Plan, RefusesATargetTimeWithoutALength) {
  PlanRequest request = request_for("resnet50");
  request.target_time = Seconds(3600);
  EXPECT_THROW(plan(request, book()), InputError);
}

TEST(Plan, DropsWhatDoesNotFitAndShardsWhatElseWouldNot) {
  PlanRequest request = request_for("llama3-8b");
  request.max_gpus = 8;
  request.scenario.compute.precision = topology::Precision::bf16;
  const Plan result = plan(request, book());
  // 8.03e9 parameters: 16 bytes each with Adam are 128 GB, one A100 has 80 GiB, eight RTX 4090 together 192
  // GiB.
  EXPECT_THAT(why_not(result, "1x rtx4090", shipped()).at(0), HasSubstr("does not fit"));
  for (const Offer& offer : result.offers) {
    EXPECT_GT(offer.gpus, 1);
    EXPECT_LE(offer.memory.value(), (offer.gpu == "rtx4090" ? 24 : 80) * 1024.0 * 1024 * 1024);
  }
  EXPECT_FALSE(result.offers.empty());
  EXPECT_THAT(result.reference, HasSubstr("share of"));
}

TEST(Plan, RentsByTheHour) {
  PlanRequest request = request_for("resnet50");
  request.rent = true;
  request.systems = {"pcie"};
  request.gpus = {"rtx4090", "a100-pcie-40gb"};  // the second has no cloud price
  request.max_gpus = 2;
  const Plan result = plan(request, book());
  for (const Offer& offer : result.offers)
    // 0.74 USD an hour for each, at 7.2 CNY, over three years.
    EXPECT_NEAR(offer.spent.amount, 0.74 * 7.2 * offer.gpus * 26280, 1e-6);
  EXPECT_THAT(why_not(result, "1x a100-pcie-40gb", shipped()).at(0), HasSubstr("no cloud price"));
}

std::string offers_error(const std::string& text) {
  PriceBook book(shipped());
  try {
    book.add_offers(text, "offers.toml");
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "accepted";
}

TEST(Offers, SayWhereTheyAreWrongAndWhatWouldBeRight) {
  EXPECT_THAT(
      offers_error("[[price]]\npart = \"rtx4091\"\nmoney = \"9 USD\"\n"),
      testing::AllOf(HasSubstr("offers.toml:2"), HasSubstr("unknown part 'rtx4091'"), HasSubstr("rtx4090")));
  EXPECT_THAT(offers_error("[[price]]\npart = \"rtx4090\"\nmoney = \"15000\"\n"),
              testing::AllOf(HasSubstr("offers.toml:3"), HasSubstr("has no currency")));
  EXPECT_THAT(offers_error("[[price]]\npart = \"rtx4090\"\nmoney = \"-3 USD\"\n"),
              testing::AllOf(HasSubstr("offers.toml:3"), HasSubstr("negative")));
  EXPECT_THAT(offers_error("[[price]]\npart = \"rtx4090\"\nmoney = \"3 USD\"\n[[price]]\npart = "
                           "\"rtx4090\"\nmoney = \"4 USD\"\n"),
              testing::AllOf(HasSubstr("offers.toml:5"), HasSubstr("two prices"), HasSubstr("line 2")));
  EXPECT_THAT(offers_error("[[price]]\npart = \"rtx4090\"\nmoney = \"3 XAU\"\n"),
              HasSubstr("no exchange rate for XAU"));
  EXPECT_THAT(offers_error("[[price]]\npart = \"rtx4090\"\nmoney = \"3 USD\"\ncolour = \"red\"\n"),
              HasSubstr("colour"));
  EXPECT_THAT(offers_error("[[offer]]\nsystem = \"pci\"\n"),
              testing::AllOf(HasSubstr("offers.toml:2"), HasSubstr("pcie")));
}

TEST(Offers, ReplaceAPriceAndAddAPart) {
  PriceBook book(shipped());
  book.add_offers(R"(
[[part]]
name = "my-chassis"
role = "chassis"
host = "pcie"
slots = 4
money = "3000 USD"
power = "400 W"
source = "my vendor"
[[price]]
part = "rtx4090"
money = "1000 USD"
)",
                  "offers.toml");
  topology::ClusterOptions options;
  options.gpu = "rtx4090";
  options.gpus_per_node = 4;
  const Bill bill = bill_of_materials(topology::load_cluster("pcie", options, shipped()), book, "USD");
  EXPECT_EQ(bill.total.amount, 4 * 1000 + 3000 + 6000 + 5000 + 2000);
  options.gpus_per_node = 8;  // too many for it
  EXPECT_EQ(bill_of_materials(topology::load_cluster("pcie", options, shipped()), book, "USD").total.amount,
            8 * 1000 + 8000 + 6000 + 5000 + 2000);
}

}  // namespace
}  // namespace scalesim::plan
