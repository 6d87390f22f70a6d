// How many rounds each algorithm needs and how much the busiest rank sends, as its paper counts them.
#include <gtest/gtest.h>

#include "comm/schedule/verify.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

const Algorithm& algorithm_named(const std::vector<std::unique_ptr<Algorithm>>& all, std::string_view name) {
  for (const auto& one : all)
    if (one->name() == name) return *one;
  throw InputError("no algorithm " + std::string(name));
}

struct Cost {
  const char* algorithm;
  Collective collective;
  int ranks;
  size_t rounds;
  double sent;  ///< by the busiest rank, of the schedule's chunks
};

constexpr Cost costs[] = {
    // 2 (n-1) rounds and 2 (n-1)/n; half of both for one half of it
    {"ring", Collective::all_reduce, 8, 14, 14.0 / 8},
    {"ring", Collective::all_reduce, 3, 4, 4.0 / 3},
    {"ring", Collective::all_gather, 8, 7, 7.0 / 8},
    {"ring", Collective::reduce_scatter, 5, 4, 4.0 / 5},
    // log2 n rounds of the whole; a rank beyond the power of two folds in and out: two rounds more
    {"recursive_doubling", Collective::all_reduce, 8, 3, 3},
    {"recursive_doubling", Collective::all_reduce, 6, 4, 3},
    // halving and doubling: 2 log2 n rounds, 2 (n-1)/n; six ranks: 2 rounds more, the folding rank's partner
    // hands back all
    {"rabenseifner", Collective::all_reduce, 8, 6, 14.0 / 8},
    {"rabenseifner", Collective::all_reduce, 6, 6, 2 * 3.0 / 4 + 1},
    {"rabenseifner", Collective::reduce_scatter, 8, 3, 7.0 / 8},
    {"rabenseifner", Collective::all_gather, 8, 3, 7.0 / 8},
    // ceil(log2 n) rounds; all-to-all: half of n pieces in each round, of n^2
    {"bruck", Collective::all_gather, 8, 3, 7.0 / 8},
    {"bruck", Collective::all_gather, 6, 3, 5.0 / 6},
    {"bruck", Collective::all_to_all, 8, 3, 12.0 / 64},
    // every pair at once
    {"direct", Collective::all_reduce, 8, 2, 14.0 / 8},
    {"direct", Collective::all_gather, 8, 1, 7.0 / 8},
    {"direct", Collective::reduce_scatter, 8, 1, 7.0 / 8},
    {"direct", Collective::all_to_all, 8, 1, 7.0 / 64},
    {"direct", Collective::broadcast, 8, 1, 7},
    {"direct", Collective::reduce, 8, 1, 1},
    // the root sends in each of log2 n rounds; a leaf sends its sum once
    {"binomial", Collective::broadcast, 8, 3, 3},
    {"binomial", Collective::reduce, 8, 3, 1},
    // n-1 rounds with one peer each
    {"pairwise", Collective::all_to_all, 8, 7, 7.0 / 64},
    // two nodes of eight: 7/8 inside, half of an eighth along the rail, and back
    {"hierarchical", Collective::all_reduce, 16, 4, 2 * (7.0 / 8 + 1.0 / 16)},
    // three nodes of eight (24 ranks): rails of two rounds
    {"hierarchical", Collective::all_reduce, 24, 6, 2 * (7.0 / 8 + 2.0 / 24)},
};

TEST(Schedules, CostWhatTheirPapersCount) {
  const auto algorithms = make_algorithms();
  for (const Cost& row : costs) {
    SCOPED_TRACE(testing::Message() << row.algorithm << ' ' << to_text(row.collective) << ' ' << row.ranks);
    const Algorithm& algorithm = algorithm_named(algorithms, row.algorithm);
    ASSERT_TRUE(algorithm.supports(row.collective, row.ranks));
    const Schedule schedule = algorithm.schedule(row.collective, row.ranks);
    EXPECT_EQ(schedule.rounds.size(), row.rounds);
    EXPECT_NEAR(static_cast<double>(most_chunks_sent(schedule)) / schedule.chunks, row.sent, 1e-12);
    for (const auto& round : schedule.rounds) EXPECT_FALSE(round.empty());
  }
}

// Every rank is inside one of the two trees at most: it sends to two children of one and to a parent in each,
// all of half the buffer: never more than 2 halves down and 2 up.
TEST(Schedules, DoubleTreesShareTheWorkOfTheMiddle) {
  const auto algorithms = make_algorithms();
  const Algorithm& trees = algorithm_named(algorithms, "double_binary_tree");
  for (int ranks = 2; ranks <= 17; ++ranks) {
    if (!trees.supports(Collective::all_reduce, ranks)) continue;
    const Schedule schedule = trees.schedule(Collective::all_reduce, ranks);
    EXPECT_LE(static_cast<double>(most_chunks_sent(schedule)) / schedule.chunks, 2 + 1e-12) << ranks;
  }
}

TEST(Schedules, AreClaimedOnlyWhereTheyWork) {
  const auto algorithms = make_algorithms();
  const auto supports = [&](const char* name, Collective c, int n) {
    return algorithm_named(algorithms, name).supports(c, n);
  };
  EXPECT_FALSE(supports("rabenseifner", Collective::all_gather, 6));
  EXPECT_TRUE(supports("rabenseifner", Collective::all_reduce, 6));
  EXPECT_FALSE(supports("hierarchical", Collective::all_reduce, 2));  // two nodes of one are none
  EXPECT_TRUE(supports("hierarchical", Collective::all_reduce, 4));
  EXPECT_FALSE(supports("hierarchical", Collective::all_reduce, 11));  // no node size divides it
  EXPECT_TRUE(supports("hierarchical", Collective::all_reduce, 14));
  EXPECT_FALSE(supports("hierarchical", Collective::all_gather, 16));
  EXPECT_FALSE(supports("bruck", Collective::all_reduce, 8));
  EXPECT_FALSE(supports("direct", Collective::send_receive, 8));
}

// A schedule that does everything but the last message is wrong, whatever the algorithm: no message is idle.
TEST(VerifySchedule, MissesTheLastMessage) {
  for (const auto& algorithm : make_algorithms()) {
    for (const Collective collective :
         {Collective::all_reduce, Collective::all_gather, Collective::broadcast, Collective::reduce,
          Collective::all_to_all, Collective::reduce_scatter}) {
      if (!algorithm->supports(collective, 16)) continue;
      Schedule schedule = algorithm->schedule(collective, 16);
      ASSERT_EQ(verify_schedule(schedule, collective), "") << algorithm->name();
      schedule.rounds.back().pop_back();
      EXPECT_NE(verify_schedule(schedule, collective), "") << algorithm->name() << ' ' << to_text(collective);
    }
  }
}

TEST(VerifySchedule, RefusesMessagesToNobody) {
  const auto verdict = [](const Message& message) {
    return verify_schedule(Schedule{2, 2, {{message}}}, Collective::all_reduce);
  };
  EXPECT_NE(verdict({0, 2, 0, 1, true}), "");
  EXPECT_NE(verdict({-1, 1, 0, 1, true}), "");
  EXPECT_NE(verdict({0, 1, 1, 2, true}), "");
  EXPECT_NE(verdict({0, 1, -1, 1, true}), "");
  EXPECT_NE(verdict({0, 1, 0, 0, true}), "");
  EXPECT_NE(verdict({0, 0, 0, 1, true}), "");
}

// Two ranks of a reduce-scatter: each gives the other its piece.
TEST(VerifySchedule, AcceptsTheShortestOnes) {
  EXPECT_EQ(verify_schedule({2, 2, {{{0, 1, 1, 1, true}, {1, 0, 0, 1, true}}}}, Collective::reduce_scatter),
            "");
  EXPECT_NE(verify_schedule({2, 2, {{{0, 1, 0, 1, true}, {1, 0, 1, 1, true}}}}, Collective::reduce_scatter),
            "");
  EXPECT_EQ(verify_schedule({2, 2, {{{0, 1, 0, 1, false}, {1, 0, 1, 1, false}}}}, Collective::all_gather),
            "");
  EXPECT_EQ(verify_schedule({2, 1, {{{1, 0, 0, 1, true}}}}, Collective::reduce), "");
  EXPECT_EQ(verify_schedule({2, 1, {{{0, 1, 0, 1, false}}}}, Collective::broadcast), "");
  EXPECT_EQ(verify_schedule({2, 4, {{{0, 1, 1, 1, false}, {1, 0, 2, 1, false}}}}, Collective::all_to_all),
            "");
  EXPECT_EQ(verify_schedule({2, 2, {{{0, 1, 0, 1, false}, {1, 0, 1, 1, false}}}}, Collective::send_receive),
            "");
  EXPECT_EQ(most_chunks_sent({3, 4, {{{0, 1, 0, 2, false}, {0, 2, 0, 3, false}, {1, 2, 0, 4, false}}}}), 5);
}

}  // namespace
}  // namespace scalesim::comm
