// Names of collectives as other tools spell them, and nccl-tests' factors between algorithm and bus
// bandwidth.
#include "comm/collective/collective.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim::comm {
namespace {

constexpr Collective all[] = {Collective::all_reduce,  Collective::all_gather, Collective::reduce_scatter,
                              Collective::broadcast,   Collective::reduce,     Collective::all_to_all,
                              Collective::send_receive};

TEST(CollectiveNames, ComeBack) {
  for (const Collective collective : all) EXPECT_EQ(parse_collective(to_text(collective)), collective);
}

TEST(CollectiveNames, AreUnderstoodInOthersSpelling) {
  const std::pair<const char*, Collective> spellings[] = {
      {"AllReduce", Collective::all_reduce},         {"all-gather", Collective::all_gather},
      {"ReduceScatter", Collective::reduce_scatter}, {"alltoall", Collective::all_to_all},
      {"ALLTOALL", Collective::all_to_all},          {"sendrecv", Collective::send_receive},
      {"SendRecv", Collective::send_receive},        {"reduce", Collective::reduce}};
  for (const auto& [text, collective] : spellings) EXPECT_EQ(parse_collective(text), collective) << text;
  EXPECT_THROW(parse_collective("gather"), InputError);
  EXPECT_THROW(parse_collective(""), InputError);
}

// doc/PERFORMANCE.md of nccl-tests: 2 (n-1)/n for an all-reduce, (n-1)/n where everybody keeps a part,
// else 1.
TEST(BusFactor, IsThatOfNcclTests) {
  const std::pair<Collective, double> of_four[] = {
      {Collective::all_reduce, 1.5},  {Collective::all_gather, 0.75}, {Collective::reduce_scatter, 0.75},
      {Collective::all_to_all, 0.75}, {Collective::broadcast, 1},     {Collective::reduce, 1},
      {Collective::send_receive, 1}};
  for (const auto& [collective, factor] : of_four)
    EXPECT_DOUBLE_EQ(bus_factor(collective, 4), factor) << to_text(collective);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::all_reduce, 2), 1);
  EXPECT_EQ(bus_factor(Collective::all_reduce, 1), 0);
  EXPECT_NO_THROW(bus_factor(Collective::broadcast, 1));
}

}  // namespace
}  // namespace scalesim::comm
