// Every collective algorithm, every collective it claims, 1 to 17 ranks: played without a clock and proved
// right.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "comm/schedule/verify.h"

namespace scalesim::comm {
namespace {

constexpr Collective collectives[] = {
    Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter, Collective::broadcast,
    Collective::reduce,     Collective::all_to_all, Collective::send_receive};

TEST(Algorithms, DoWhatTheirCollectivePromisesForOneToSeventeenRanks) {
  for (const auto& algorithm : make_algorithms()) {
    int proved = 0;
    for (const Collective collective : collectives) {
      for (int ranks = 1; ranks <= 17; ++ranks) {
        if (!algorithm->supports(collective, ranks)) continue;
        const Schedule schedule = algorithm->schedule(collective, ranks);
        EXPECT_EQ(schedule.ranks, ranks);
        EXPECT_EQ(verify_schedule(schedule, collective), "")
            << algorithm->name() << ' ' << to_text(collective) << " over " << ranks << " ranks";
        ++proved;
      }
    }
    EXPECT_GT(proved, 0) << algorithm->name() << " supports nothing";
  }
}

TEST(Algorithms, HaveDistinctNamesAndSayWhatTheyAreFor) {
  std::set<std::string_view> names;
  for (const auto& algorithm : make_algorithms()) {
    EXPECT_TRUE(names.insert(algorithm->name()).second) << algorithm->name();
    EXPECT_FALSE(algorithm->description().empty());
  }
}

// Lower bound of any all-reduce without help from the network: every rank's data must leave it and n-1 sums
// must come back, 2(n-1)/n of the buffer in total over sends and receives (Patarasuk and Yuan 2009, theorem
// 1).
TEST(Algorithms, NeverSendLessThanAnAllReduceMust) {
  for (const auto& algorithm : make_algorithms()) {
    for (int ranks = 2; ranks <= 17; ++ranks) {
      if (!algorithm->supports(Collective::all_reduce, ranks)) continue;
      const Schedule schedule = algorithm->schedule(Collective::all_reduce, ranks);
      const double share = static_cast<double>(most_chunks_sent(schedule)) / schedule.chunks;
      EXPECT_GE(share, bus_factor(Collective::all_reduce, ranks) - 1e-12)
          << algorithm->name() << ' ' << ranks;
    }
  }
}

// A ring of 4: 2 * 3 rounds, each sending one of 4 chunks, so 6 / 4 of the buffer = 2 * 3/4.
TEST(Algorithms, RingOfFourSendsSixQuartersInSixRounds) {
  for (const auto& algorithm : make_algorithms()) {
    if (algorithm->name() != "ring") continue;
    const Schedule schedule = algorithm->schedule(Collective::all_reduce, 4);
    EXPECT_EQ(schedule.rounds.size(), 6u);
    EXPECT_EQ(most_chunks_sent(schedule), 6);
  }
}

TEST(VerifySchedule, NoticesWhatIsWrong) {
  // Rank 1 never gets rank 0's contribution.
  const Schedule lacks{2, 1, {{{1, 0, 0, 1, true}}}};
  EXPECT_NE(verify_schedule(lacks, Collective::all_reduce), "");
  // Rank 0's contribution is added to rank 1 twice.
  const Schedule doubles{2, 1, {{{0, 1, 0, 1, true}, {1, 0, 0, 1, true}, {0, 1, 0, 1, true}}}};
  EXPECT_NE(verify_schedule(doubles, Collective::all_reduce).find("2 times instead of 1"), std::string::npos);
  // Rank 1 passes on a broadcast that it has not received.
  const Schedule early{3, 1, {{{0, 1, 0, 1, false}, {1, 2, 0, 1, false}}}};
  EXPECT_NE(verify_schedule(early, Collective::broadcast).find("does not hold"), std::string::npos);
  // Two ranks write the same chunk of rank 2 in one round.
  const Schedule clash{3, 3, {{{0, 2, 0, 1, false}, {0, 2, 0, 1, false}}}};
  EXPECT_NE(verify_schedule(clash, Collective::all_gather).find("overwritten twice"), std::string::npos);
}

}  // namespace
}  // namespace scalesim::comm
