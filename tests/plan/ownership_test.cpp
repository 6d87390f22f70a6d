// Bills and costs of two small clusters, every line by hand.
#include "plan/cost/ownership.h"
#include "topology/system/load_cluster.h"

#include <gtest/gtest.h>

#include "plan/cost/bill.h"
#include "tests/support/shipped.h"

namespace scalesim::plan {
namespace {

topology::Cluster cluster_of(const std::string& system, topology::ClusterOptions options) {
  return topology::load_cluster(system, options, shipped());
}

/// Prices that can be added in the head.
PriceBook round_prices() {
  PriceBook book(shipped());
  book.add_offers(R"(
[[price]]
part = "rtx4090"
money = "2000 USD"
[[price]]
part = "rtx4090"
money = "0.5 USD"
kind = "cloud per hour"
[[price]]
part = "a100-pcie-80gb"
money = "10000 USD"
[[price]]
part = "chassis-pcie-8"
money = "8000 USD"
[[price]]
part = "cpus-pcie"
money = "6000 USD"
[[price]]
part = "memory-pcie"
money = "5000 USD"
[[price]]
part = "storage-pcie"
money = "2000 USD"
[[price]]
part = "connectx-6-dx-100g"
money = "900 USD"
[[price]]
part = "switch-100g-32"
money = "12000 USD"
[[price]]
part = "copper-cable"
money = "200 USD"
[[price]]
part = "nvlink-bridge"
money = "150 USD"
)",
                  "test.toml");
  return book;
}

const BillLine* line(const Bill& bill, const std::string& part) {
  for (const BillLine& line : bill.lines)
    if (line.part == part) return &line;
  return nullptr;
}

TEST(Bill, OfOneServerWithFourCards) {
  const Bill bill =
      bill_of_materials(cluster_of("pcie", {.gpu = "rtx4090", .gpus_per_node = 4}), round_prices(), "USD");
  EXPECT_TRUE(bill.missing.empty());
  ASSERT_EQ(bill.lines.size(), 5u);
  EXPECT_EQ(line(bill, "rtx4090")->total.amount, 4 * 2000);
  EXPECT_EQ(line(bill, "chassis-pcie-8")->total.amount, 8000);
  EXPECT_EQ(line(bill, "cpus-pcie")->total.amount, 6000);
  EXPECT_EQ(line(bill, "memory-pcie")->total.amount, 5000);
  EXPECT_EQ(line(bill, "storage-pcie")->total.amount, 2000);
  EXPECT_EQ(bill.total.amount, 8000 + 8000 + 6000 + 5000 + 2000);  // no card, switch or cable for one server
}

TEST(Bill, OfTwoBridgedServersAndTheirNetwork) {
  // Per node: 4 GPUs in 2 pairs; an A100 has 12 links, a bridge carries 4: 3 bridges per pair, 6 per node.
  // One 100 Gb/s card per node, one switch, 2 copper cables.
  const Bill bill =
      bill_of_materials(cluster_of("nvbridge", {.gpu = "a100-pcie-80gb", .gpus_per_node = 4, .nodes = 2}),
                        round_prices(), "USD");
  EXPECT_TRUE(bill.missing.empty());
  EXPECT_EQ(line(bill, "a100-pcie-80gb")->count, 8);
  EXPECT_EQ(line(bill, "nvlink-bridge")->count, 12);
  EXPECT_EQ(line(bill, "connectx-6-dx-100g")->count, 2);
  EXPECT_EQ(line(bill, "switch-100g-32")->count, 1);
  EXPECT_EQ(line(bill, "copper-cable")->count, 2);
  EXPECT_EQ(bill.total.amount,
            8 * 10000 + 2 * (8000 + 6000 + 5000 + 2000) + 12 * 150 + 2 * 900 + 12000 + 2 * 200);
}

TEST(Bill, OfAWholeNodeHasOneLineForIt) {
  const Bill bill = bill_of_materials(cluster_of("dgx-h100", {}), PriceBook(shipped()), "USD");
  ASSERT_EQ(bill.lines.size(), 1u);
  EXPECT_EQ(bill.lines[0].total.amount, 270000);  // Epoch, May 2023
}

TEST(Bill, NamesWhatNobodyHasPriced) {
  const Bill bill =
      bill_of_materials(cluster_of("pcie", {.gpu = "rtx4090d", .gpus_per_node = 2}), round_prices(), "USD");
  ASSERT_EQ(bill.missing.size(), 1u);
  EXPECT_EQ(bill.missing[0], "rtx4090d (GPU)");
}

TEST(Ownership, OfOneServerEveryLine) {
  const topology::Cluster cluster = cluster_of("pcie", {.gpu = "rtx4090", .gpus_per_node = 4});
  const PriceBook book = round_prices();
  const auto power = node_power(cluster, book);
  ASSERT_TRUE(power);
  EXPECT_EQ(power->gpus.value(), 4 * 450);
  EXPECT_EQ(power->other.value(), 750);
  Running running;
  running.years = 2;
  running.electricity = {0.10, "USD"};
  running.pue = 1.5;
  running.load = 0.9;
  running.spares = 0.03;
  running.maintenance = 0.05;
  running.colocation = Money{150, "USD"};
  running.staff = Money{1000, "USD"};
  running.grid = 0.5;
  const Ownership o = own(cluster, bill_of_materials(cluster, book, "USD"), *power, book, running);
  EXPECT_EQ(o.parts.amount, 29000);
  EXPECT_DOUBLE_EQ(o.spares.amount, 870);  // 3 %
  EXPECT_DOUBLE_EQ(o.capex.amount, 29870);
  EXPECT_EQ(o.power.value(), 2550);  // 1800 + 750
  // 1800 W x 0.9 + 750 W = 2370 W; x 8760 h x 1.5 = 31141.8 kWh, at 0.10 USD.
  EXPECT_DOUBLE_EQ(o.kwh_per_year, 31141.8);
  EXPECT_DOUBLE_EQ(o.energy.amount, 3114.18);
  EXPECT_DOUBLE_EQ(o.colocation.amount, 2.55 * 12 * 150);  // 4590
  EXPECT_DOUBLE_EQ(o.maintenance.amount, 1450);            // 5 % of 29000
  EXPECT_DOUBLE_EQ(o.staff.amount, 1000);
  EXPECT_DOUBLE_EQ(o.opex.amount, 3114.18 + 4590 + 1450 + 1000);  // 10154.18
  EXPECT_DOUBLE_EQ(o.total.amount, 29870 + 2 * 10154.18);         // 50178.36
  EXPECT_DOUBLE_EQ(o.per_hour.amount, 50178.36 / 17520);
  EXPECT_DOUBLE_EQ(*o.co2_per_year, 15570.9);
  // Renting: 4 x 0.5 USD = 2 USD/h, 1460 USD a month; running costs 846.18: 29870 / 613.82 = 48.66 months.
  EXPECT_DOUBLE_EQ(o.rent_per_hour->amount, 2);
  EXPECT_NEAR(*o.break_even_months, 48.66, 0.01);
}

TEST(Ownership, OfTwoServersCountsTheirNetwork) {
  const topology::Cluster cluster =
      cluster_of("nvbridge", {.gpu = "a100-pcie-80gb", .gpus_per_node = 4, .nodes = 2});
  const PriceBook book = round_prices();
  const auto power = node_power(cluster, book);
  // A node: 4 x 300 W, 750 W of the server, 20 W of its card. The switch: 150 W.
  EXPECT_EQ(power->gpus.value(), 1200);
  EXPECT_EQ(power->other.value(), 770);
  Running running;
  running.years = 3;
  running.electricity = {1, "USD"};
  const Ownership o = own(cluster, bill_of_materials(cluster, book, "USD"), *power, book, running);
  EXPECT_EQ(o.parts.amount, 138000);  // 80000 + 42000 + 1800 + 1800 + 12000 + 400
  EXPECT_EQ(o.power.value(), 2 * 1970 + 150);
  EXPECT_DOUBLE_EQ(o.energy.amount, 4.09 * 8760);
  EXPECT_DOUBLE_EQ(o.total.amount, 138000 + 3 * 35828.4);
  EXPECT_FALSE(o.co2_per_year);
}

TEST(Ownership, IsTheSameInEveryCurrencyAndBack) {
  const topology::Cluster cluster = cluster_of("pcie", {.gpu = "rtx4090", .gpus_per_node = 8, .nodes = 4});
  const PriceBook book(shipped());
  const Running running = load_running(shipped());
  const auto total = [&](const std::string& currency) {
    return own(cluster, bill_of_materials(cluster, book, currency), *node_power(cluster, book), book, running)
        .total;
  };
  const Money cny = total("CNY");
  for (const char* currency : {"USD", "EUR", "CNY"}) {
    const Money back = book.rates().convert(total(currency), "CNY");
    EXPECT_NEAR(back.amount / cny.amount, 1, 1e-12) << currency;
  }
}

}  // namespace
}  // namespace scalesim::plan
