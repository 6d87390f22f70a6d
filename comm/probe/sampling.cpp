// The repetition loop; every decision is taken on values all ranks share.
#include "comm/probe/sampling.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "core/error.h"
#include "core/statistics.h"

extern char** environ;

namespace scalesim::comm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kBatchSeconds = 0.01;  ///< repetitions between two exchanges of results
constexpr int kWarmUps = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool settled(const std::vector<double>& times, double spread) {
  const double middle = median(times);
  const Interval interval = median_interval(times);
  return interval.high - middle <= spread * middle && middle - interval.low <= spread * middle;
}

/// One checked repetition, then more until `kWarmUps` or a tenth of the time is gone. Returns the last
/// duration.
double warm_up(Series& series, Channel& channel, const SamplingLimits& limits) {
  double last = channel.maximum({channel.run().value()})[0];
  series.wrong += channel.wrong();
  double spent = last;
  for (int i = 1; i < kWarmUps && spent < limits.time.value() / 10; ++i) {
    last = channel.maximum({channel.run().value()})[0];
    spent += last;
  }
  return last;
}

}  // namespace

Series extend(Series series, Channel& channel, Collective collective, Bytes bytes,
              const SamplingLimits& limits) {
  const Clock::time_point start = Clock::now();
  series.bytes = channel.prepare(collective, bytes);
  double expected = warm_up(series, channel, limits);
  series.estimate = channel.estimate();
  double elapsed = 0;
  for (int done = 0; done < limits.most;) {
    const int batch = std::clamp(static_cast<int>(kBatchSeconds / std::max(expected, 1e-9)), 1, 20);
    std::vector<double> values;
    for (int i = 0; i < std::min(batch, limits.most - done); ++i) values.push_back(channel.run().value());
    values.push_back(seconds_since(start));
    values = channel.maximum(std::move(values));
    elapsed = values.back();
    values.pop_back();
    expected = median(values);
    series.times.insert(series.times.end(), values.begin(), values.end());
    done += static_cast<int>(values.size());
    if (done < limits.least) continue;
    if (elapsed >= limits.time.value()) break;
    if (series.times.size() >= 10 && settled(series.times, limits.spread)) break;
  }
  return series;
}

Sample summarise(const Series& series, Collective collective, const RankGroup& group) {
  SCALESIM_CHECK(!series.times.empty());
  Sample sample;
  sample.collective = collective;
  sample.ranks = static_cast<int>(group.ranks.size());
  sample.nodes = group.nodes;
  sample.scope = group.scope;
  sample.bytes = series.bytes;
  const double middle = median(series.times);
  const Interval interval = median_interval(series.times);
  sample.median = Seconds(middle);
  sample.low = Seconds(interval.low);
  sample.high = Seconds(interval.high);
  sample.p95 = Seconds(quantile(series.times, 0.95));
  sample.minimum = Seconds(*std::min_element(series.times.begin(), series.times.end()));
  sample.repetitions = static_cast<int>(series.times.size());
  const double far = std::max(5 * robust_deviation(series.times), middle / 2);
  sample.outliers = static_cast<int>(std::count_if(
      series.times.begin(), series.times.end(), [&](double time) { return std::abs(time - middle) > far; }));
  sample.wrong = series.wrong;
  sample.estimate = series.estimate;
  return sample;
}

std::map<std::string, std::string> environment_variables(const std::vector<std::string>& prefixes) {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    for (const std::string& prefix : prefixes)
      if (text.rfind(prefix, 0) == 0) found[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return found;
}

}  // namespace scalesim::comm
