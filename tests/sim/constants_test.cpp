// The constants of steps and of long jobs: every field read, every range kept, every option heard.
#include "sim/scenario/constants.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "sim/scenario/measured_system.h"
#include "sim/scenario/random_source.h"
#include "sim/scenario/reality.h"

namespace scalesim::sim {
namespace {

/// A file of keys and values, of which some are replaced.
struct Keys {
  std::vector<std::pair<std::string, std::string>> lines;

  Keys with(const std::string& key, const std::string& value) const {
    Keys changed = *this;
    for (auto& [name, text] : changed.lines)
      if (name == key) text = value;
    return changed;
  }
  DataCatalogue as(const std::string& path) const {
    std::string text;
    for (const auto& [key, value] : lines) text += key + " = " + value + "\n";
    DataCatalogue data = DataCatalogue::embedded();
    data.add(path, text);
    return data;
  }
};

const Keys kStep{{{"rank_deviation", "0.01"},
                  {"compute_loss", "2.5"},
                  {"communication_loss", "0.3"},
                  {"bucket_overhead", "\"20 us\""},
                  {"host_deviation", "\"3 ms\""},
                  {"decode_rate", "150"},
                  {"relative_error", "0.06"},
                  {"provenance", "\"calibrated\""},
                  {"source", "\"a table\""}}};

const Keys kReality{{{"failures_per_gpu_hour", "0.001"},
                     {"restart", "\"2 min\""},
                     {"storage_per_node", "\"3 GB/s\""},
                     {"slow_hosts", "0.02"},
                     {"slow_host_factor", "1.3"},
                     {"step_jitter", "0.004"},
                     {"flaps_per_nic_hour", "0.5"},
                     {"flap", "\"7 s\""},
                     {"provenance", "\"measured\""},
                     {"source", "\"a log\""}}};

StepConstants step_of(const Keys& keys) { return load_step_constants(keys.as("calibration/step.toml")); }
Reality reality_of(const Keys& keys, const RealityOptions& options = {}) {
  return load_reality(keys.as("calibration/reality.toml"), options);
}

TEST(StepConstants, EveryKeyGoesToItsField) {
  const StepConstants constants = step_of(kStep);
  EXPECT_EQ(constants.rank_deviation, 0.01);
  EXPECT_EQ(constants.compute_loss, 2.5);
  EXPECT_EQ(constants.communication_loss, 0.3);
  EXPECT_DOUBLE_EQ(constants.bucket_overhead.value(), 20e-6);
  EXPECT_DOUBLE_EQ(constants.host_deviation.value(), 3e-3);
  EXPECT_EQ(constants.decode_rate, 150);
  EXPECT_EQ(constants.relative_error, 0.06);
  EXPECT_EQ(constants.provenance, Provenance::calibrated);
  EXPECT_EQ(constants.source, "a table");
}

TEST(Reality, EveryKeyGoesToItsField) {
  const Reality reality = reality_of(kReality);
  EXPECT_EQ(reality.failures_per_gpu_hour, 0.001);
  EXPECT_EQ(reality.restart, Seconds(120));
  EXPECT_EQ(reality.storage_per_node, BytesPerSecond(3e9));
  EXPECT_EQ(reality.slow_hosts, 0.02);
  EXPECT_EQ(reality.slow_host_factor, 1.3);
  EXPECT_EQ(reality.step_jitter, 0.004);
  EXPECT_EQ(reality.flaps_per_nic_hour, 0.5);
  EXPECT_EQ(reality.flap, Seconds(7));
  EXPECT_EQ(reality.provenance, Provenance::measured);
  EXPECT_EQ(reality.source, "a log");
}

struct Range {
  std::string key, below, lowest, highest, above;
};

TEST(StepConstants, RangesEndWhereTheySay) {
  for (const Range& r : {Range{"rank_deviation", "-0.001", "0", "0.2", "0.201"},
                         {"compute_loss", "-0.001", "0", "10", "10.01"},
                         {"communication_loss", "-0.001", "0", "0.9", "0.901"},
                         {"decode_rate", "-1", "0", "10000", "10001"},
                         {"relative_error", "-0.001", "0", "1", "1.001"}}) {
    EXPECT_THROW(step_of(kStep.with(r.key, r.below)), InputError) << r.key;
    EXPECT_NO_THROW(step_of(kStep.with(r.key, r.lowest))) << r.key;
    EXPECT_NO_THROW(step_of(kStep.with(r.key, r.highest))) << r.key;
    EXPECT_THROW(step_of(kStep.with(r.key, r.above)), InputError) << r.key;
  }
}

TEST(Reality, RangesEndWhereTheySay) {
  for (const Range& r : {Range{"failures_per_gpu_hour", "-0.001", "0", "1", "1.001"},
                         {"slow_hosts", "-0.001", "0", "1", "1.001"},
                         {"slow_host_factor", "0.999", "1", "100", "100.1"},
                         {"step_jitter", "-0.001", "0", "1", "1.001"},
                         {"flaps_per_nic_hour", "-0.001", "0", "1000", "1000.1"}}) {
    EXPECT_THROW(reality_of(kReality.with(r.key, r.below)), InputError) << r.key;
    EXPECT_NO_THROW(reality_of(kReality.with(r.key, r.lowest))) << r.key;
    EXPECT_NO_THROW(reality_of(kReality.with(r.key, r.highest))) << r.key;
    EXPECT_THROW(reality_of(kReality.with(r.key, r.above)), InputError) << r.key;
  }
}

TEST(StepConstants, AMissingAndAnUnknownKeyAreRefused) {
  for (std::size_t i = 0; i < kStep.lines.size(); ++i) {
    Keys fewer = kStep;
    fewer.lines.erase(fewer.lines.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THROW(step_of(fewer), InputError) << kStep.lines[i].first;
  }
  Keys more = kStep;
  more.lines.emplace_back("compute_los", "1");
  EXPECT_THROW(step_of(more), InputError);
}

TEST(Reality, AMissingAndAnUnknownKeyAreRefused) {
  for (std::size_t i = 0; i < kReality.lines.size(); ++i) {
    Keys fewer = kReality;
    fewer.lines.erase(fewer.lines.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THROW(reality_of(fewer), InputError) << kReality.lines[i].first;
  }
  Keys more = kReality;
  more.lines.emplace_back("flapp", "1");
  EXPECT_THROW(reality_of(more), InputError);
}

// Each option changes its own field and no other, zero too.
TEST(Reality, WhatTheUserSaysReplacesTheFile) {
  RealityOptions failures, restart, storage, hosts;
  failures.failures_per_gpu_hour = 0;
  restart.restart = Seconds(0);
  storage.storage = BytesPerSecond(5);
  hosts.slow_hosts = 0;
  const Reality file = reality_of(kReality);
  for (const RealityOptions& options : {failures, restart, storage, hosts}) {
    const Reality reality = reality_of(kReality, options);
    EXPECT_EQ(reality.failures_per_gpu_hour, options.failures_per_gpu_hour.value_or(0.001));
    EXPECT_EQ(reality.restart, options.restart.value_or(Seconds(120)));
    EXPECT_EQ(reality.storage_per_node, options.storage.value_or(BytesPerSecond(3e9)));
    EXPECT_EQ(reality.slow_hosts, options.slow_hosts.value_or(0.02));
    EXPECT_EQ(reality.step_jitter, file.step_jitter);
    EXPECT_EQ(reality.flap, file.flap);
  }
}

// 53 of the 64 bits, plus one half, over 2^53. The first bits from seed 0 are 0xe220a8397b1dcdaf:
// 0.8833108...
TEST(RandomSource, UniformNumbersAreTheHighBits) {
  RandomSource bits(0), numbers(0);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(numbers.uniform(),
              (std::floor(std::ldexp(static_cast<double>(bits.bits() >> 11), 0)) + 0.5) / 9007199254740992.0);
  EXPECT_NEAR(RandomSource(0).uniform(), 0xe220a839 / 4294967296.0, 1e-9);
}

TEST(RandomSource, OneStratumIsTheWholeInterval) {
  RandomSource random(1);
  const std::vector<double> one = stratified(random, 1);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_GT(one[0], 0);
  EXPECT_LT(one[0], 1);
  EXPECT_TRUE(stratified(random, 0).empty());
}

comm::CommProfile profile_of(int ranks, std::vector<std::string> hosts) {
  comm::CommProfile profile;
  profile.ranks = ranks;
  profile.hosts = std::move(hosts);
  return profile;
}

void add_sample(comm::CommProfile& profile, int ranks, double bytes) {
  comm::Sample sample;
  sample.ranks = ranks;
  sample.bytes = Bytes(bytes);
  profile.samples.push_back(sample);
}

// A sixteenth of 25 MiB is 1,638,400 bytes; only messages among all ranks count, of which there are two.
TEST(MeasuredSystem, BucketsAreReachedFromASixteenth) {
  comm::CommProfile profile = profile_of(4, {});
  EXPECT_FALSE(reaches_buckets(profile));
  add_sample(profile, 2, 1e9);
  EXPECT_FALSE(reaches_buckets(profile)) << "half of the ranks";
  add_sample(profile, 4, 1638399);
  EXPECT_FALSE(reaches_buckets(profile));
  add_sample(profile, 4, 1638400);
  EXPECT_TRUE(reaches_buckets(profile));
  add_sample(profile, 4, 8);
  EXPECT_TRUE(reaches_buckets(profile)) << "the largest counts, not the last";
  comm::CommProfile alone = profile_of(1, {});
  add_sample(alone, 1, 1e9);
  EXPECT_FALSE(reaches_buckets(alone)) << "one rank has nobody to talk to";
}

}  // namespace
}  // namespace scalesim::sim
