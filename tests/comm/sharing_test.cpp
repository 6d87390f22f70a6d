// Max-min fair sharing: textbook examples by hand, and the defining property on many pseudo-random networks.
#include "comm/flow/sharing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scalesim::comm {
namespace {

BytesPerSecond rate(double value) { return BytesPerSecond(value); }

// Two links of 10 in a row; flow A uses both, B the first, C the second. A and B halve the first link, A and
// C the second: 5 each.
TEST(Sharing, HalvesTwoLinksInARow) {
  const auto rates = share_fairly({rate(10), rate(10)}, {{{0, 1}}, {{0}}, {{1}}});
  EXPECT_DOUBLE_EQ(rates[0].value(), 5);
  EXPECT_DOUBLE_EQ(rates[1].value(), 5);
  EXPECT_DOUBLE_EQ(rates[2].value(), 5);
}

// First link 4, second 10: A and B get 2 of the first; C takes what A leaves of the second: 8.
TEST(Sharing, GivesWhatABottleneckedFlowLeavesToTheOthers) {
  const auto rates = share_fairly({rate(4), rate(10)}, {{{0, 1}}, {{0}}, {{1}}});
  EXPECT_DOUBLE_EQ(rates[0].value(), 2);
  EXPECT_DOUBLE_EQ(rates[1].value(), 2);
  EXPECT_DOUBLE_EQ(rates[2].value(), 8);
}

// One link of 12; weights 1 and 2, and a third flow capped at 2: below its fair 12/4 = 3, so 10 are left for
// 1 : 2.
TEST(Sharing, KeepsWeightsAndCaps) {
  std::vector<Flow> flows = {{{0}}, {{0}, 2}, {{0}, 1, rate(2)}};
  const auto rates = share_fairly({rate(12)}, flows);
  EXPECT_DOUBLE_EQ(rates[2].value(), 2);
  EXPECT_NEAR(rates[0].value(), 10.0 / 3, 1e-12);
  EXPECT_NEAR(rates[1].value(), 20.0 / 3, 1e-12);
}

// 10 bytes and 30 bytes over one link of 10 B/s: both at 5 until 2 s, then the second alone at 10 for its
// last 20: 4 s.
TEST(Sharing, FreesTheShareOfAFlowThatEnded) {
  FlowSharing sharing({rate(10)}, {{{0}}, {{0}}});
  const auto ends = sharing.finish({Bytes(10), Bytes(30)});
  EXPECT_DOUBLE_EQ(ends[0].value(), 2);
  EXPECT_DOUBLE_EQ(ends[1].value(), 4);
}

/// A small generator of our own, so that every platform draws the same networks.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  int below(int n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state_ >> 33) % static_cast<std::uint64_t>(n));
  }

 private:
  std::uint64_t state_;
};

struct Network {
  std::vector<BytesPerSecond> capacities;
  std::vector<Flow> flows;
};

Network random_network(std::uint64_t seed, int links, int flows) {
  Draw draw(seed);
  Network network;
  for (int i = 0; i < links; ++i) network.capacities.push_back(rate(1 + draw.below(100)));
  for (int i = 0; i < flows; ++i) {
    Flow flow;
    for (int hop = 0; hop < 1 + draw.below(4); ++hop) {
      const int link = draw.below(links);
      if (std::find(flow.links.begin(), flow.links.end(), link) == flow.links.end())
        flow.links.push_back(link);
    }
    flow.weight = 1 + draw.below(3);
    if (draw.below(4) == 0) flow.cap = rate(1 + draw.below(20));
    network.flows.push_back(flow);
  }
  return network;
}

/// Max-min: no link carries more than it can, and every flow is at its cap or crosses a full link on which
/// nobody has more per weight.
void expect_fair(const Network& network, const std::vector<double>& rates) {
  std::vector<double> used(network.capacities.size(), 0), most(network.capacities.size(), 0);
  for (size_t f = 0; f < rates.size(); ++f) {
    for (const int link : network.flows[f].links) {
      used[static_cast<size_t>(link)] += rates[f];
      most[static_cast<size_t>(link)] =
          std::max(most[static_cast<size_t>(link)], rates[f] / network.flows[f].weight);
    }
  }
  for (size_t l = 0; l < used.size(); ++l) ASSERT_LE(used[l], network.capacities[l].value() * (1 + 1e-9));
  for (size_t f = 0; f < rates.size(); ++f) {
    if (rates[f] < 0) continue;
    bool bound = rates[f] >= network.flows[f].cap.value() * (1 - 1e-9);
    for (const int link : network.flows[f].links) {
      const auto l = static_cast<size_t>(link);
      bound = bound || (used[l] >= network.capacities[l].value() * (1 - 1e-6) &&
                        rates[f] / network.flows[f].weight >= most[l] * (1 - 1e-6));
    }
    ASSERT_TRUE(bound) << "flow " << f << " could have more";
  }
}

TEST(Sharing, IsMaxMinFairOnRandomNetworks) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Network network = random_network(seed, 12, 30);
    std::vector<double> rates;
    for (const BytesPerSecond r : share_fairly(network.capacities, network.flows)) rates.push_back(r.value());
    expect_fair(network, rates);
  }
}

TEST(Sharing, StaysWhatItWouldBeFromScratchAsFlowsEnd) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Network network = random_network(seed, 10, 20);
    FlowSharing sharing(network.capacities, network.flows);
    std::vector<int> alive;
    for (int f = 0; f < 20; ++f) alive.push_back(f);
    Draw draw(seed + 1000);
    while (alive.size() > 1) {
      const auto at = static_cast<size_t>(draw.below(static_cast<int>(alive.size())));
      sharing.end(alive[at]);
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
      std::vector<Flow> rest;
      for (const int f : alive) rest.push_back(network.flows[static_cast<size_t>(f)]);
      const auto fresh = share_fairly(network.capacities, rest);
      for (size_t i = 0; i < alive.size(); ++i) {
        ASSERT_NEAR(sharing.rate(alive[i]).value(), fresh[i].value(), 1e-6 * (1 + fresh[i].value()))
            << "seed " << seed;
      }
    }
  }
}

// Communication note 6.4: 8 flows on 8 uplinks collide to 2.58 on average, 1.53 when split over 8 paths.
TEST(Ecmp, SlowsAsSimulatedAndNeverBelowOne) {
  EXPECT_DOUBLE_EQ(ecmp_slowdown(8, 1), 2.58);
  EXPECT_DOUBLE_EQ(ecmp_slowdown(8, 8), 1.53);
  EXPECT_DOUBLE_EQ(ecmp_slowdown(1, 1), 1);
  EXPECT_DOUBLE_EQ(ecmp_slowdown(8, 1, 4), 1);
  EXPECT_GT(ecmp_slowdown(12, 3), ecmp_slowdown(8, 4));
}

}  // namespace
}  // namespace scalesim::comm
