// Which groups of ranks are measured, from where the ranks lie.
#include <gmock/gmock.h>

#include "comm/probe/place.h"
#include "comm/probe/probe.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

using testing::ElementsAre;

std::vector<RankPlace> places(const std::vector<std::pair<std::string, int>>& hosts_and_sockets) {
  std::vector<RankPlace> result;
  for (const auto& [host, socket] : hosts_and_sockets)
    result.push_back({static_cast<int>(result.size()), host, socket, "", 1});
  return result;
}

std::vector<std::string> texts(const std::vector<RankGroup>& groups) {
  std::vector<std::string> result;
  for (const RankGroup& group : groups) {
    std::string text = group.scope + " " + std::to_string(group.nodes) + ":";
    for (const int rank : group.ranks) text += " " + std::to_string(rank);
    result.push_back(text);
  }
  return result;
}

TEST(ProbeGroups, OneHostIsMeasuredOverEveryCountOfItsRanks) {
  EXPECT_THAT(texts(choose_groups(places({{"a", -1}, {"a", -1}, {"a", -1}}), {})),
              ElementsAre("intra-node 1: 0", "intra-node 1: 0 1", "intra-node 1: 0 1 2"));
}

TEST(ProbeGroups, SocketsAreToldApart) {
  // Packed by socket: 0 2 | 1 3. Two ranks of one socket, then the first rank of each socket.
  EXPECT_THAT(texts(choose_groups(places({{"a", 0}, {"a", 1}, {"a", 0}, {"a", 1}}), {})),
              ElementsAre("intra-socket 1: 0", "intra-socket 1: 0 2", "inter-socket 1: 0 2 1",
                          "inter-socket 1: 0 2 1 3", "inter-socket 1: 0 1"));
}

TEST(ProbeGroups, RanksDealtOutOverHostsArePackedAndHostsAlsoMeetOneToOne) {
  // Round-robin placement: ranks 0 and 2 on a, 1 and 3 on b.
  EXPECT_THAT(texts(choose_groups(places({{"a", -1}, {"b", -1}, {"a", -1}, {"b", -1}}), {})),
              ElementsAre("intra-node 1: 0", "intra-node 1: 0 2", "inter-node 2: 0 2 1",
                          "inter-node 2: 0 2 1 3", "inter-node 2: 0 1"));
}

TEST(ProbeGroups, AskedCountsBeyondTheRanksAreLeftOut) {
  EXPECT_THAT(texts(choose_groups(places({{"a", -1}, {"a", -1}}), {2, 16})),
              ElementsAre("intra-node 1: 0 1"));
}

TEST(ProbeGroups, LargeJobsAreMeasuredAtPowersOfTwoAndWhole) {
  EXPECT_THAT(default_rank_counts(3), ElementsAre(1, 2, 3));
  EXPECT_THAT(default_rank_counts(40), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 40));
}

TEST(ProbeSizes, GrowByTheFactorAndEndAtTheLast) {
  EXPECT_THAT(probe_sizes(Bytes(4), Bytes(100), 4), ElementsAre(Bytes(4), Bytes(16), Bytes(64), Bytes(100)));
  EXPECT_THAT(probe_sizes(Bytes(8), Bytes(8), 2), ElementsAre(Bytes(8)));
}

TEST(ProbeSizes, RefuseARangeThatIsEmptyOrNeverEnds) {
  EXPECT_THROW(probe_sizes(Bytes(64), Bytes(8), 2), InputError);
  EXPECT_THROW(probe_sizes(Bytes(8), Bytes(64), 1), InputError);
  EXPECT_THROW(probe_sizes(Bytes(0), Bytes(64), 2), InputError);
}

TEST(ProbeWorld, OneRankMeasuresNothingAndSaysSo) {
  const auto world = job::single_rank_world();
  const CommProfile profile = probe(*world, {});
  EXPECT_TRUE(profile.samples.empty());
  ASSERT_EQ(profile.warnings.size(), 1U);
  EXPECT_THAT(profile.warnings[0], testing::HasSubstr("mpirun"));
}

TEST(ProbeWorld, NcclAskedForWhereItCannotRunIsAnErrorWithTheReason) {
  const auto world = job::single_rank_world();
  ProbeOptions options;
  options.backend = "nccl";
  EXPECT_THROW(probe(*world, options), InputError);
  options.backend = "ncl";
  try {
    probe(*world, options);
    FAIL() << "an unknown back end was accepted";
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(), testing::HasSubstr("nccl"));
  }
}

}  // namespace
}  // namespace scalesim::comm
