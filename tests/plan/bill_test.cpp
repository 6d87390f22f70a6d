// Lines of a bill at every border, power of a node, running costs and prices of boards, by hand.
#include "plan/cost/bill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "plan/cost/board_prices.h"
#include "plan/cost/ownership.h"
#include "tests/support/shipped.h"
#include "topology/system/load_cluster.h"

namespace scalesim::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const PriceBook& book() {
  static const PriceBook book(shipped());
  return book;
}

topology::Cluster cluster_of(const std::string& system, const std::string& gpu, int gpus_per_node,
                             int nodes) {
  topology::ClusterOptions options;
  options.gpu = gpu;
  options.gpus_per_node = gpus_per_node;
  options.nodes = nodes;
  return topology::load_cluster(system, options, shipped());
}

BytesPerSecond gigabits(double rate) { return BytesPerSecond(rate * 1e9 / 8); }

const BillLine* line(const Bill& bill, const std::string& part) {
  for (const BillLine& line : bill.lines)
    if (line.part == part) return &line;
  return nullptr;
}

long count(const Bill& bill, const std::string& part) {
  const BillLine* found = line(bill, part);
  return found ? found->count : 0;
}

TEST(BillLines, ShowEveryFigureInTheCurrencyOfTheBill) {
  // One USD is 7.2 CNY: a chassis of 8000 (6000 to 10000) USD is 57600 (43200 to 72000) CNY. The RTX 4090 is
  // quoted at 15000 CNY. CPUs 6000, memory 5000, storage 2000 USD: 21000 USD with the chassis.
  const Bill bill = bill_of_materials(cluster_of("pcie", "rtx4090", 4, 1), book(), "CNY");
  const BillLine& chassis = *line(bill, "chassis-pcie-8");
  EXPECT_EQ(chassis.role, "chassis");
  EXPECT_EQ(chassis.count, 1);
  EXPECT_DOUBLE_EQ(chassis.unit.amount, 57600);
  EXPECT_DOUBLE_EQ(chassis.low.amount, 43200);
  EXPECT_DOUBLE_EQ(chassis.high.amount, 72000);
  EXPECT_EQ(chassis.quoted.money.amount, 8000);
  EXPECT_EQ(chassis.quoted.money.currency, "USD");
  const BillLine& gpu = *line(bill, "rtx4090");
  EXPECT_EQ(gpu.role, "GPU");
  EXPECT_EQ(gpu.count, 4);
  EXPECT_EQ(gpu.unit.amount, 15000);
  EXPECT_EQ(gpu.total.amount, 60000);
  EXPECT_EQ(gpu.low.amount, 15000);
  EXPECT_EQ(gpu.high.amount, 15000);
  EXPECT_DOUBLE_EQ(bill.total.amount, 60000 + 21000 * 7.2);
  EXPECT_EQ(bill.total.currency, "CNY");
  EXPECT_EQ(bill.network_power.value(), 0);
}

TEST(BillLines, OfBoardsCountPerGpuAndTheRestPerNode) {
  const Bill bill = bill_of_materials(cluster_of("nvlink", "a100-sxm4-80gb", 4, 3), book(), "USD");
  EXPECT_EQ(count(bill, "a100-sxm4-80gb"), 12);
  EXPECT_EQ(count(bill, "gpu-board-nvlink"), 12);
  EXPECT_EQ(count(bill, "chassis-nvlink-8"), 3);
  EXPECT_EQ(count(bill, "cpus-nvlink"), 3);
  EXPECT_EQ(count(bill, "chassis-pcie-8"), 0);
}

TEST(BillLines, NameTheServerThatNobodySells) {
  topology::Cluster cluster = cluster_of("pcie", "rtx4090", 8, 1);
  EXPECT_THAT(bill_of_materials(cluster, book(), "USD").missing, IsEmpty());
  cluster.gpus_per_node = 9;
  EXPECT_THAT(bill_of_materials(cluster, book(), "USD").missing, ElementsAre("chassis for 9 GPUs (pcie)"));
}

TEST(BillLines, TakeTheChassisOfTheSystemsOwnFile) {
  topology::Cluster cluster = cluster_of("pcie", "rtx4090", 8, 2);
  cluster.prices = {{{1234, "USD"}, "list, chassis", "", ""}};
  const Bill bill = bill_of_materials(cluster, book(), "USD");
  EXPECT_EQ(count(bill, "chassis-pcie-8"), 0);
  EXPECT_EQ(line(bill, cluster.name + " chassis")->total.amount, 2468);
  EXPECT_EQ(count(bill, "cpus-pcie"), 2);
}

TEST(BillLines, OfWholeNodesKeepTheirNetwork) {
  const Bill bill = bill_of_materials(cluster_of("dgx-h100", "h100-sxm", 8, 2), book(), "USD");
  EXPECT_EQ(bill.lines[0].role, "node");
  EXPECT_EQ(bill.lines[0].part, "dgx-h100");
  EXPECT_EQ(bill.lines[0].count, 2);
  EXPECT_EQ(bill.lines[0].total.amount, 540000);
  EXPECT_EQ(count(bill, "h100-sxm"), 0);
  EXPECT_EQ(count(bill, "connectx-7-ndr"), 0);  // the node has them
  EXPECT_EQ(count(bill, "copper-cable"), 16);   // 8 ports on each of two nodes
}

TEST(BillLines, CountBridgesByLinksAndPairs) {
  // Four links a bridge, two cards a bridge.
  const struct {
    int links, gpus, nodes;
    long bridges;
  } cases[] = {{1, 2, 1, 1}, {4, 2, 1, 1}, {5, 2, 1, 2}, {8, 2, 1, 2},
               {9, 2, 1, 3}, {4, 3, 1, 1}, {4, 1, 1, 0}, {12, 8, 3, 36}};
  for (const auto& c : cases) {
    topology::Cluster cluster = cluster_of("nvbridge", "a100-pcie-80gb", 2, 1);
    ASSERT_TRUE(cluster.gpu.links);
    cluster.gpu.links->count = c.links;
    cluster.gpus_per_node = c.gpus;
    cluster.nodes = c.nodes;
    EXPECT_EQ(count(bill_of_materials(cluster, book(), "USD"), "nvlink-bridge"), c.bridges)
        << c.links << " links, " << c.gpus << " GPUs";
  }
  topology::Cluster none = cluster_of("nvbridge", "a100-pcie-80gb", 2, 1);
  none.gpu.links.reset();
  EXPECT_EQ(count(bill_of_materials(none, book(), "USD"), "nvlink-bridge"), 0);
  EXPECT_EQ(
      count(bill_of_materials(cluster_of("pcie", "a100-pcie-80gb", 2, 1), book(), "USD"), "nvlink-bridge"),
      0);
}

TEST(BillLines, OfFourNodesAreCopperAndOfFiveOptical) {
  for (const int nodes : {4, 5}) {
    const Bill bill = bill_of_materials(cluster_of("pcie", "rtx4090", 8, nodes), book(), "USD");
    EXPECT_EQ(count(bill, "copper-cable"), nodes == 4 ? 4 : 0);
    EXPECT_EQ(count(bill, "active-optical-cable-200g"), nodes == 4 ? 0 : 5);
    EXPECT_EQ(count(bill, "switch-100g-32"), 1);
    EXPECT_EQ(bill.network_power.value(), 150);
  }
}

TEST(BillLines, TakeTheCardOfTheSystemElseTheCheapestOfItsRate) {
  topology::Cluster cluster = cluster_of("pcie", "rtx4090", 8, 2);
  cluster.nic_rate = gigabits(100);
  cluster.nics_per_node = 3;
  cluster.nic = "connectx-6-dx-100g";
  EXPECT_EQ(count(bill_of_materials(cluster, book(), "USD"), "connectx-6-dx-100g"), 6);
  // Of 100 Gb/s: 700 USD for connectx-4-edr, 750 for connectx-5-edr, 850 for connectx-6-dx-100g.
  for (const char* unknown : {"", "no-such-card", "connectx-7-ndr"}) {
    cluster.nic = unknown;
    const Bill bill = bill_of_materials(cluster, book(), "USD");
    EXPECT_EQ(count(bill, "connectx-4-edr"), 6) << unknown;
    EXPECT_EQ(line(bill, "connectx-4-edr")->role, "network card");
    EXPECT_EQ(line(bill, "connectx-4-edr")->total.amount, 4200);
  }
  // 5000 CNY are 694.44 USD: less than 700 in dollars, though the figure is larger.
  PriceBook own(shipped());
  own.add_offers("[[price]]\npart = \"connectx-5-edr\"\nmoney = \"5000 CNY\"\n", "own.toml");
  EXPECT_EQ(count(bill_of_materials(cluster, own, "USD"), "connectx-5-edr"), 6);
}

TEST(BillLines, NameTheNetworkThatNobodySells) {
  topology::Cluster cluster = cluster_of("pcie", "rtx4090", 8, 2);
  cluster.nic.clear();
  cluster.nic_rate = gigabits(1600);
  EXPECT_THAT(bill_of_materials(cluster, book(), "USD").missing,
              ElementsAre("network card of 1600 Gb/s", "switch of 1600 Gb/s", "cable of 1600 Gb/s (rack)"));
  cluster.nodes = 5;
  EXPECT_EQ(bill_of_materials(cluster, book(), "USD").missing.at(2), "cable of 1600 Gb/s (hall)");
  EXPECT_EQ(bill_of_materials(cluster, book(), "USD").network_power.value(), 0);
}

TEST(BillLines, RefuseACurrencyWithoutARate) {
  EXPECT_THROW(bill_of_materials(cluster_of("pcie", "rtx4090", 4, 1), book(), "GBP"), InputError);
}

TEST(PowerOfANode, IsAsPublishedAndNeverLessThanItsGpus) {
  topology::Cluster cluster = cluster_of("dgx-h100", "h100-sxm", 8, 2);
  // 10.2 kW in all, 8 x 700 W of GPUs.
  EXPECT_EQ(node_power(cluster, book())->gpus.value(), 5600);
  EXPECT_EQ(node_power(cluster, book())->other.value(), 4600);
  EXPECT_EQ(node_power(cluster, book())->total().value(), 10200);
  cluster.node_power = Watts(5000);
  EXPECT_EQ(node_power(cluster, book())->other.value(), 0);
  EXPECT_EQ(node_power(cluster, book())->total().value(), 5600);
}

TEST(PowerOfANode, CountsCardsFromTwoNodesOn) {
  topology::Cluster cluster = cluster_of("nvlink", "a100-sxm4-80gb", 4, 1);
  cluster.nics_per_node = 3;
  cluster.nic = "connectx-6-hdr";
  const topology::NicSpec nic = topology::find_nic(shipped(), "connectx-6-hdr");
  cluster.nic_rate = nic.rate;
  ASSERT_GT(nic.power.value(), 0);
  EXPECT_EQ(node_power(cluster, book())->other.value(), 2000);  // of chassis-nvlink-8
  cluster.nodes = 2;
  EXPECT_EQ(node_power(cluster, book())->other.value(), 2000 + 3 * nic.power.value());
  cluster.nic.clear();
  cluster.nic_rate = gigabits(1600);
  EXPECT_EQ(node_power(cluster, book())->other.value(), 2000);
  cluster.gpus_per_node = 9;
  EXPECT_FALSE(node_power(cluster, book()));
}

/// data/prices/running.toml with one value changed.
std::string refusal_of_running(const std::string& key, const std::string& value) {
  DataCatalogue data = DataCatalogue::embedded();
  std::string text =
      "electricity = \"1 CNY\"\nelectricity_source = \"s\"\npue_source = \"s\"\n"
      "load_source = \"s\"\nspares_source = \"s\"\n";
  for (const std::string name : {"pue", "load", "spares"})
    text += name + " = " + (name == key ? value : "1") + "\n";
  data.add("prices/running.toml", text);
  try {
    load_running(data);
  } catch (const InputError& wrong) {
    return wrong.message();
  }
  return "";
}

TEST(RunningCosts, HaveLimits) {
  const struct {
    const char *key, *low, *high, *below, *above, *range;
  } cases[] = {{"pue", "1", "10", "0.99", "10.01", "between 1 and 10"},
               {"load", "0", "1", "-0.01", "1.01", "between 0 and 1"},
               {"spares", "0", "1", "-0.01", "1.01", "between 0 and 1"}};
  for (const auto& c : cases) {
    EXPECT_EQ(refusal_of_running(c.key, c.low), "");
    EXPECT_EQ(refusal_of_running(c.key, c.high), "");
    EXPECT_THAT(refusal_of_running(c.key, c.below), HasSubstr(c.range));
    EXPECT_THAT(refusal_of_running(c.key, c.above), HasSubstr(c.range));
  }
}

TEST(RunningCosts, AreTheShippedOnes) {
  const Running running = load_running(shipped());
  EXPECT_EQ(running.electricity.amount, 0.7);
  EXPECT_EQ(running.electricity.currency, "CNY");
  EXPECT_EQ(running.pue, 1.25);
  EXPECT_EQ(running.load, 0.9);
  EXPECT_EQ(running.spares, 0.03);
  EXPECT_EQ(running.years, 3);
  EXPECT_EQ(running.busy, 1);
}

struct Small {
  topology::Cluster cluster = cluster_of("pcie", "rtx4090", 1, 2);
  Bill bill;
  NodePower power;
  Running running;
  PriceBook prices{shipped()};

  /// 2 nodes of 1000 W of GPUs and 500 W besides, switches of 250 W; parts of 7200 CNY; no electricity.
  Small() {
    bill.total = {7200, "CNY"};
    bill.network_power = Watts(250);
    power.gpus = Watts(1000);
    power.other = Watts(500);
    running.electricity = {0, "USD"};
    prices.add_offers("[[price]]\npart = \"rtx4090\"\nmoney = \"0.1 USD\"\nkind = \"cloud per hour\"\n",
                      "own.toml");
  }
  Ownership own() const { return plan::own(cluster, bill, power, prices, running); }
};

TEST(OwnershipOf, AClusterThatIsBusyHalfOfTheTime) {
  Small small;
  small.running.busy = 0.5;
  small.running.load = 0.5;
  small.running.pue = 2;
  small.running.years = 4;
  small.running.electricity = {0.1, "USD"};
  const Ownership o = small.own();
  // 2 x (500 + 500) + 250 = 2250 W; 2.25 x 8760 x 0.5 x 2 = 19710 kWh at 0.72 CNY.
  EXPECT_EQ(o.power.value(), 3250);
  EXPECT_DOUBLE_EQ(o.kwh_per_year, 19710);
  EXPECT_DOUBLE_EQ(o.energy.amount, 14191.2);
  EXPECT_DOUBLE_EQ(o.total.amount, 7200 + 4 * 14191.2);
  EXPECT_DOUBLE_EQ(o.per_hour.amount, (7200 + 4 * 14191.2) / (4 * 4380));
  EXPECT_EQ(o.colocation.amount, 0);
  EXPECT_EQ(o.staff.amount, 0);
  EXPECT_EQ(o.staff.currency, "CNY");
  // 2 GPUs at 0.72 CNY for 4380 hours are 6307.2 CNY a year: less than the energy alone.
  EXPECT_DOUBLE_EQ(o.rent_per_hour->amount, 1.44);
  EXPECT_FALSE(o.break_even_months);
}

TEST(OwnershipOf, AClusterBreaksEvenWhereRentExceedsWhatItCosts) {
  // 1.44 CNY an hour are 12614.4 a year, 1051.2 a month. Without running costs: 7200 / 1051.2 months.
  Small small;
  EXPECT_DOUBLE_EQ(*small.own().break_even_months, 7200 / 1051.2);
  small.running.staff = Money{1200, "CNY"};  // 100 a month
  EXPECT_DOUBLE_EQ(*small.own().break_even_months, 7200 / 951.2);
  small.running.staff = Money{12615, "CNY"};
  EXPECT_FALSE(small.own().break_even_months);
  small.running.staff.reset();
  small.running.busy = 0.5;
  EXPECT_DOUBLE_EQ(*small.own().break_even_months, 7200 / 525.6);
  small.running.spares = 0.5;
  EXPECT_DOUBLE_EQ(*small.own().break_even_months, 10800 / 525.6);
}

TEST(OwnershipOf, AGpuThatNobodyRentsOutHasNoRent) {
  Small small;
  small.cluster.gpu.name = "no-such-gpu";
  EXPECT_FALSE(small.own().rent_per_hour);
  EXPECT_FALSE(small.own().break_even_months);
}

TEST(BoardPrices, AreOfAllGpusAndPerSpeedup) {
  sim::Prediction prediction;
  sim::System priced, unpriced;
  priced.cluster = cluster_of("pcie", "rtx4090", 8, 1);
  unpriced.cluster = cluster_of("pcie", "rtx4090", 8, 1);
  unpriced.cluster.gpu.name = "no-such-gpu";
  prediction.curves.resize(2);
  for (sim::Curve& curve : prediction.curves) {
    curve.points.resize(2);
    curve.points[0].gpus = 1, curve.points[0].speedup = 1;
    curve.points[1].gpus = 4, curve.points[1].speedup = 3;
  }
  const BoardPrices cny = board_prices(prediction, {priced, unpriced}, "CNY", shipped());
  ASSERT_EQ(cny.size(), 2u);
  ASSERT_EQ(cny[0].size(), 2u);
  EXPECT_EQ(cny[0][0]->boards.amount, 15000);
  EXPECT_EQ(cny[0][1]->boards.amount, 60000);
  EXPECT_EQ(cny[0][1]->boards.currency, "CNY");
  EXPECT_DOUBLE_EQ(cny[0][1]->per_speedup.amount, 20000);
  EXPECT_FALSE(cny[1][0]);
  EXPECT_FALSE(cny[1][1]);
  // The first price in dollars is the 1599 of the launch.
  EXPECT_EQ(board_prices(prediction, {priced, unpriced}, "USD", shipped())[0][1]->boards.amount, 4 * 1599);
  EXPECT_THROW(board_prices(prediction, {priced, unpriced}, "GBP", shipped()), InputError);
}

}  // namespace
}  // namespace scalesim::plan
