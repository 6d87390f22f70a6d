// What a measured profile says of questions that were not measured: other collectives, rank counts, sizes and
// neighbours.
#include <gtest/gtest.h>

#include <cmath>

#include "comm/profile/profile.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

/// A ring's all-reduce with 10 us a step and 1 GB/s: 2 (n-1) steps, 2 (n-1)/n bytes.
double ring_time(int ranks, double bytes) {
  return 2 * (ranks - 1) * 10e-6 + 2.0 * (ranks - 1) / ranks * bytes / 1e9;
}

void add(CommProfile& profile, int ranks, int nodes, Collective collective = Collective::all_reduce,
         double scale = 1) {
  for (double bytes = 1024; bytes <= 1 << 24; bytes *= 2) {
    Sample sample;
    sample.collective = collective;
    sample.ranks = ranks;
    sample.nodes = nodes;
    sample.bytes = Bytes(bytes);
    sample.median = Seconds(scale * ring_time(ranks, bytes));
    profile.samples.push_back(sample);
  }
}

CommProfile measured(int ranks, int nodes, Collective collective = Collective::all_reduce) {
  CommProfile profile;
  profile.backend = "nccl";
  profile.transport = "GPU memory, NVLink";
  add(profile, ranks, nodes, collective);
  return profile;
}

double seconds(const CollectiveModel& model, Collective collective, double bytes, const Group& group) {
  return model.time(collective, Bytes(bytes), group).time.value();
}

// An exact line is known within 3 %; four ranks instead of two are a doubling away, twice as uncertain.
TEST(ProfileModel, IsAsSureAsItIsNear) {
  const auto model = make_profile_model(measured(2, 1));
  const CollectiveTime here = model->time(Collective::all_reduce, Bytes(1 << 20), {2, 1, 1});
  EXPECT_NEAR(here.time / here.low, 1.03, 1e-9);
  EXPECT_NEAR(here.high / here.time, 1.03, 1e-9);
  EXPECT_EQ(here.provenance, Provenance::measured);
  EXPECT_EQ(here.bottleneck, "GPU memory, NVLink");
  // log2(4/2) = 1 away in ranks, and 2 x 1 in ranks per node: 3 % x (1 + 3).
  const CollectiveTime four = model->time(Collective::all_reduce, Bytes(1 << 20), {4, 1, 1});
  EXPECT_NEAR(four.high / four.time, 1.12, 1e-9);
  EXPECT_EQ(four.provenance, Provenance::calibrated);
  // Two nodes: log2(4/2) = 1, as many per node, 8 for leaving the node is 3 % x (1 + 1 + 8) beside 2 x
  // |log2(2/2)|.
  const CollectiveTime two_nodes = model->time(Collective::all_reduce, Bytes(1 << 20), {4, 2, 1});
  EXPECT_NEAR(two_nodes.high / two_nodes.time, 1.30, 1e-9);
}

// An all-reduce is a reduce-scatter and an all-gather; what was not measured itself takes half of it, and
// twice of a half.
TEST(ProfileModel, OtherCollectivesAreTakenFromTheirHalves) {
  const auto reduce = make_profile_model(measured(4, 1));
  const double all = seconds(*reduce, Collective::all_reduce, 1 << 20, {4, 1, 1});
  for (const Collective half : {Collective::all_gather, Collective::reduce_scatter, Collective::broadcast})
    EXPECT_NEAR(seconds(*reduce, half, 1 << 20, {4, 1, 1}) / all, 0.5, 1e-9) << to_text(half);
  EXPECT_EQ(reduce->time(Collective::all_gather, Bytes(1 << 20), {4, 1, 1}).provenance,
            Provenance::calibrated);
  const auto gather = make_profile_model(measured(4, 1, Collective::all_gather));
  const double one = seconds(*gather, Collective::all_gather, 1 << 20, {4, 1, 1});
  EXPECT_NEAR(seconds(*gather, Collective::all_reduce, 1 << 20, {4, 1, 1}) / one, 2, 1e-9);
  EXPECT_NEAR(seconds(*gather, Collective::reduce_scatter, 1 << 20, {4, 1, 1}) / one, 1, 1e-9);
  // Of a broadcast nothing better is known than that others take as long.
  const auto broadcast = make_profile_model(measured(4, 1, Collective::broadcast));
  EXPECT_NEAR(seconds(*broadcast, Collective::all_to_all, 1 << 20, {4, 1, 1}) / all, 1, 1e-9);
}

TEST(ProfileModel, WhatWasMeasuredItselfComesFirst) {
  CommProfile profile = measured(4, 1);
  add(profile, 4, 1, Collective::all_gather, 3);
  const auto model = make_profile_model(profile);
  EXPECT_NEAR(seconds(*model, Collective::all_gather, 1 << 20, {4, 1, 1}), 3 * ring_time(4, 1 << 20), 1e-9);
  // Reduce-scatter is taken from the all-reduce, the first of the list.
  EXPECT_NEAR(seconds(*model, Collective::reduce_scatter, 1 << 20, {4, 1, 1}), ring_time(4, 1 << 20) / 2,
              1e-9);
}

// Groups share the NICs of a node, nothing inside one.
TEST(ProfileModel, GroupsDivideTheNics) {
  const auto inside = make_profile_model(measured(4, 1)), between = make_profile_model(measured(4, 4));
  EXPECT_NEAR(seconds(*inside, Collective::all_reduce, 1 << 20, {4, 1, 2}), ring_time(4, 1 << 20), 1e-9);
  EXPECT_NEAR(seconds(*between, Collective::all_reduce, 1 << 20, {4, 4, 3}), 3 * ring_time(4, 1 << 20), 1e-9);
  EXPECT_NEAR(seconds(*between, Collective::all_reduce, 1 << 20, {8, 8, 2}) / (2 * ring_time(8, 1 << 20)), 1,
              1e-3);
}

// Sizes below the smallest and above the largest go on along the fitted lines.
TEST(ProfileModel, SizesBeyondTheMeasuredFollowTheLines) {
  const auto model = make_profile_model(measured(4, 1));
  EXPECT_NEAR(seconds(*model, Collective::all_reduce, 16, {4, 1, 1}) / ring_time(4, 16), 1, 1e-3);
  EXPECT_NEAR(seconds(*model, Collective::all_reduce, 1e9, {4, 1, 1}) / ring_time(4, 1e9), 1, 1e-3);
}

// Ranks that slow each other down more than a ring explains: four took 1.5 times the ring of two's figures.
// The trend goes on: eight take 1.5 times more again.
TEST(ProfileModel, ATrendGoesOnBeyondTheLastRankCount) {
  CommProfile profile = measured(2, 1);
  add(profile, 4, 1, Collective::all_reduce, 1.5);
  const auto model = make_profile_model(profile);
  EXPECT_NEAR(seconds(*model, Collective::all_reduce, 1 << 20, {8, 1, 1}) / (2.25 * ring_time(8, 1 << 20)), 1,
              0.01);
  // Between two and four the two agree half way: sqrt(1.5) of the ring of three at log2(3/2) =
  // 0.585: 1.5^0.585.
  EXPECT_NEAR(seconds(*model, Collective::all_reduce, 1 << 20, {3, 1, 1}) /
                  (std::pow(1.5, 0.585) * ring_time(3, 1 << 20)),
              1, 0.01);
}

TEST(ProfileModel, WarnsOfWhatWasNeverMeasured) {
  const auto model = make_profile_model(measured(2, 1));
  const auto warning = [&](double bytes, const Group& group) {
    return model->warning(Collective::all_reduce, Bytes(bytes), group);
  };
  EXPECT_EQ(warning(1e6, {32, 1, 1}), "");
  EXPECT_NE(warning(1e6, {33, 1, 1}).find("33 ranks"), std::string::npos);
  EXPECT_EQ(warning(15.9 * (1 << 24), {2, 1, 1}), "");
  EXPECT_NE(warning(16.1 * (1 << 24), {2, 1, 1}).find("largest measured size"), std::string::npos);
  EXPECT_NE(warning(1e6, {2, 2, 1}).find("inside one node"), std::string::npos);
  EXPECT_EQ(warning(1e6, {1, 1, 1}), "");
  EXPECT_EQ(warning(0, {2, 2, 1}), "");
}

// 16 MiB over 4 ranks: 1.5 x 16.78 MB in 60 us + 25.17 ms.
TEST(ProfileModel, ListsWhatItWasBuiltFrom) {
  const std::vector<Input> inputs = make_profile_model(measured(4, 1))->inputs();
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].name, "all_reduce over 4 ranks");
  EXPECT_NEAR(inputs[0].value, 1.5 * (1 << 24) / ring_time(4, 1 << 24), 1);
  EXPECT_EQ(inputs[0].provenance, Provenance::measured);
  EXPECT_EQ(inputs[0].source, "nccl probe, GPU memory, NVLink");
}

TEST(ProfileModel, OneRankAndNoBytesTakeNoTime) {
  const auto model = make_profile_model(measured(4, 1));
  EXPECT_EQ(seconds(*model, Collective::all_reduce, 1e6, {1, 1, 1}), 0);
  EXPECT_EQ(seconds(*model, Collective::all_reduce, 0, {4, 1, 1}), 0);
  EXPECT_EQ(model->time(Collective::all_reduce, Bytes(0), {4, 1, 1}).algorithm, "none");
}

// Repetitions of one size count as their mean: 1 ms and 3 ms are 2 ms.
TEST(ProfileModel, EqualSizesAreAveraged) {
  CommProfile profile;
  profile.backend = "nccl";
  for (const double ms : {1.0, 3.0}) {
    Sample sample;
    sample.ranks = 2;
    sample.bytes = Bytes(1 << 20);
    sample.median = Seconds(ms * 1e-3);
    profile.samples.push_back(sample);
  }
  EXPECT_NEAR(seconds(*make_profile_model(profile), Collective::all_reduce, 1 << 20, {2, 1, 1}), 2e-3, 1e-9);
}

// Law: more bytes never take less time, more ranks neither, at any point between and beyond the measured
// ones.
TEST(ProfileModel, NeverFalls) {
  CommProfile profile = measured(2, 1);
  add(profile, 8, 1);
  const auto model = make_profile_model(profile);
  for (const int ranks : {2, 3, 5, 8, 13}) {
    double before = 0;
    for (double bytes = 8; bytes < 1e10; bytes *= 1.3) {
      const double now = seconds(*model, Collective::all_reduce, bytes, {ranks, 1, 1});
      EXPECT_GE(now, before) << ranks << ' ' << bytes;
      before = now;
    }
  }
  for (double bytes = 1024; bytes < 1e8; bytes *= 4) {
    double before = 0;
    for (int ranks = 2; ranks <= 32; ++ranks) {
      const double now = seconds(*model, Collective::all_reduce, bytes, {ranks, 1, 1});
      EXPECT_GE(now, before * (1 - 1e-9)) << ranks << ' ' << bytes;
      before = now;
    }
  }
}

}  // namespace
}  // namespace scalesim::comm
