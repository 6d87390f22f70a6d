// How often to repeat a collective, and what its repetitions say. After Hunold & Carpen-Amarie, arXiv
// 1505.07734: barrier, clock on every rank, maximum over ranks of each repetition, median with its 95 %
// interval.
#pragma once

#include <vector>

#include "comm/probe/backend.h"
#include "comm/profile/profile.h"

namespace scalesim::comm {

struct SamplingLimits {
  int least = 3;  ///< repetitions made whatever the time
  int most = 200;
  double spread =
      0.02;           ///< stop when the 95 % interval of the median is within this fraction of it, both sides
  Seconds time{0.1};  ///< stop after this long
};

/// Repetitions of one collective at one size: the maximum over ranks of each, in seconds.
struct Series {
  Bytes bytes{};  ///< bytes that really moved
  std::vector<double> times;
  long wrong = 0;
  Seconds estimate{};  ///< the library's own, 0 when it makes none
};

/// Adds repetitions to `series` (its own warm-up first, whose result is checked) until the limits say stop.
/// All ranks of the channel make the same number of repetitions.
Series extend(Series series, Channel& channel, Collective collective, Bytes bytes,
              const SamplingLimits& limits);

/// Median, its 95 % interval, p95, minimum, and how many repetitions lie further than 5 robust deviations
/// from the median. Precondition: the series is not empty.
Sample summarise(const Series& series, Collective collective, const RankGroup& group);

}  // namespace scalesim::comm
