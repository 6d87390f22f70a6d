// Tipping points by hand, and that a plan asked with the input changed decides as they say.
#include "plan/ranking/sensitivity.h"
#include "core/toml.h"
#include "workloads/load/load_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/plan.h"
#include "tests/support/shipped.h"

namespace scalesim::plan {
namespace {

Offer offer_of(const std::string& gpu, double price, double energy_per_year, double speedup) {
  Offer offer;
  offer.gpu = gpu;
  offer.bill.lines.push_back(
      {"GPU", gpu, 1, {price, "USD"}, {price, "USD"}, {}, {}, {{price, "USD"}, "", "", ""}});
  offer.cost.energy = {energy_per_year, "USD"};
  offer.cost.opex = offer.cost.energy;
  offer.spent = {price + 2 * energy_per_year, "USD"};
  offer.speedup = speedup;
  return offer;
}

double factor_of(const std::vector<TippingPoint>& points, const std::string& input) {
  for (const TippingPoint& point : points)
    if (point.input == input) return point.factor();
  return 0;
}

TEST(TippingPoints, OfTwoOffersAreWhereTheirCostsCross) {
  Plan plan;
  plan.currency = "USD";
  plan.years = 2;
  // a: 800 and 2 x 100 of energy for a speed-up of 10: 100 each. b: 1800 and 2 x 60 for 16: 120 each.
  plan.offers = {offer_of("a", 800, 100, 10), offer_of("b", 1800, 60, 16)};
  plan.best = 0;
  Running running;
  running.electricity = {0.1, "USD"};
  const auto points = tipping_points(plan, running,
                                     shipped().has("prices", "exchange_rates")
                                         ? parse_exchange_rates(shipped().read("prices", "exchange_rates"))
                                         : ExchangeRates{},
                                     false);
  // (800 k + 200) / 10 = 120: k = 1.25. (1800 k + 120) / 16 = 100: k = 1480 / 1800.
  EXPECT_NEAR(factor_of(points, "price of a"), 1.25, 1e-12);
  EXPECT_NEAR(factor_of(points, "price of b"), 1480.0 / 1800, 1e-12);
  // 80 + 20 k = 112.5 + 7.5 k: k = 2.6, for electricity and for years alike.
  EXPECT_NEAR(factor_of(points, "price of a kWh"), 2.6, 1e-12);
  EXPECT_NEAR(factor_of(points, "years of use"), 2.6, 1e-12);
  EXPECT_NEAR(factor_of(points, "speed predicted for a"), 100.0 / 120, 1e-12);
  EXPECT_NEAR(factor_of(points, "speed predicted for b"), 1.2, 1e-12);
  for (std::size_t i = 1; i < points.size(); ++i)
    EXPECT_LE(std::abs(std::log(points[i - 1].factor())), std::abs(std::log(points[i].factor())));
  for (const TippingPoint& point : points) EXPECT_EQ(point.overtaken_by, 1u);
}

TEST(TippingPoints, OfAPlanAreWhereAnotherQuestionDecidesOtherwise) {
  PlanRequest request;
  request.scenario.model = workloads::load_model("resnet50", {}, shipped());
  request.scenario.compute.optimizer = workloads::Optimizer::momentum;
  request.running = load_running(shipped());
  request.gpus = {"rtx4090", "a100-pcie-80gb"};
  request.systems = {"pcie"};
  request.max_gpus = 8;
  const Plan now = plan(request, PriceBook(shipped()));
  const std::string best = now.offers[*now.best].title();
  int tried = 0;
  for (const TippingPoint& point : now.tipping) {
    if (!point.input.starts_with("price of rtx") && !point.input.starts_with("price of a100")) continue;
    for (const double beyond : {0.999, 1.001}) {
      const double factor = std::pow(point.factor(), beyond);
      PriceBook book(shipped());
      book.add_offers(fmt::format("[[price]]\npart = \"{}\"\nmoney = \"{:.6f} CNY\"\n", point.input.substr(9),
                                  point.now * factor),
                      "offers.toml");
      const Plan then = plan(request, book);
      const std::string expected = beyond < 1 ? best : now.offers[point.overtaken_by].title();
      EXPECT_EQ(then.offers[*then.best].title(), expected) << point.input << " x " << factor;
      ++tried;
    }
  }
  EXPECT_GE(tried, 2);
}

}  // namespace
}  // namespace scalesim::plan
