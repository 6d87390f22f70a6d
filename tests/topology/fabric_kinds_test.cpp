// Every kind of fabric by hand-counted small examples: sizes, ways, shares, and what leaves a leaf; the
// arithmetic of leaf-spine networks they rest on; and the picture of a part of a fabric.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.h"
#include "tests/support/error_of.h"
#include "topology/fabric/clos.h"
#include "topology/fabric/fabric_graph.h"
#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr double kPort = 50e9;

FabricShape sized(int nodes, int ports, int radix = 64, double oversubscription = 1) {
  FabricShape shape;
  shape.nodes = nodes;
  shape.ports_per_node = ports;
  shape.port_rate = BytesPerSecond(kPort);
  shape.radix = radix;
  shape.oversubscription = oversubscription;
  return shape;
}

/// The devices on a way, in order.
std::vector<int> devices(const FabricRoute& route) {
  std::vector<int> met{route.front().from};
  for (const FabricLink& link : route) met.push_back(link.to);
  return met;
}

std::vector<std::vector<int>> ways(const std::vector<FabricRoute>& routes) {
  std::vector<std::vector<int>> all;
  for (const FabricRoute& route : routes) all.push_back(devices(route));
  return all;
}

/// Bandwidths on a way, in ports.
std::vector<double> widths(const FabricRoute& route) {
  std::vector<double> all;
  for (const FabricLink& link : route) all.push_back(link.bandwidth.value() / kPort);
  return all;
}

TEST(FabricShapes, CountPortsNodeByNode) {
  const FabricShape shape = sized(3, 4);
  EXPECT_EQ(shape.endpoints(), 12);
  EXPECT_EQ(shape.endpoint(2, 1), 9);  // 2 * 4 + 1
  EXPECT_EQ(FabricShape{}.radix, 64);
}

TEST(FabricShapes, AreThoseOfTheCluster) {
  Cluster cluster;
  cluster.nodes = 5;
  cluster.nics_per_node = 3;
  cluster.nic_rate = BytesPerSecond(25e9);
  cluster.fabric.oversubscription = 2.5;
  const FabricShape shape = fabric_shape(cluster);
  EXPECT_EQ(shape.nodes, 5);
  EXPECT_EQ(shape.ports_per_node, 3);
  EXPECT_EQ(shape.radix, 64);
  EXPECT_DOUBLE_EQ(shape.port_rate.value(), 25e9);
  EXPECT_DOUBLE_EQ(shape.oversubscription, 2.5);
}

// up = radix / (1 + r), rounded down, at least one; the rest goes down.
TEST(ClosPlan, DealsThePortsOfALeafByOversubscription) {
  struct Row {
    int radix;
    double ratio;
    int down;
  };
  const Row kRows[] = {{64, 1, 32},  {64, 2, 43},                                // 64 / 3 = 21.3
                       {64, 3, 48},  {64, 7, 56},                                // 64 / 8 = 8
                       {64, 63, 63}, {64, 1000, 63},                             // 64 / 1001 = 0: one is kept
                       {4, 1, 2},    {4, 2, 3},      {5, 1, 3}, {64, 1.5, 39}};  // 25.6
  for (const Row& row : kRows)
    EXPECT_EQ(leaf_ports_down(sized(1, 1, row.radix, row.ratio)), row.down) << row.radix << " " << row.ratio;
}

// spines = leaves * up / radix up to `radix` leaves; beyond, pods of radix/2 leaves and in each group of
// cores pods * radix/2 / radix, all rounded up.
TEST(ClosPlan, HasAsManyTiersAsItNeeds) {
  struct Row {
    int radix;
    double ratio;
    int leaves, up, spines, pods, cores;
  };
  const Row kRows[] = {{4, 1, 1, 0, 0, 0, 0}, {4, 1, 2, 2, 1, 0, 0}, {4, 1, 3, 2, 2, 0, 0},
                       {4, 1, 4, 2, 2, 0, 0}, {4, 1, 5, 2, 0, 3, 2}, {4, 1, 6, 2, 0, 3, 2},
                       {4, 1, 7, 2, 0, 4, 2}, {4, 1, 8, 2, 0, 4, 2}, {4, 2, 4, 1, 1, 0, 0},
                       {4, 2, 8, 1, 0, 4, 2}, {6, 1, 6, 3, 3, 0, 0}, {6, 1, 7, 3, 0, 3, 2},
                       {5, 1, 6, 2, 0, 3, 2}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.leaves);
    const Clos clos = plan_clos(sized(row.leaves, 1, row.radix, row.ratio), row.leaves);
    EXPECT_EQ(clos.leaves, row.leaves);
    EXPECT_EQ(clos.up, row.up);
    EXPECT_EQ(clos.spines, row.spines);
    EXPECT_EQ(clos.pods, row.pods);
    EXPECT_EQ(clos.cores_per_group, row.cores);
    EXPECT_EQ(clos.shape.radix, row.radix);
  }
}

// 4 pods of 2 leaves is what 4-port switches carry: 8 leaves, at 1:1 with 2 ports down each, at 2:1 with 3.
TEST(ClosPlan, RefusesAFourthTier) {
  EXPECT_EQ(error_of([] { plan_clos(sized(17, 1, 4), 9); }),
            "17 network ports do not fit in three tiers of 4-port switches: the most is 16");
  EXPECT_EQ(error_of([] { plan_clos(sized(5, 5, 4, 2), 9); }),
            "25 network ports do not fit in three tiers of 4-port switches: the most is 24");
  EXPECT_EQ(error_of([] { plan_clos(sized(16, 1, 4), 8); }), "no error");
}

TEST(ClosSize, CountsSwitchesAndCablesOfEveryTier) {
  const FabricSize one = plan_clos(sized(4, 1, 4), 1).size();
  EXPECT_EQ(one.leaves, 1);
  EXPECT_EQ(one.switches(), 1);
  EXPECT_EQ(one.node_cables, 4);
  EXPECT_EQ(one.switch_cables, 0);
  EXPECT_EQ(one.tiers, 1);
  const FabricSize two = plan_clos(sized(3, 2, 4), 3).size();
  EXPECT_EQ(two.spines, 2);
  EXPECT_EQ(two.aggregations, 0);
  EXPECT_EQ(two.switches(), 5);
  EXPECT_EQ(two.node_cables, 6);
  EXPECT_EQ(two.switch_cables, 6);  // 3 leaves, 2 up
  EXPECT_EQ(two.tiers, 2);
  // 5 leaves in 3 pods of 2 aggregations; 2 groups of 2 cores; 5 * 2 cables below the aggregations, 6 * 2
  // above
  const FabricSize three = plan_clos(sized(5, 2, 4), 5).size();
  EXPECT_EQ(three.leaves, 5);
  EXPECT_EQ(three.aggregations, 6);
  EXPECT_EQ(three.spines, 4);
  EXPECT_EQ(three.switches(), 15);
  EXPECT_EQ(three.node_cables, 10);
  EXPECT_EQ(three.switch_cables, 22);
  EXPECT_EQ(three.tiers, 3);
}

// 9 ports below 3 leaves of 6-port switches: leaves are 9, 10, 11; spines 12 and 13. Three uplinks to two
// spines are one and a half each.
TEST(ClosRoutes, OfTwoTiersTakeEverySpine) {
  const Clos clos = plan_clos(sized(9, 1, 6), 3);
  EXPECT_THAT(ways(clos.routes(0, 0, 2, 0)), ElementsAre(std::vector<int>{0, 9, 2}));
  const auto routes = clos.routes(1, 0, 8, 2);
  EXPECT_THAT(ways(routes),
              ElementsAre(std::vector<int>{1, 9, 12, 11, 8}, std::vector<int>{1, 9, 13, 11, 8}));
  for (const FabricRoute& route : routes) EXPECT_THAT(widths(route), ElementsAre(1, 1.5, 1.5, 1));
}

// 21 ports, 6-port switches: leaves 21 .. 27 in pods of three, aggregations 28 .. 36, three to a pod, cores
// 37 .. 42, two to a group. Three cables of an aggregation go to two cores.
TEST(ClosRoutes, OfThreeTiersRiseAsFarAsTheyMust) {
  const Clos clos = plan_clos(sized(21, 1, 6), 7);
  const auto near = clos.routes(0, 0, 8, 2);
  EXPECT_THAT(ways(near), ElementsAre(std::vector<int>{0, 21, 28, 23, 8}, std::vector<int>{0, 21, 29, 23, 8},
                                      std::vector<int>{0, 21, 30, 23, 8}));
  for (const FabricRoute& route : near) EXPECT_THAT(widths(route), ElementsAre(1, 1, 1, 1));
  const auto far = clos.routes(3, 1, 20, 6);
  EXPECT_THAT(
      ways(far),
      ElementsAre(std::vector<int>{3, 22, 28, 37, 34, 27, 20}, std::vector<int>{3, 22, 28, 38, 34, 27, 20},
                  std::vector<int>{3, 22, 29, 39, 35, 27, 20}, std::vector<int>{3, 22, 29, 40, 35, 27, 20},
                  std::vector<int>{3, 22, 30, 41, 36, 27, 20}, std::vector<int>{3, 22, 30, 42, 36, 27, 20}));
  for (const FabricRoute& route : far) EXPECT_THAT(widths(route), ElementsAre(1, 1, 1.5, 1.5, 1, 1));
}

TEST(ClosRoutes, CrossOneThreeOrFiveSwitches) {
  const Clos two = plan_clos(sized(9, 1, 6), 3);
  EXPECT_EQ(two.switches_between(1, 1), 1);
  EXPECT_EQ(two.switches_between(0, 2), 3);
  const Clos three = plan_clos(sized(21, 1, 6), 7);  // pods {0,1,2}, {3,4,5}, {6}
  EXPECT_EQ(three.switches_between(6, 6), 1);
  EXPECT_EQ(three.switches_between(0, 2), 3);
  EXPECT_EQ(three.switches_between(2, 3), 5);
  EXPECT_EQ(three.switches_between(3, 5), 3);
  EXPECT_EQ(three.switches_between(6, 5), 5);
}

// 3:1 of 64 ports: 16 up. Of a leaf's nodes one sends to the next leaf; of n nodes in N, n - 1 of N - 1
// partners are below the same leaf.
TEST(ClosShare, IsUplinksOverWhatLeaves) {
  const Clos clos = plan_clos(sized(9, 16, 64, 3), 3);
  EXPECT_DOUBLE_EQ(clos.share(FabricTraffic::neighbours, 6, 48), 1);  // 8 ports over 16
  EXPECT_DOUBLE_EQ(clos.share(FabricTraffic::neighbours, 2, 48), 16.0 / 24);
  EXPECT_DOUBLE_EQ(clos.share(FabricTraffic::neighbours, 0, 48), 16.0 / 48);  // a node larger than a leaf
  EXPECT_DOUBLE_EQ(clos.share(FabricTraffic::everyone, 3, 48), 16.0 / 36);    // 48 * (1 - 2/8)
  EXPECT_DOUBLE_EQ(clos.share(FabricTraffic::everyone, 1, 48), 16.0 / 48);
  EXPECT_DOUBLE_EQ(clos.share(FabricTraffic::everyone, 8, 48), 1);  // 48 * (1 - 7/8) = 6
  EXPECT_DOUBLE_EQ(plan_clos(sized(1, 64, 64, 3), 1).share(FabricTraffic::everyone, 1, 64), 1);
  Clos alone = clos;
  alone.shape.nodes = 1;
  EXPECT_DOUBLE_EQ(alone.share(FabricTraffic::everyone, 1, 48), 16.0 / 48);
}

// 64 ports fit one switch of 64; 65 need leaves of 32 down: three, with 3 * 32 / 64 -> 2 spines.
TEST(SingleSwitchKind, IsAFullTreeBeyondOneSwitch) {
  const auto layout = make_fabric("single_switch");
  EXPECT_TRUE(layout->is_one_switch());
  EXPECT_FALSE(layout->is_direct());
  EXPECT_EQ(layout->list_order(), 1);
  EXPECT_EQ(layout->size(sized(64, 1)).switches(), 1);
  EXPECT_EQ(layout->switches_between(sized(64, 1), 0, 63), 1);
  EXPECT_THAT(ways(layout->routes(sized(64, 1), 0, 63)), ElementsAre(std::vector<int>{0, 64, 63}));
  const FabricShape chassis = sized(65, 1, 64, 4);  // oversubscription means nothing inside
  EXPECT_EQ(layout->size(chassis).leaves, 3);
  EXPECT_EQ(layout->size(chassis).spines, 2);
  EXPECT_EQ(layout->size(chassis).switch_cables, 96);
  EXPECT_EQ(layout->switches_between(chassis, 0, 31), 1);
  EXPECT_EQ(layout->switches_between(chassis, 0, 32), 3);
  EXPECT_EQ(layout->routes(chassis, 33, 64).size(), 2u);
  EXPECT_THAT(devices(layout->routes(chassis, 33, 64).front()), ElementsAre(33, 66, 68, 67, 64));
  for (const FabricTraffic traffic : {FabricTraffic::neighbours, FabricTraffic::everyone})
    EXPECT_DOUBLE_EQ(layout->share(chassis, traffic), 1);
}

TEST(FatTreeKind, FillsItsLeavesInOrder) {
  const auto layout = make_fabric("fat_tree");
  EXPECT_FALSE(layout->is_one_switch());
  EXPECT_FALSE(layout->is_direct());
  EXPECT_EQ(layout->list_order(), 3);
  EXPECT_EQ(layout->size(sized(64, 1, 64, 3)).switches(), 1);  // all on one: nothing to oversubscribe
  EXPECT_EQ(layout->size(sized(65, 1)).leaves, 3);
  EXPECT_EQ(layout->size(sized(96, 1)).leaves, 3);
  EXPECT_EQ(layout->size(sized(97, 1)).leaves, 4);
  EXPECT_EQ(layout->size(sized(97, 1, 64, 3)).leaves, 3);  // 48 down: 97 / 48
  EXPECT_EQ(layout->switches_between(sized(16, 8), 31, 0), 1);
  EXPECT_EQ(layout->switches_between(sized(16, 8), 32, 0), 3);
  EXPECT_EQ(layout->switches_between(sized(16, 8, 64, 3), 47, 0), 1);
  EXPECT_EQ(layout->switches_between(sized(16, 8, 64, 3), 0, 48), 3);
  EXPECT_EQ(layout->switches_between(sized(64, 1), 0, 63), 1);
  EXPECT_EQ(layout->switches_between(sized(65, 1), 0, 63), 3);
  // 65 ports: leaves 65, 66, 67, spines 68 and 69; 32 cables of a leaf to two spines
  const auto routes = layout->routes(sized(65, 1), 31, 32);
  EXPECT_THAT(ways(routes),
              ElementsAre(std::vector<int>{31, 65, 68, 66, 32}, std::vector<int>{31, 65, 69, 66, 32}));
  EXPECT_THAT(widths(routes.front()), ElementsAre(1, 16, 16, 1));
}

// 3:1: 48 down, 16 up. Two nodes of 24 ports to a leaf.
TEST(FatTreeKind, SharesTheUplinks) {
  const auto layout = make_fabric("fat_tree");
  EXPECT_DOUBLE_EQ(layout->share(sized(5, 24, 64, 3), FabricTraffic::neighbours), 16.0 / 24);
  EXPECT_DOUBLE_EQ(layout->share(sized(5, 24, 64, 3), FabricTraffic::everyone), 16 / (48 * 0.75));
}

TEST(RailKind, KeepsItsRailsApartWhileEachFitsASwitch) {
  const auto layout = make_fabric("rail_optimised");
  EXPECT_EQ(layout->list_order(), 2);
  EXPECT_FALSE(layout->is_one_switch());
  EXPECT_FALSE(layout->is_direct());
  const FabricShape shape = sized(64, 3, 64, 7);
  const FabricSize size = layout->size(shape);
  EXPECT_EQ(size.leaves, 3);
  EXPECT_EQ(size.switches(), 3);
  EXPECT_EQ(size.node_cables, 192);
  EXPECT_EQ(size.switch_cables, 0);
  EXPECT_EQ(size.tiers, 1);
  // port 2 of node 1 is endpoint 5, its switch 192 + 2
  EXPECT_THAT(ways(layout->routes(shape, 5, 191)), ElementsAre(std::vector<int>{5, 194, 191}));
  EXPECT_THAT(widths(layout->routes(shape, 5, 191).front()), ElementsAre(1, 1));
  EXPECT_EQ(layout->switches_between(shape, 5, 191), 1);
  EXPECT_EQ(layout->switches_between(shape, 5, 190), 0);
  EXPECT_TRUE(layout->routes(shape, 5, 190).empty());
  EXPECT_DOUBLE_EQ(layout->share(shape, FabricTraffic::everyone), 1);
}

// 65 nodes of two ports: three leaves of 32 for each rail, six in all, 6 * 32 / 64 = 3 spines. Endpoints
// 0 .. 129, leaves 130 .. 135 (rail 1 from 133), spines 136 .. 138; 32 uplinks to three spines.
TEST(RailKind, JoinsItsRailsBeyond) {
  const auto layout = make_fabric("rail_optimised");
  const FabricShape shape = sized(65, 2);
  EXPECT_EQ(layout->size(shape).leaves, 6);
  EXPECT_EQ(layout->size(shape).spines, 3);
  EXPECT_EQ(layout->size(shape).switch_cables, 192);
  const auto routes = layout->routes(shape, 1, 129);
  EXPECT_THAT(ways(routes),
              ElementsAre(std::vector<int>{1, 133, 136, 135, 129}, std::vector<int>{1, 133, 137, 135, 129},
                          std::vector<int>{1, 133, 138, 135, 129}));
  EXPECT_NEAR(routes.front()[1].bandwidth.value(), kPort * 32 / 3, 1);
  EXPECT_EQ(layout->switches_between(shape, 0, shape.endpoint(31, 0)), 1);
  EXPECT_EQ(layout->switches_between(shape, 0, shape.endpoint(32, 0)), 3);
  EXPECT_EQ(layout->switches_between(shape, 0, 1), 3);  // another rail
  EXPECT_EQ(layout->switches_between(shape, 1, shape.endpoint(31, 1)), 1);
}

// 3:1: 48 nodes to a leaf, of whose traffic 152 of 199 parts leave it.
TEST(RailKind, SharesTheUplinksOfAFullLeaf) {
  const auto layout = make_fabric("rail_optimised");
  EXPECT_DOUBLE_EQ(layout->share(sized(200, 8, 64, 3), FabricTraffic::neighbours), 1);
  EXPECT_DOUBLE_EQ(layout->share(sized(200, 8, 64, 3), FabricTraffic::everyone), 16 / (48 * (152.0 / 199)));
}

TEST(Leaving, CountsHalfTheLeafsPortsDown) {
  const auto tree = make_fabric("fat_tree");
  EXPECT_DOUBLE_EQ(tree->leaving(sized(4, 8)), 0);
  EXPECT_DOUBLE_EQ(tree->leaving(sized(5, 8)), 1.0 / 4);
  EXPECT_DOUBLE_EQ(tree->leaving(sized(7, 5)), 1.0 / 6);     // 32 / 5: six nodes
  EXPECT_DOUBLE_EQ(tree->leaving(sized(2, 64)), 1);          // one node at least
  EXPECT_DOUBLE_EQ(tree->leaving(sized(5, 1, 9)), 1.0 / 4);  // 9 ports: four down
  const auto rail = make_fabric("rail_optimised");
  EXPECT_DOUBLE_EQ(rail->leaving(sized(32, 8)), 0);
  EXPECT_DOUBLE_EQ(rail->leaving(sized(33, 8)), 1.0 / 32);
  EXPECT_DOUBLE_EQ(rail->leaving(sized(9, 8, 16)), 1.0 / 8);
  EXPECT_DOUBLE_EQ(share_leaving(sized(5, 1), 2.5), 2.5 / 4);
  EXPECT_DOUBLE_EQ(share_leaving(sized(5, 1), 5), 0);
}

// A node has half as many dimensions as ports, one to three; every node has one cable of each used one.
TEST(TorusKind, IsAsCubicAsItsPortsAllow) {
  const auto layout = make_fabric("torus");
  EXPECT_TRUE(layout->is_direct());
  EXPECT_FALSE(layout->is_one_switch());
  EXPECT_EQ(layout->list_order(), 4);
  struct Row {
    int nodes, ports;
    long cables;
    double everyone;  ///< (nodes - 1) over the hops to all others
  };
  const Row kRows[] = {
      {1, 6, 0, 1},           {2, 2, 2, 1},           {4, 2, 4, 3.0 / 4},      // ring: 1 + 2 + 1
      {5, 2, 5, 4.0 / 6},                                                      // ring: 1 + 2 + 2 + 1
      {12, 1, 12, 11.0 / 36},                                                  // ring: 2 * (1 + .. + 5) + 6
      {12, 2, 12, 11.0 / 36}, {12, 3, 12, 11.0 / 36}, {12, 4, 24, 11.0 / 20},  // 4 x 3: 3 * 4 + 4 * 2
      {12, 5, 24, 11.0 / 20}, {12, 6, 36, 11.0 / 20},  // 3 x 2 x 2: 4 * 2 + 6 * 1 + 6 * 1
      {12, 8, 36, 11.0 / 20}, {7, 6, 7, 6.0 / 12},     // a prime is a ring
      {9, 4, 18, 8.0 / 12},   {8, 6, 24, 7.0 / 12}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(testing::Message() << row.nodes << " nodes, " << row.ports << " ports");
    const FabricSize size = layout->size(sized(row.nodes, row.ports));
    EXPECT_EQ(size.node_cables, row.cables);
    EXPECT_EQ(size.switches(), 0);
    EXPECT_EQ(size.switch_cables, 0);
    EXPECT_EQ(size.tiers, 0);
    EXPECT_DOUBLE_EQ(layout->share(sized(row.nodes, row.ports), FabricTraffic::everyone), row.everyone);
    EXPECT_DOUBLE_EQ(layout->share(sized(row.nodes, row.ports), FabricTraffic::neighbours), 1);
  }
}

TEST(TorusKind, WalksTheShorterWayRound) {
  const auto layout = make_fabric("torus");
  // ring of five, two ports: routers 10 .. 14; node 3 is two steps back, node 2 two forward
  EXPECT_THAT(ways(layout->routes(sized(5, 2), 0, 6)), ElementsAre(std::vector<int>{0, 10, 14, 13, 6}));
  EXPECT_THAT(ways(layout->routes(sized(5, 2), 1, 5)), ElementsAre(std::vector<int>{1, 10, 11, 12, 5}));
  EXPECT_THAT(widths(layout->routes(sized(5, 2), 0, 6).front()), ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(layout->switches_between(sized(5, 2), 0, 6), 3);
  EXPECT_EQ(layout->switches_between(sized(5, 2), 0, 1), 1);  // two ports of one node
  // ring of four: both ways to the opposite node
  EXPECT_THAT(ways(layout->routes(sized(4, 2), 0, 4)),
              UnorderedElementsAre(std::vector<int>{0, 8, 9, 10, 4}, std::vector<int>{0, 8, 11, 10, 4}));
  // two nodes: both directions are one neighbour
  EXPECT_THAT(ways(layout->routes(sized(2, 2), 0, 2)), ElementsAre(std::vector<int>{0, 4, 5, 2}));
  EXPECT_THAT(widths(layout->routes(sized(2, 2), 0, 2).front()), ElementsAre(1, 2, 1));
}

// 4 x 3 with five ports: five ports' rate over four directions. Routers 60 .. 71; node 5 lies at (1, 1).
TEST(TorusKind, TurnsCornersInEveryOrder) {
  const auto layout = make_fabric("torus");
  const auto routes = layout->routes(sized(12, 5), 0, 25);
  EXPECT_THAT(ways(routes),
              UnorderedElementsAre(std::vector<int>{0, 60, 61, 65, 25}, std::vector<int>{0, 60, 64, 65, 25}));
  for (const FabricRoute& route : routes) EXPECT_THAT(widths(route), ElementsAre(1, 1.25, 1.25, 1));
}

// 3 x 2 x 2 with six ports: routers 72 .. 83, node 10 lies at (1, 1, 1) and node 11 at (2, 1, 1), one step
// back. Links of the dimensions of two are twice as wide.
TEST(TorusKind, HasDoubleLinksInDimensionsOfTwo) {
  const auto layout = make_fabric("torus");
  EXPECT_THAT(
      ways(layout->routes(sized(12, 6), 0, 60)),
      UnorderedElementsAre(std::vector<int>{0, 72, 73, 76, 82, 60}, std::vector<int>{0, 72, 73, 79, 82, 60},
                           std::vector<int>{0, 72, 75, 76, 82, 60}, std::vector<int>{0, 72, 75, 81, 82, 60},
                           std::vector<int>{0, 72, 78, 79, 82, 60}, std::vector<int>{0, 72, 78, 81, 82, 60}));
  const auto routes = layout->routes(sized(12, 6), 0, 66);
  EXPECT_EQ(routes.size(), 6u);
  EXPECT_THAT(devices(routes.front()), ElementsAre(0, 72, 74, 77, 83, 66));
  EXPECT_THAT(widths(routes.front()), ElementsAre(1, 1, 2, 2, 1));
}

// 7-port routers: two ports to nodes, groups of four, eight global links to a group.
TEST(DragonflyKind, IsBalanced) {
  const auto layout = make_fabric("dragonfly");
  EXPECT_TRUE(layout->is_direct());
  EXPECT_FALSE(layout->is_one_switch());
  EXPECT_EQ(layout->list_order(), 5);
  struct Row {
    int ports, radix;
    double ratio;
    int routers;
    long cables;
    int tiers;
  };
  const Row kRows[] = {{3, 7, 1, 2, 1, 1},                               // two routers, one cable
                       {8, 7, 1, 4, 6, 1},                               // four all to all
                       {9, 7, 1, 8, 20, 2},                              // 2 * 6 and eight between the groups
                       {16, 7, 1, 8, 20, 2},     {17, 7, 1, 12, 30, 2},  // 3 * 6 and 3 * 4
                       {32, 7, 1, 16, 36, 2},                            // 4 * 6 and 6 * (8 / 3 = 2)
                       {32, 7, 2, 16, 30, 2},                            // 6 * 1
                       {18, 7, 2, 12, 24, 2},                            // 3 * 2
                       {18, 7, 3, 12, 21, 2},                            // 4 / 3: one
                       {18, 7, 1000, 12, 21, 2}, {72, 7, 1, 36, 90, 2},  // 9 * 6 and 36 * 1: the most
                       {2, 2, 1, 2, 1, 1},                               // one port to a node at least
                       {2, 6, 1, 2, 1, 1}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(testing::Message() << row.ports << " ports, " << row.ratio);
    const FabricSize size = layout->size(sized(row.ports, 1, row.radix, row.ratio));
    EXPECT_EQ(size.leaves, row.routers);
    EXPECT_EQ(size.switches(), row.routers);
    EXPECT_EQ(size.node_cables, row.ports);
    EXPECT_EQ(size.switch_cables, row.cables);
    EXPECT_EQ(size.tiers, row.tiers);
  }
  EXPECT_EQ(error_of([&] { layout->size(sized(73, 1, 7)); }),
            "73 network ports need 10 dragonfly groups of 7-port routers: the most is 9");
}

TEST(DragonflyKind, GlobalLinksDecideItsShare) {
  const auto layout = make_fabric("dragonfly");
  EXPECT_DOUBLE_EQ(layout->share(sized(8, 1, 7), FabricTraffic::everyone), 1);  // one group
  EXPECT_DOUBLE_EQ(layout->share(sized(2, 4, 7, 9), FabricTraffic::neighbours), 1);
  // four groups with two links to each other
  EXPECT_DOUBLE_EQ(layout->share(sized(32, 1, 7), FabricTraffic::neighbours), 1);
  EXPECT_DOUBLE_EQ(layout->share(sized(8, 4, 7), FabricTraffic::neighbours), 0.5);
  // 6 links for 8 ports, of whose traffic 24 of 31 parts (one port a node) or 6 of 7 (four) leave the group
  EXPECT_DOUBLE_EQ(layout->share(sized(32, 1, 7), FabricTraffic::everyone), 6 / (8 * (24.0 / 31)));
  EXPECT_DOUBLE_EQ(layout->share(sized(8, 4, 7), FabricTraffic::everyone), 6 / (8 * (6.0 / 7)));
  EXPECT_DOUBLE_EQ(layout->share(sized(9, 1, 7), FabricTraffic::everyone), 1);
}

// Nine ports, two groups: routers 9 .. 12 and 13 .. 16, router i of one joined to router i of the other by
// two cables.
TEST(DragonflyKind, TakesMinimalRoutes) {
  const auto layout = make_fabric("dragonfly");
  const FabricShape shape = sized(9, 1, 7);
  EXPECT_THAT(ways(layout->routes(shape, 0, 1)), ElementsAre(std::vector<int>{0, 9, 1}));
  EXPECT_THAT(ways(layout->routes(shape, 0, 2)), ElementsAre(std::vector<int>{0, 9, 10, 2}));
  EXPECT_THAT(widths(layout->routes(shape, 0, 2).front()), ElementsAre(1, 1, 1));
  const auto direct = layout->routes(shape, 0, 8);
  EXPECT_THAT(ways(direct), ElementsAre(std::vector<int>{0, 9, 13, 8}));
  EXPECT_THAT(widths(direct.front()), ElementsAre(1, 2, 1));
  EXPECT_THAT(ways(layout->routes(shape, 2, 8)),
              UnorderedElementsAre(std::vector<int>{2, 10, 9, 13, 8}, std::vector<int>{2, 10, 14, 13, 8}));
}

// 18 ports, three groups of routers 18 .. 21, 22 .. 25, 26 .. 29, four cables from group to group: the first
// two routers of a group lead to the next group, its last two to the one after.
TEST(DragonflyKind, DealsGlobalLinksToTheGroupsInTurn) {
  const auto layout = make_fabric("dragonfly");
  const FabricShape shape = sized(18, 1, 7);
  EXPECT_THAT(ways(layout->routes(shape, 0, 12)), ElementsAre(std::vector<int>{0, 18, 24, 12}));
  EXPECT_THAT(ways(layout->routes(shape, 0, 16)), ElementsAre(std::vector<int>{0, 18, 20, 26, 16}));
  EXPECT_THAT(widths(layout->routes(shape, 0, 16).front()), ElementsAre(1, 1, 2, 1));
  EXPECT_THAT(ways(layout->routes(shape, 16, 4)), ElementsAre(std::vector<int>{16, 26, 20, 4}));
}

TEST(MeanSwitches, AreThoseToNeighboursOrToNodesAllOver) {
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("fat_tree"), sized(1, 8)), 1);
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("fat_tree"), sized(8, 8)), 1);
  // two nodes of 16 ports to a leaf: to nodes 1, 2, 3, 4 it is 1, 3, 3, 3
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("fat_tree"), sized(5, 16)), 2.5);
  // 8-port switches, 4 nodes to a leaf; i * 19 / 16 for i of 1 .. 16 is 1, 2, 3, 4, 5, 7, ...: three near
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("fat_tree"), sized(20, 1, 8)), 42.0 / 16);
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("rail_optimised"), sized(64, 8)), 1);
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("torus"), sized(64, 6)), 2);
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("dragonfly"), sized(9, 1, 7)), 1);
  EXPECT_DOUBLE_EQ(mean_switches(*make_fabric("dragonfly"), sized(4, 2, 7)), 2);
}

TEST(FabricNames, AreOfDocumentsAndOptionsOfUsers) {
  EXPECT_THAT(fabric_names(),
              ElementsAre("single_switch", "rail_optimised", "fat_tree", "torus", "dragonfly"));
  EXPECT_EQ(parse_fabric("rail"), "rail_optimised");
  EXPECT_EQ(parse_fabric("fat_tree"), "fat_tree");
  EXPECT_EQ(make_fabric("fat_tree")->option(), "fat-tree");
  EXPECT_THROW(make_fabric("fat-tree"), InternalError);
  EXPECT_THROW(make_fabric(""), InternalError);
}

Cluster cluster_of(int nodes, int nics, const std::string& kind) {
  Cluster cluster;
  cluster.nodes = nodes;
  cluster.nics_per_node = nics;
  cluster.nic_rate = BytesPerSecond(kPort);
  cluster.fabric.kind = kind;
  return cluster;
}

TEST(FabricPicture, ShowsTheFirstAndTheLastNodes) {
  EXPECT_THAT(fabric_graph(cluster_of(4, 1, "fat_tree"), 4).nodes, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(fabric_graph(cluster_of(10, 1, "fat_tree"), 4).nodes, ElementsAre(0, 1, 8, 9));
  EXPECT_THAT(fabric_graph(cluster_of(10, 1, "fat_tree"), 5).nodes, ElementsAre(0, 1, 2, 8, 9));
  EXPECT_TRUE(fabric_graph(cluster_of(1, 1, "fat_tree"), 4).links.empty());
  EXPECT_TRUE(fabric_graph(cluster_of(2, 0, "fat_tree"), 4).links.empty());
  EXPECT_EQ(fabric_graph(cluster_of(2, 1, "fat_tree"), 4).links.size(), 2u);
}

// Nine nodes of eight ports are 72: leaves 72, 73, 74 and spines 75, 76; node 8 hangs on the third leaf.
TEST(FabricPicture, HasTheSwitchesBetweenThemByTier) {
  const FabricGraph graph = fabric_graph(cluster_of(9, 8, "fat_tree"), 2);
  EXPECT_THAT(graph.nodes, ElementsAre(0, 8));
  std::vector<std::pair<int, int>> switches;
  for (const FabricSwitch& box : graph.switches) switches.emplace_back(box.device, box.tier);
  EXPECT_THAT(switches, ElementsAre(std::pair(72, 0), std::pair(74, 0), std::pair(75, 1), std::pair(76, 1)));
  EXPECT_EQ(graph.links.size(), 16u + 4u);
  for (const FabricLink& link : graph.links) EXPECT_LT(link.from, link.to);
  EXPECT_EQ(graph.size.leaves, 3);
  EXPECT_DOUBLE_EQ(graph.everyone, 1);
}

TEST(FabricPicture, TextsSayWhatIsBought) {
  const auto text = [](Cluster cluster, const std::string& technology) {
    cluster.fabric.technology = network_technology(technology);
    const FabricSize size = make_fabric(cluster.fabric.kind)->size(fabric_shape(cluster));
    return fabric_text(cluster, size);
  };
  EXPECT_EQ(text(cluster_of(9, 8, "fat_tree"), "RoCE"),
            "fat-tree fabric (RoCE) of 3 leaf switches, 2 spine switches");
  EXPECT_EQ(text(cluster_of(4, 8, "fat_tree"), ""), "fat-tree fabric of 1 leaf switch");
  EXPECT_EQ(text(cluster_of(4096, 8, "fat_tree"), ""),
            "fat-tree fabric of 1024 leaf switches, 1024 aggregation switches, 512 spine switches");
  EXPECT_EQ(text(cluster_of(4, 8, "torus"), "ICI"), "torus fabric (ICI) without switches");
  EXPECT_EQ(text(cluster_of(9, 8, "single_switch"), "Ethernet"), "single-switch fabric (Ethernet)");
}

}  // namespace
}  // namespace scalesim::topology
