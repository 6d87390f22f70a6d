// A step played against a channel whose collectives take a known time: overlap and waiting come out as by
// hand.
#include "comm/probe/replay.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "comm/probe/exchange.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

/// Every collective takes 20 ms.
class Steady : public Channel {
 public:
  int size() const override { return 2; }
  Bytes prepare(Collective, Bytes bytes) override { return prepared = bytes; }
  Seconds run() override { return Seconds(0); }
  void move(Collective collective, Bytes bytes) override {
    EXPECT_LE(bytes, prepared);
    moved.push_back({collective, bytes});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  long wrong() override { return 0; }
  std::vector<double> maximum(std::vector<double> values) override { return values; }
  Bytes prepared{};
  std::vector<std::pair<Collective, Bytes>> moved;
};

/// Forward 10 ms, backward 30 ms, bucket after it, backward 50 ms, bucket after it, update 5 ms.
ReplayStep two_buckets() {
  return {
      {Collective::all_reduce, {}, Seconds(0.010), {}}, {Collective::all_reduce, {}, Seconds(0.030), {0}},
      {Collective::all_reduce, Bytes(100), {}, {1}},    {Collective::all_reduce, {}, Seconds(0.050), {1}},
      {Collective::broadcast, Bytes(200), {}, {3}},     {Collective::all_reduce, {}, Seconds(0.005), {2, 4}}};
}

TEST(Replay, OneBucketHidesBehindComputingAndTheLastOneDoesNot) {
  // 10 + 30: first bucket runs 40-60 beside the backward until 90; second bucket 90-110; update until 115 ms.
  Steady channel;
  const ReplayStep step = two_buckets();
  prepare_replay(step, channel);
  const double took = play(step, channel).value();
  EXPECT_GE(took, 0.115);
  EXPECT_LT(took, 5.0);  // only a machine that stands still takes longer
  ASSERT_EQ(channel.moved.size(), 2U);
  EXPECT_EQ(channel.moved[0], std::pair(Collective::all_reduce, Bytes(100)));
  EXPECT_EQ(channel.moved[1], std::pair(Collective::broadcast, Bytes(200)));
}

TEST(Exchange, AnErrorOnRank0ReachesEveryRank) {
  const auto world = job::single_rank_world();
  EXPECT_EQ(from_rank_0(*world, [] { return std::string("text"); }), "text");
  EXPECT_EQ(from_rank_0(*world, [] { return std::string(); }), "");
  EXPECT_THROW(from_rank_0(*world, []() -> std::string { throw InputError("no such file"); }), InputError);
}

}  // namespace
}  // namespace scalesim::comm
