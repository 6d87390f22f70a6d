// The repetition loop against a channel whose times are known, and the patterns that catch wrong results.
#include "comm/probe/sampling.h"

#include <gmock/gmock.h>

#include <deque>

#include "comm/probe/pattern.h"

namespace scalesim::comm {
namespace {

/// Plays back durations; the last one for ever.
class Playback : public Channel {
 public:
  explicit Playback(std::deque<double> durations) : durations_(std::move(durations)) {}
  int size() const override { return 2; }
  Bytes prepare(Collective, Bytes bytes) override { return bytes; }
  Seconds run() override {
    ++runs;
    const double next = durations_.front();
    if (durations_.size() > 1) durations_.pop_front();
    return Seconds(next);
  }
  void move(Collective, Bytes) override {}
  long wrong() override { return 0; }
  std::vector<double> maximum(std::vector<double> values) override { return values; }
  int runs = 0;

 private:
  std::deque<double> durations_;
};

SamplingLimits patient() {
  SamplingLimits limits;
  limits.time = Seconds(3600);
  return limits;
}

TEST(Sampling, StopsWhenTheIntervalIsNarrow) {
  Playback channel({1e-3});
  const Series series = extend({}, channel, Collective::all_reduce, Bytes(8), patient());
  // 10 ms batches of 1 ms: the first batch has 10 equal values, an interval of no width.
  EXPECT_EQ(series.times.size(), 10U);
}

TEST(Sampling, NoisyTimesAreRepeatedUpToTheMost) {
  std::deque<double> times;
  for (int i = 0; i < 1000; ++i) times.push_back(i % 2 ? 1e-3 : 3e-3);
  Playback channel(times);
  SamplingLimits limits = patient();
  limits.most = 50;
  EXPECT_EQ(extend({}, channel, Collective::all_reduce, Bytes(8), limits).times.size(), 50U);
}

TEST(Sampling, WithoutTimeTheLeastIsStillDone) {
  Playback channel({0.02});
  SamplingLimits limits;
  limits.time = Seconds(0);
  limits.least = 3;
  EXPECT_EQ(extend({}, channel, Collective::all_reduce, Bytes(8), limits).times.size(), 3U);
}

TEST(Sampling, SummaryKeepsOutliersAndCountsThem) {
  // Sorted: 9 x 1.0 and one 9.0: median 1, robust deviation 0, so only what is beyond half the median is far.
  Series series;
  series.bytes = Bytes(1024);
  series.times = {1, 1, 1, 1, 9, 1, 1, 1, 1, 1};
  const Sample sample = summarise(series, Collective::all_reduce, {{0, 1, 2}, 1, "intra-node"});
  EXPECT_EQ(sample.median.value(), 1);
  EXPECT_EQ(sample.outliers, 1);
  EXPECT_EQ(sample.repetitions, 10);
  EXPECT_EQ(sample.minimum.value(), 1);
  // p95 by linear interpolation: position 0.95 * 9 = 8.55 between 1 and 9 -> 1 + 0.55 * 8.
  EXPECT_NEAR(sample.p95.value(), 5.4, 1e-12);
  EXPECT_EQ(sample.ranks, 3);
  EXPECT_EQ(sample.scope, "intra-node");
}

/// What a correct library leaves on `rank`, built element by element from the definition of the collective.
std::vector<float> correct(Collective collective, int rank, int ranks, std::size_t receive) {
  std::vector<float> result(receive);
  const std::size_t share = receive / static_cast<std::size_t>(ranks);
  for (std::size_t i = 0; i < receive; ++i) {
    const auto block = static_cast<int>(share == 0 ? 0 : i / share);
    const std::size_t within = share == 0 ? 0 : i % share;
    const auto me = static_cast<std::size_t>(rank);
    for (int r = 0; r < ranks; ++r) {
      if (collective == Collective::all_reduce) result[i] += sent_value(r, i);
      if (collective == Collective::reduce_scatter) result[i] += sent_value(r, me * receive + i);
    }
    if (collective == Collective::broadcast) result[i] = sent_value(0, i);
    if (collective == Collective::send_receive) result[i] = sent_value(rank == 0 ? ranks - 1 : rank - 1, i);
    if (collective == Collective::all_gather) result[i] = sent_value(block, within);
    if (collective == Collective::all_to_all) result[i] = sent_value(block, me * share + within);
  }
  return result;
}

TEST(Pattern, RightResultsPassAndEveryChangedElementIsCounted) {
  for (const Collective collective :
       {Collective::all_reduce, Collective::reduce_scatter, Collective::broadcast, Collective::send_receive,
        Collective::all_gather, Collective::all_to_all}) {
    for (const int ranks : {2, 3, 8}) {
      const Shape shape = shape_of(collective, Bytes(4 * 97), ranks);
      std::vector<float> received = correct(collective, 1, ranks, shape.receive);
      EXPECT_EQ(count_wrong(collective, 1, ranks, received), 0)
          << to_text(collective) << ", " << ranks << " ranks";
      received[0] += 1;
      received.back() = 0;
      EXPECT_EQ(count_wrong(collective, 1, ranks, received), 2)
          << to_text(collective) << ", " << ranks << " ranks";
    }
  }
}

TEST(Pattern, ShapesFollowTheSizeConventionOfNcclTests) {
  // 100 bytes are 25 floats. All-gather over 4 ranks: 6 floats each, 24 in all, 96 bytes.
  const Shape gather = shape_of(Collective::all_gather, Bytes(100), 4);
  EXPECT_EQ(gather.send, 6U);
  EXPECT_EQ(gather.receive, 24U);
  EXPECT_EQ(gather.bytes, Bytes(96));
  // Fewer elements than ranks: one for each all the same.
  EXPECT_EQ(shape_of(Collective::reduce_scatter, Bytes(4), 3).bytes, Bytes(12));
  EXPECT_EQ(shape_of(Collective::all_reduce, Bytes(4), 3).bytes, Bytes(4));
}

}  // namespace
}  // namespace scalesim::comm
