// A point of a curve seen over weeks instead of over one step: the band of its speed-up over placements, and
// the share of the time that trains.
#pragma once

#include <vector>

#include "core/units.h"
#include "sim/scenario/constants.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/reality.h"
#include "sim/scenario/scenario.h"

namespace scalesim::sim {

struct Band {
  double low = 0, high = 0;
};

/// Draws placements of a job: which ranks and hosts it gets, and how its network and kernels turn out.
class PlacementDraws {
 public:
  /// Every point of every curve is judged by the same draws, so that curves stay smooth.
  PlacementDraws(const Reality& reality, const StepConstants& constants, int draws, std::uint64_t seed);

  /// What one step looks like to the draws. `worst`, `middle` and `best` are speed-ups at the ends of what is
  /// uncertain about network and kernels; `straggler` is the expected wait already inside `step`.
  struct Point {
    int gpus = 1, gpus_per_node = 1;
    double worst = 1, middle = 1, best = 1;
    Seconds step{}, busy{}, straggler{};
  };
  /// 5th and 95th percentile of the speed-up. The ends are taken as those percentiles of a normal deviate.
  Band band(const Point& point) const;

  /// How long the step waits for its slowest rank in draw `i`: persistent deviations are drawn, per-step
  /// jitter enters with its expected maximum, and a slow host slows all that waits for it.
  Seconds delay(std::size_t i, const Point& point) const;
  std::size_t size() const { return draws_.size(); }

 private:
  struct Draw {
    double position = 0;   ///< between the ends of the network's and the kernels' uncertainty, in [-1, 1]
    double log_rank = 0;   ///< logarithm of the quantile of the slowest rank
    double slow_host = 0;  ///< quantile: a slow host is there when its probability is larger
  };
  Reality reality_;
  StepConstants constants_;
  std::vector<Draw> draws_;
};

/// A job of many steps.
struct LongRun {
  double goodput = 1;      ///< share of the time spent in training steps that are kept
  Seconds mean_failure{};  ///< between two failures of the job; zero when none happen
  Seconds checkpoint{};    ///< to write one
  Seconds interval{};      ///< between two
  Seconds evaluation{};    ///< of one
};

/// Parameters in their own and the master's precision and the optimizer's moments (mixed precision, as
/// Megatron-LM and DeepSpeed keep them): 14 B per parameter with Adam in half precision.
Bytes checkpoint_bytes(const Scenario& scenario);

/// `step` and the forward pass of one sample on one replica's pipeline; `sharded`: every rank writes its part
/// of the optimizer's state, else one replica writes all.
LongRun long_run(const Scenario& scenario, const Layout& layout, int nics_per_node, const Reality& reality,
                 bool sharded, Seconds step, Seconds forward_per_sample);

}  // namespace scalesim::sim
