// A plan told as text and as a bill: which figures of an offer stand where, and what is said when there is
// none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "plan/values/offer.h"
#include "report/documents/plan.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Money yuan(double amount) { return {amount, "CNY"}; }

/// Words of the text with single spaces: the layout of tables is tested elsewhere.
std::string words(const std::string& text) {
  std::istringstream stream(text);
  std::string result;
  for (std::string word; stream >> word;) result += (result.empty() ? "" : " ") + word;
  return result;
}

plan::Offer offer(const std::string& gpu, int nodes, double price, double speedup) {
  plan::Offer one;
  one.system = "pcie";
  one.gpu = gpu;
  one.gpus_per_node = 8;
  one.nodes = nodes;
  one.gpus = 8 * nodes;
  one.strategy = "fsdp";
  if (nodes > 1) one.nic = "8x400Gb", one.fabric = "rail";
  one.throughput = 1234.5678;
  one.speedup = speedup;
  one.speedup_low = speedup - 1;
  one.speedup_high = speedup + 1;
  one.spent = yuan(price * 1.5);
  one.cost_per_speedup = yuan(price * 1.5 / speedup);
  one.cost_per_million = yuan(42);
  plan::Ownership& cost = one.cost;
  cost.parts = yuan(price);
  cost.capex = yuan(price * 1.1);
  cost.spares = yuan(price * 0.1);
  cost.energy = cost.opex = yuan(price * 0.05);
  cost.colocation = cost.maintenance = cost.staff = yuan(0);
  cost.total = yuan(price * 1.5);
  cost.per_hour = yuan(77);
  cost.power = Watts(5600);
  cost.kwh_per_year = 49056;
  one.bill.lines.push_back({"GPU", gpu, 8, yuan(price / 10), yuan(price * 0.8), yuan(1), yuan(2), {}});
  one.bill.lines.back().quoted.kind = "street";
  one.bill.lines.back().quoted.date = "2026-05";
  one.bill.lines.back().quoted.source = "a \"shop\", online";
  return one;
}

plan::Plan two_offers() {
  plan::Plan plan;
  plan.model = "resnet50";
  plan.throughput_unit = "images/s";
  plan.currency = "CNY";
  plan.reference = "one rtx4090";
  plan.reference_throughput = 500;
  plan.offers = {offer("rtx4090", 1, 200000, 6), offer("h100-sxm", 2, 3000000, 30)};
  plan.offers[0].pareto = true;
  plan.offers[1].beaten_by_best = 0.934;
  plan.best = plan.knee = 0;
  plan.next = plan.fastest = 1;
  return plan;
}

TEST(PlanText, RanksByWhatItSays) {
  const std::string text = words(plan_text(two_offers()));
  EXPECT_THAT(text, HasSubstr("resnet50: 2 clusters meet every limit, 0 do not"));
  EXPECT_THAT(text, HasSubstr("Speed-up 1 is one rtx4090: 500 images/s"));
  EXPECT_THAT(text, HasSubstr("Ranked by cost over 3 years per speed-up, in CNY"));
  // price 1.1 x 200,000, a year 5 %, four digits of throughput, 300,000 over 6
  EXPECT_THAT(text, HasSubstr("1 * " + two_offers().offers[0].title() +
                              " fsdp 220,000 10,000 5.60 kW 1235 6.00 (5.00..7.00) 50,000"));
  EXPECT_THAT(text, HasSubstr("2 " + two_offers().offers[1].title() +
                              " fsdp 3,300,000 150,000 5.60 kW 1235 30.00 (29.00..31.00) 150,000"));
  EXPECT_THAT(text, Not(HasSubstr("run takes")));
}

// The next step: 30 - 6 = 24 x more for 4,500,000 - 300,000 = 4,200,000, 175,000 for each.
TEST(PlanText, TellsWhatTheNextStepBrings) {
  const std::string text = words(plan_text(two_offers()));
  EXPECT_THAT(text, HasSubstr("Best: " + two_offers().offers[0].title() +
                              ", fsdp: 6.00 x for 220,000 CNY, 50,000 CNY per speed-up"));
  EXPECT_THAT(text,
              HasSubstr("24.00 x more speed-up for 4,200,000 CNY more over 3 years, 175,000 CNY for each"));
  EXPECT_THAT(text, HasSubstr("costs less per speed-up than " + two_offers().offers[1].title() +
                              " in 93 % of draws"));
  EXPECT_THAT(text, HasSubstr("Fastest: " + two_offers().offers[1].title()));
  EXPECT_THAT(text, Not(HasSubstr("Knee")));  // it is the best itself
}

TEST(PlanText, ARunHasATimeAndACost) {
  plan::Plan plan = two_offers();
  plan.offers[0].time_to_target = Seconds(36 * 3600);
  plan.offers[1].time_to_target = Seconds(7200);
  plan.offers[0].cost_of_run = plan.offers[1].cost_of_run = yuan(888);
  plan.offers[0].co2_of_run = 12.4;
  const std::string text = words(plan_text(plan));
  EXPECT_THAT(text, HasSubstr("50,000 1.5 d 888"));
  EXPECT_THAT(text, HasSubstr("150,000 2.0 h 888"));
  EXPECT_THAT(text, HasSubstr("the run 888 CNY"));
  EXPECT_THAT(text, HasSubstr("CO2 of the run 12 kg"));
}

TEST(PlanText, CostsThatAreNothingAreNotListed) {
  plan::Plan plan = two_offers();
  const std::string before = words(plan_text(plan));
  EXPECT_THAT(before, HasSubstr("parts 200,000 CNY spares 20,000 CNY energy, 49056 kWh a year 10,000 CNY "
                                "owning it 3 years 300,000 CNY "
                                "an hour of work 77 CNY a million images 42 CNY"));
  plan::Ownership& cost = plan.offers[0].cost;
  cost.colocation = yuan(11);
  cost.maintenance = yuan(12);
  cost.staff = yuan(13);
  cost.rent_per_hour = yuan(14);
  cost.break_even_months = 15.26;
  cost.co2_per_year = 1600.4;
  const std::string after = words(plan_text(plan));
  for (const char* line :
       {"colocation, a year 11 CNY", "maintenance, a year 12 CNY", "staff, a year 13 CNY",
        "renting as many GPUs, an hour 14 CNY", "buying is cheaper from month 15.3", "CO2, a year 1600 kg"}) {
    EXPECT_THAT(after, HasSubstr(line));
    EXPECT_THAT(before, Not(HasSubstr(line)));
  }
  plan.throughput_unit = "sequences/s";
  EXPECT_THAT(words(plan_text(plan)), HasSubstr("a million tokens 42 CNY"));
}

// Renting: price for an hour, a year of 8760 of them.
TEST(PlanText, RentingShowsPricesOfAnHour) {
  plan::Plan plan = two_offers();
  plan.rent = true;
  for (plan::Offer& one : plan.offers) one.cost.rent_per_hour = yuan(100);
  const std::string text = words(plan_text(plan));
  EXPECT_THAT(text, HasSubstr("Ranked by the price of renting for 3 years per speed-up"));
  EXPECT_THAT(text, HasSubstr("fsdp 100 876,000 5.60 kW"));
  EXPECT_THAT(text, HasSubstr("6.00 x for 100 CNY an hour"));
  EXPECT_THAT(text, Not(HasSubstr("How sure")));
}

// From 1000 to 1250 yuan: +25 %.
TEST(PlanText, SaysWhatWouldChangeTheDecision) {
  plan::Plan plan = two_offers();
  plan.tipping = {
      {"price of rtx4090", "CNY", 1000, 1250, 1}, {"PUE", "", 1.25, 1.5, 1}, {"load", "CNY", 50, 40, 1}};
  const std::string text = words(plan_text(plan));
  EXPECT_THAT(text, HasSubstr("price of rtx4090 1,000 CNY 1,250 CNY +25.0 % " + plan.offers[1].title()));
  EXPECT_THAT(text, HasSubstr("PUE 1.25 1.5 +20.0 %"));
  EXPECT_THAT(text, HasSubstr("load 50 CNY 40 CNY -20.0 %"));
}

TEST(PlanText, ShowsAsManyRowsAsAskedFor) {
  PlanTextOptions one_row;
  one_row.rows = 1;
  const std::string text = plan_text(two_offers(), one_row);
  const std::string ranking = text.substr(0, text.find("Best:"));
  EXPECT_THAT(ranking, HasSubstr("rtx4090"));
  EXPECT_THAT(ranking, Not(HasSubstr("h100-sxm")));
}

TEST(PlanText, WithoutAnOfferTellsTheNearestMisses) {
  plan::Plan plan;
  plan.model = "gpt2";
  plan.rejected = {{"8 x a100", "dgx", "a100", 8, 1, 8, "costs too much"},
                   {"b", "s", "g", 1, 1, 1, "too slow"}};
  const std::string text = plan_text(plan);
  EXPECT_THAT(text, HasSubstr("gpt2: 0 clusters meet every limit, 2 do not"));
  EXPECT_THAT(text, HasSubstr("\n  8 x a100: costs too much\n  b: too slow\n"));
  EXPECT_THAT(text, Not(HasSubstr("Speed-up 1")));
  EXPECT_EQ(bill_csv(plan), "");
}

// A quote inside a cell is doubled; money has two decimals.
TEST(PlanText, TheBillIsATable) {
  EXPECT_EQ(
      bill_csv(two_offers()),
      "role,part,count,unit_price,total,currency,kind,source,date\n"
      "\"GPU\",\"rtx4090\",8,20000.00,160000.00,CNY,\"street\",\"a \"\"shop\"\", online\",\"2026-05\"\n");
  EXPECT_THAT(words(plan_text(two_offers())),
              HasSubstr("rtx4090 GPU 8 20,000 CNY 160,000 CNY street, 2026-05"));
}

TEST(PlanText, WarningsStandAtTheEnd) {
  plan::Plan plan = two_offers();
  plan.warnings = {"a price is old"};
  EXPECT_TRUE(plan_text(plan).ends_with("\nwarning: a price is old\n"));
}

}  // namespace
}  // namespace scalesim::report
