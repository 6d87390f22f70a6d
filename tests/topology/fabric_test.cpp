// Fabrics: published switch counts, routes that are real paths, ECMP, oversubscription. The laws run over
// every plugin.
#include "topology/fabric/fabric_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.h"

namespace scalesim::topology {
namespace {

using testing::HasSubstr;

FabricShape shape(int nodes, int ports, double oversubscription = 1) {
  FabricShape result;
  result.nodes = nodes;
  result.ports_per_node = ports;
  result.port_rate = BytesPerSecond(50e9);
  result.oversubscription = oversubscription;
  return result;
}

TEST(FabricSize, EqualsThePublishedSwitchCounts) {
  // tco.md section 3, from the tech-talk-cto sheet, 64-port switches, one port per GPU:
  // 512 GPUs 8 switches (one per rail), 1,024 GPUs 48 (32 leaves, 16 spines), 32,768 GPUs 2,560 (1,024 +
  // 1,024 + 512).
  const auto rail = make_fabric("rail_optimised");
  const auto tree = make_fabric("fat_tree");
  EXPECT_EQ(rail->size(shape(64, 8)).switches(), 8);
  for (const auto* layout : {rail.get(), tree.get()}) {
    const FabricSize two_tiers = layout->size(shape(128, 8));
    EXPECT_EQ(two_tiers.leaves, 32);
    EXPECT_EQ(two_tiers.spines, 16);
    EXPECT_EQ(two_tiers.switches(), 48);
    const FabricSize three_tiers = layout->size(shape(4096, 8));
    EXPECT_EQ(three_tiers.leaves, 1024);
    EXPECT_EQ(three_tiers.aggregations, 1024);
    EXPECT_EQ(three_tiers.spines, 512);
    EXPECT_EQ(three_tiers.switches(), 2560);
  }
  EXPECT_EQ(make_fabric("single_switch")->size(shape(8, 8)).switches(), 1);
}

TEST(FabricSize, CablesOfATwoTierTreeAreOnePerPortAndTier) {
  // tco.md: GPU to leaf N links, leaf to spine N links
  const FabricSize size = make_fabric("fat_tree")->size(shape(128, 8));
  EXPECT_EQ(size.node_cables, 1024);
  EXPECT_EQ(size.switch_cables, 1024);
  EXPECT_EQ(size.tiers, 2);
}

TEST(FabricSize, OversubscriptionSavesSpines) {
  // 3:1 of 64 ports: 48 down, 16 up. 1,024 ports: 22 leaves, 22 * 16 / 64 = 5.5 -> 6 spines.
  const FabricSize size = make_fabric("fat_tree")->size(shape(128, 8, 3));
  EXPECT_EQ(size.leaves, 22);
  EXPECT_EQ(size.spines, 6);
}

TEST(FabricSize, MoreThanThreeTiersIsRefused) {
  // 64^3 / 4 = 65,536 ports is the most
  EXPECT_EQ(make_fabric("fat_tree")->size(shape(8192, 8)).leaves, 2048);
  try {
    make_fabric("fat_tree")->size(shape(8193, 8));
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("65536"));
  }
}

TEST(FabricSize, ADragonflyIsBalanced) {
  // radix 63: p = 16, a = 32, h = 16; 1,024 ports: 64 routers in 2 groups of 32
  FabricShape dragon = shape(128, 8);
  dragon.radix = 63;
  EXPECT_EQ(make_fabric("dragonfly")->size(dragon).leaves, 64);
}

TEST(FabricRoutes, OneSwitchOrThreeOnTheWay) {
  const auto tree = make_fabric("fat_tree");
  const FabricShape s = shape(128, 8);
  EXPECT_EQ(tree->routes(s, s.endpoint(0, 0), s.endpoint(1, 0)).size(), 1u);
  EXPECT_EQ(tree->routes(s, s.endpoint(0, 0), s.endpoint(1, 0)).front().size(), 2u);
  // different leaves: one route per spine, leaf - spine - leaf
  const auto far = tree->routes(s, s.endpoint(0, 0), s.endpoint(100, 0));
  EXPECT_EQ(far.size(), 16u);
  for (const FabricRoute& route : far) EXPECT_EQ(route.size(), 4u);
}

TEST(FabricRoutes, RailsOfOneSwitchEachMeetOnlyInsideANode) {
  const auto rail = make_fabric("rail_optimised");
  const FabricShape s = shape(16, 8);
  EXPECT_EQ(rail->routes(s, s.endpoint(0, 3), s.endpoint(9, 3)).size(), 1u);
  EXPECT_TRUE(rail->routes(s, s.endpoint(0, 3), s.endpoint(9, 4)).empty());
  const FabricShape large = shape(128, 8);
  EXPECT_FALSE(rail->routes(large, large.endpoint(0, 3), large.endpoint(9, 4)).empty());
  EXPECT_EQ(rail->routes(large, large.endpoint(0, 3), large.endpoint(9, 3)).front().size(),
            2u);  // the same leaf
}

TEST(FabricRoutes, ATorusGoesTheShortWayRound) {
  // 64 nodes with 6 ports: 4 x 4 x 4. Node 0 to node 3 (neighbour over the edge): one hop between routers.
  const auto torus = make_fabric("torus");
  const FabricShape s = shape(64, 6);
  EXPECT_EQ(torus->routes(s, s.endpoint(0, 0), s.endpoint(3, 0)).front().size(), 3u);
  // to the opposite corner (2,2,2): 6 hops; 6 orders of dimensions, 8 choices of equal ways round
  const auto far = torus->routes(s, s.endpoint(0, 0), s.endpoint(2 + 8 + 32, 0));
  EXPECT_EQ(far.size(), 48u);
  EXPECT_EQ(far.front().size(), 8u);
  EXPECT_DOUBLE_EQ(far.front()[1].bandwidth.value(), 50e9);  // six ports over six directions
}

/// Bandwidth that leaves all leaf switches upwards over what comes in from below, from the routes themselves.
double uplink_share(const FabricShape& s) {
  const auto tree = make_fabric("fat_tree");
  std::map<std::pair<int, int>, double> up;
  int below = 0;
  for (int other = 1; other < s.endpoints(); ++other) {
    const auto routes = tree->routes(s, 0, other);
    if (routes.front().size() == 2) ++below;
    for (const FabricRoute& route : routes)
      if (route.size() > 2) up[{route[1].from, route[1].to}] = route[1].bandwidth.value();
  }
  double sum = 0;
  for (const auto& [link, bandwidth] : up) sum += bandwidth;
  return sum / ((below + 1) * s.port_rate.value());
}

TEST(FabricRoutes, ALeafsUplinksCarryItsShare) {
  EXPECT_DOUBLE_EQ(uplink_share(shape(128, 8)), 1);
  EXPECT_DOUBLE_EQ(uplink_share(shape(128, 8, 3)), 1.0 / 3);  // 48 down, 16 up
  EXPECT_DOUBLE_EQ(uplink_share(shape(512, 8)), 1);           // three tiers
}

/// The same by sending every flow over the layout's own routes, evenly, and looking for the fullest link.
double share_by_flows(const FabricLayout& layout, const FabricShape& s, FabricTraffic traffic) {
  std::map<std::pair<int, int>, double> load, width;
  for (int node = 0; node < s.nodes; ++node)
    for (int port = 0; port < s.ports_per_node; ++port)
      for (int step = 1; step < (traffic == FabricTraffic::neighbours ? 2 : s.nodes); ++step) {
        const auto routes =
            layout.routes(s, s.endpoint(node, port), s.endpoint((node + step) % s.nodes, port));
        const double flows = traffic == FabricTraffic::neighbours ? 1 : 1.0 / (s.nodes - 1);
        for (const FabricRoute& route : routes)
          for (const FabricLink& link : route) {
            load[{link.from, link.to}] += s.port_rate.value() * flows / static_cast<double>(routes.size());
            width[{link.from, link.to}] = link.bandwidth.value();
          }
      }
  double least = 1;
  for (const auto& [link, bytes] : load) least = std::min(least, width[link] / bytes);
  return least;
}

TEST(FabricShare, IsWhatTheFullestLinkLeaves) {
  const auto tree = make_fabric("fat_tree");
  const auto rail = make_fabric("rail_optimised");
  const auto torus = make_fabric("torus");
  for (const FabricTraffic traffic : {FabricTraffic::neighbours, FabricTraffic::everyone}) {
    for (const double r : {1.0, 3.0})
      for (const auto* layout : {tree.get(), rail.get()})
        EXPECT_NEAR(layout->share(shape(96, 4, r), traffic),
                    share_by_flows(*layout, shape(96, 4, r), traffic), 1e-9);
  }
  EXPECT_NEAR(torus->share(shape(64, 6), FabricTraffic::everyone),
              share_by_flows(*torus, shape(64, 6), FabricTraffic::everyone), 1e-9);
}

TEST(FabricShare, OversubscriptionHurtsOnlyWhatLeavesALeaf) {
  const auto tree = make_fabric("fat_tree");
  EXPECT_DOUBLE_EQ(tree->share(shape(128, 8, 3), FabricTraffic::neighbours), 1);  // 8 ports over 16 uplinks
  // 48 ports of 6 nodes on a leaf; 5 of 127 other nodes share it: 16 / (48 * 122 / 127)
  EXPECT_DOUBLE_EQ(tree->share(shape(128, 8, 3), FabricTraffic::everyone), 16 / (48 * (122.0 / 127)));
  EXPECT_DOUBLE_EQ(tree->share(shape(4, 8, 3), FabricTraffic::everyone), 1);  // one switch holds all
}

// 64-port switches, half down: 32 ports are 4 nodes of 8. Of 40 nodes' traffic 36 / 39 goes elsewhere; on
// rails 32 nodes share a leaf, so 8 / 39.
TEST(FabricLeaving, IsWhatDoesNotStayBelowALeaf) {
  EXPECT_DOUBLE_EQ(make_fabric("fat_tree")->leaving(shape(4, 8)), 0);
  EXPECT_DOUBLE_EQ(make_fabric("fat_tree")->leaving(shape(40, 8)), 36.0 / 39);
  EXPECT_DOUBLE_EQ(make_fabric("rail_optimised")->leaving(shape(40, 8)), 8.0 / 39);
}

TEST(NetworkTechnology, FamiliesAreToldByTheWordsOfTheName) {
  EXPECT_EQ(network_technology("InfiniBand NDR").family, NetworkFamily::infiniband);
  EXPECT_EQ(network_technology("RoCE 100 Gb/s").family, NetworkFamily::ethernet);
  EXPECT_EQ(network_technology("Ethernet").family, NetworkFamily::ethernet);
  EXPECT_EQ(network_technology("EFA v2").family, NetworkFamily::efa);
  EXPECT_EQ(network_technology("GPUDirect-TCPX").family, NetworkFamily::other);
}

class EveryFabric : public testing::TestWithParam<std::string> {};

// Counting switches must not differ from counting those of a route.
TEST_P(EveryFabric, CountsTheSwitchesOfItsRoutes) {
  const auto layout = make_fabric(GetParam());
  for (const int nodes : {2, 9, 40, 300}) {
    const FabricShape s = shape(nodes, 8);
    for (const int other : {1, nodes / 2, nodes - 1})
      for (const int port : {0, 5}) {
        const int to = s.endpoint(other, port);
        const std::vector<FabricRoute> routes = layout->routes(s, 0, to);
        EXPECT_EQ(layout->switches_between(s, 0, to),
                  routes.empty() ? 0 : static_cast<int>(routes.front().size()) - 1)
            << nodes << " nodes, to " << to;
      }
    EXPECT_GE(mean_switches(*layout, s), 1);
  }
}

TEST_P(EveryFabric, RoutesAreConnectedAndOfEqualLengthAndLinksHaveOneBandwidth) {
  const auto layout = make_fabric(GetParam());
  for (const auto& [nodes, ports] : {std::pair{2, 1}, {2, 8}, {7, 3}, {64, 8}, {65, 8}, {130, 4}, {600, 4}}) {
    const FabricShape s = shape(nodes, ports);
    std::map<std::pair<int, int>, double> seen;
    for (int k = 0; k < 40; ++k) {
      const int from = (k * 37) % s.endpoints();
      const int to = (k * 101 + 1) % s.endpoints();
      if (from == to) continue;
      const auto routes = layout->routes(s, from, to);
      std::set<std::vector<std::pair<int, int>>> different;
      for (const FabricRoute& route : routes) {
        int here = from;
        std::vector<std::pair<int, int>> steps;
        for (const FabricLink& link : route) {
          ASSERT_EQ(link.from, here);
          here = link.to;
          steps.emplace_back(link.from, link.to);
          const auto [known, fresh] = seen.emplace(steps.back(), link.bandwidth.value());
          EXPECT_DOUBLE_EQ(known->second, link.bandwidth.value());
          EXPECT_GT(link.bandwidth.value(), 0);
        }
        EXPECT_EQ(here, to);
        EXPECT_EQ(route.size(), routes.front().size());
        EXPECT_TRUE(different.insert(steps).second) << "the same route twice";
      }
    }
  }
}

TEST_P(EveryFabric, TheWayBackIsAsLong) {
  const auto layout = make_fabric(GetParam());
  const FabricShape s = shape(96, 4);
  for (int k = 1; k < 50; ++k) {
    const int to = (k * 53) % s.endpoints();
    if (to == 0) continue;
    const auto there = layout->routes(s, 0, to);
    const auto back = layout->routes(s, to, 0);
    ASSERT_EQ(there.size(), back.size());
    if (!there.empty()) {
      EXPECT_EQ(there.front().size(), back.front().size());
    }
  }
}

TEST_P(EveryFabric, PortsKeepAShareOfTheirRate) {
  const auto layout = make_fabric(GetParam());
  for (const int nodes : {1, 2, 63, 64, 65, 200, 1024, 4000})
    for (const double r : {1.0, 2.0, 7.0}) {
      const FabricShape s = shape(nodes, 8, r);
      EXPECT_GT(layout->share(s, FabricTraffic::everyone), 0);
      EXPECT_LE(layout->share(s, FabricTraffic::everyone), layout->share(s, FabricTraffic::neighbours));
      EXPECT_LE(layout->share(s, FabricTraffic::neighbours), 1);
      EXPECT_LE(layout->share(s, FabricTraffic::everyone),
                layout->share(shape(nodes, 8), FabricTraffic::everyone));
    }
}

TEST_P(EveryFabric, MorePortsNeverNeedFewerSwitches) {
  const auto layout = make_fabric(GetParam());
  int before = 0;
  for (const int nodes : {1, 2, 8, 32, 64, 65, 128, 256, 512, 1024}) {
    const int now = layout->size(shape(nodes, 8)).switches();
    EXPECT_GE(now, before) << nodes;
    before = now;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryFabric, testing::ValuesIn(fabric_names()),
                         [](const auto& test) { return test.param; });

TEST(Fabrics, AreListedFromThePlainestOn) {
  EXPECT_THAT(fabric_options(), testing::ElementsAre("switch", "rail", "fat-tree", "torus", "dragonfly"));
}

TEST(Fabrics, AnUnknownOneIsAnsweredWithTheKnown) {
  try {
    parse_fabric("mesh");
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.message(), HasSubstr("switch, rail, fat-tree, torus or dragonfly"));
  }
}

TEST(Fabrics, EveryFileOfTheFolderIsAKindOfItsOwn) {
  std::set<std::string> names;
  for (const auto& layout : make_fabrics()) {
    EXPECT_TRUE(names.insert(std::string(layout->name())).second);
    EXPECT_EQ(parse_fabric(layout->name()), layout->name());
    EXPECT_EQ(parse_fabric(layout->option()), layout->name());
  }
  EXPECT_EQ(names.size(), 5u);
}

}  // namespace
}  // namespace scalesim::topology
