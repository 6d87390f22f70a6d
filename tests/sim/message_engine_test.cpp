// The message engine against closed forms, and against what schedules promise.
#include "sim/engine/message_engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "comm/schedule/verify.h"

namespace scalesim::sim {
namespace {

/// ASTRA-sim's assumptions (peers.md): 50 * 2^30 bytes/s links, 500 ns a hop, 10 ns endpoint delay, reduction
/// 1600 bytes per ns three times over, everything in whole nanoseconds.
MessageCosts astra(int hops) {
  MessageCosts costs;
  costs.latency = 500;
  costs.bandwidth = 50.0 * 1073741824 / 1e9;
  costs.endpoint = 10;
  costs.reduction = 1600;
  costs.reduction_passes = 3;
  costs.quantum = 1;
  costs.hops = hops;
  return costs;  // in nanoseconds and bytes per nanosecond
}

double net(double bytes, int hops) { return std::floor(hops * 500 + bytes / astra(1).bandwidth); }
double red(double bytes) { return 3 * std::floor(bytes / 1600); }
constexpr double kMega = 1048576;

TEST(MessageEngine, RingIsAstraSimsClosedFormToTheNanosecond) {
  // K [2(N-1) net(c/N) + (N-1) red(c/N) + (2(N-1)+1) E], c = S/4.
  for (const int n : {2, 3, 4, 7, 8, 16, 33, 64, 256})
    for (const double size : {1.0, 4.0, 16.0, 64.0, 1024.0}) {
      const double piece = size * kMega / 4 / n;
      const double expected =
          4 * (2 * (n - 1) * net(piece, 1) + (n - 1) * red(piece) + (2 * (n - 1) + 1) * 10);
      const auto result =
          simulate_messages(MessagePattern::ring_all_reduce, n, Bytes(size * kMega), 4, astra(1), LinkMap(n));
      EXPECT_EQ(result.time.value(), expected) << n << " " << size;
      EXPECT_EQ(result.events, 4L * 2 * (n - 1) * n);
    }
  // The published figures: 64 MB over 8, 64 and 256 ranks, 1 GB over 8.
  const auto time = [](int n, double mega) {
    return simulate_messages(MessagePattern::ring_all_reduce, n, Bytes(mega * kMega), 4, astra(1), LinkMap(n))
        .time.value();
  };
  EXPECT_EQ(time(8, 64), 2326112);
  EXPECT_EQ(time(64, 64), 2840836);
  EXPECT_EQ(time(256, 64), 3651640);
  EXPECT_EQ(time(8, 1024), 36790164);
}

TEST(MessageEngine, DirectIsAstraSimsClosedForm) {
  // K [2 net(c/N) + red(c/N) + 3 E] with two hops through the switch and a port to everybody.
  for (const int n : {2, 4, 8, 32}) {
    const double c = 16 * kMega;
    const double expected = 4 * (2 * net(c / n, 2) + red(c / n) + 30);
    const auto result = simulate_messages(MessagePattern::direct_all_reduce, n, Bytes(4 * c), 4, astra(2),
                                          LinkMap::full_mesh(n));
    EXPECT_EQ(result.time.value(), expected) << n;
  }
}

TEST(MessageEngine, HalvingDoublingIsAstraSimsClosedFormWithTheFirstReduction) {
  // K [2 sum_{k=1..p} net(c/2^k) + sum_{k=2..p} red(c/2^k) + (2p+1) E] leaves out one reduction that happens:
  // the first half's; with it the sum runs from 1.
  for (const int p : {1, 2, 3, 6, 10}) {
    const double c = 16 * kMega;
    double expected = (2 * p + 1) * 10;
    for (int k = 1; k <= p; ++k) expected += 2 * net(c / std::exp2(k), 2) + red(c / std::exp2(k));
    const auto result = simulate_messages(MessagePattern::halving_doubling, 1 << p, Bytes(4 * c), 4, astra(2),
                                          LinkMap(1 << p));
    EXPECT_EQ(result.time.value(), 4 * expected) << p;
  }
}

TEST(MessageEngine, SharedNicsMakeMessagesWait) {
  // Two nodes of four ranks, one NIC each; the direct all-reduce sends 4 x 4 messages over each NIC in each
  // of its two phases, one after the other: 16 times the wire time of a piece.
  MessageCosts costs;
  costs.bandwidth = 1e9;
  const auto result =
      simulate_messages(MessagePattern::direct_all_reduce, 8, Bytes(8e6), 1, costs, LinkMap(8, 4, 1, 1));
  EXPECT_NEAR(result.time.value(), 2 * 16 * 1e-3, 1e-9);
}

TEST(MessageEngine, BytesOnTheLinksAreThoseOfTheSchedule) {
  for (const auto& algorithm : comm::make_algorithms())
    for (const int ranks : {2, 3, 4, 8, 13}) {
      if (!algorithm->supports(comm::Collective::all_reduce, ranks)) continue;
      const comm::Schedule schedule = algorithm->schedule(comm::Collective::all_reduce, ranks);
      double chunks = 0;
      long messages = 0;
      for (const auto& round : schedule.rounds)
        for (const comm::Message& m : round) chunks += m.chunks, ++messages;
      MessageCosts costs;
      costs.bandwidth = 1e9;
      costs.latency = 1e-6;
      const auto result = simulate_schedule(schedule, Bytes(1e6), costs, LinkMap(ranks));
      const double carried = std::accumulate(result.link_bytes.begin(), result.link_bytes.end(), 0.0);
      EXPECT_NEAR(carried, chunks * 1e6 / schedule.chunks, 1) << algorithm->name() << ranks;
      EXPECT_EQ(result.events, messages) << algorithm->name() << ranks;
      EXPECT_GT(result.time.value(), 0);
    }
}

TEST(MessageEngine, EveryLinkCarriesTheBytesOfItsMessages) {
  // Random ranks over random nodes with few NICs: what the schedule sends from rank to rank, added up per
  // link.
  std::mt19937 random(3);
  const auto pick = [&](unsigned low, unsigned high) {
    return static_cast<int>(low + random() % (high - low + 1));
  };
  for (int i = 0; i < 60; ++i) {
    const int per_node = pick(1, 5), ranks = pick(2, 4) * per_node, nics = pick(1, 3);
    const LinkMap links(ranks, per_node, nics, 2);
    for (const auto& algorithm : comm::make_algorithms()) {
      if (!algorithm->supports(comm::Collective::all_reduce, ranks)) continue;
      const comm::Schedule schedule = algorithm->schedule(comm::Collective::all_reduce, ranks);
      std::vector<double> expected(static_cast<std::size_t>(links.links()), 0);
      for (const auto& round : schedule.rounds)
        for (const comm::Message& m : round)
          expected[static_cast<std::size_t>(links.link_of(m.source, m.destination))] +=
              m.chunks * 1e6 / schedule.chunks;
      MessageCosts costs;
      costs.bandwidth = 1e9;
      const std::vector<double> carried = simulate_schedule(schedule, Bytes(1e6), costs, links).link_bytes;
      ASSERT_EQ(carried.size(), expected.size());
      for (std::size_t l = 0; l < carried.size(); ++l)
        EXPECT_NEAR(carried[l], expected[l], 1e-3) << algorithm->name() << " " << ranks << " link " << l;
    }
  }
}

TEST(MessageEngine, EveryRankOfARingSendsTwiceAllButItsShare) {
  // 2 (N - 1) / N of the buffer over each of the N links.
  for (const int ranks : {2, 3, 8, 17}) {
    MessageCosts costs;
    costs.bandwidth = 1e9;
    const auto result =
        simulate_messages(MessagePattern::ring_all_reduce, ranks, Bytes(1e6), 2, costs, LinkMap(ranks));
    for (const double bytes : result.link_bytes) EXPECT_NEAR(bytes, 2e6 * (ranks - 1) / ranks, 1e-3);
  }
}

TEST(MessageEngine, MoreBandwidthIsNeverSlowerMoreLatencyNeverFaster) {
  for (const auto& algorithm : comm::make_algorithms()) {
    if (!algorithm->supports(comm::Collective::all_reduce, 8)) continue;
    const comm::Schedule schedule = algorithm->schedule(comm::Collective::all_reduce, 8);
    MessageCosts costs;
    costs.bandwidth = 1e9;
    costs.latency = 1e-6;
    const auto time = [&](const MessageCosts& c) {
      return simulate_schedule(schedule, Bytes(1e6), c, LinkMap(8, 4, 2, 3)).time;
    };
    MessageCosts faster = costs, later = costs;
    faster.bandwidth *= 2;
    later.latency *= 2;
    EXPECT_LE(time(faster), time(costs)) << algorithm->name();
    EXPECT_GE(time(later), time(costs)) << algorithm->name();
  }
}

TEST(MessageEngine, ThePatternAndTheScheduleOfARingAgree) {
  for (const auto& algorithm : comm::make_algorithms()) {
    if (algorithm->name() != "ring") continue;
    for (const int ranks : {2, 5, 16}) {
      MessageCosts costs;
      costs.bandwidth = 1e9;
      costs.latency = 2e-6;
      const auto pattern =
          simulate_messages(MessagePattern::ring_all_reduce, ranks, Bytes(1e7), 1, costs, LinkMap(ranks));
      const auto schedule = simulate_schedule(algorithm->schedule(comm::Collective::all_reduce, ranks),
                                              Bytes(1e7), costs, LinkMap(ranks));
      EXPECT_NEAR(pattern.time.value(), schedule.time.value(), 1e-12 * ranks);
    }
  }
}

}  // namespace
}  // namespace scalesim::sim
