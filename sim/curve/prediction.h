// The answer: one curve per system, one point per GPU count, and every figure that went in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/provenance.h"
#include "core/units.h"

namespace scalesim::sim {

struct Point {
  int gpus = 1;
  int nodes = 1;
  Seconds step{};
  Seconds compute{};                ///< forward and backward, slowed by what overlaps them
  Seconds communication{};          ///< all collectives, hidden or not
  Seconds exposed_communication{};  ///< what the step waits for
  Seconds bubble{};
  Seconds input{};
  Seconds straggler{};
  Seconds optimizer{};
  double throughput = 0;  ///< samples per second, all GPUs
  double speedup = 1;     ///< against one GPU (against the smallest size that fits, times its GPUs)
  double speedup_low = 1;
  double speedup_high = 1;
  double efficiency = 1;           ///< speedup / gpus
  double marginal_efficiency = 1;  ///< speed-up that each GPU added since the point before brings
  Bytes memory{};
  bool fits = true;
  double mfu = 0;              ///< model FLOPs utilisation
  double gpu_utilization = 0;  ///< share of the step in which a compute kernel runs
  std::string bottleneck;
  double goodput = 1;               ///< share of a long job's time spent in steps that are kept
  double sustained_throughput = 0;  ///< throughput times goodput
  Seconds mean_failure{};           ///< between two failures of the job; zero when none happen
  Seconds checkpoint{};             ///< to write one
  Seconds checkpoint_interval{};    ///< between two
  Seconds evaluation{};             ///< one periodic evaluation
  std::string pace;                 ///< the GPU that the others wait for, where GPUs differ
};

/// The step simulated again with one thing changed.
struct Change {
  std::string what;
  double gain = 0;  ///< of throughput; 0.031: 3.1 % more
};

/// What one point of a curve depends on.
struct Explanation {
  int gpus = 1;
  std::vector<Change> sensitivity;  ///< each thing 10 % better, largest gain first
  std::vector<Change> switches;     ///< what a user can turn on or off, largest gain first
  std::string first;                ///< what to change first; empty when nothing brings half a per cent
  std::string layer;                ///< the layer, or layers of all blocks, that compute longest
  double layer_share = 0;           ///< of forward and backward
};

struct Curve {
  std::string system;
  std::string description;
  Provenance provenance = Provenance::datasheet;  ///< of the communication times
  std::vector<Point> points;
  std::optional<Explanation> explanation;  ///< of the largest point (sim/curve/sensitivity.h)

  /// The largest point that fits; the largest of all when none does; null for an empty curve.
  const Point* largest() const {
    for (auto p = points.rbegin(); p != points.rend(); ++p)
      if (p->fits) return &*p;
    return points.empty() ? nullptr : &points.back();
  }
};

/// One system on the grid: values in the order batch, bandwidth factor, GPU count; none where memory is
/// short.
struct GridSurface {
  std::string system;
  std::vector<int> gpus;
  std::vector<std::optional<double>> speedup;
  std::vector<std::optional<double>> throughput;
};

/// The prediction at other batch sizes and link speeds (sim/curve/explore.h).
struct Grid {
  std::vector<std::int64_t> batches;      ///< per GPU, ascending
  std::vector<double> bandwidth_factors;  ///< 1 is the links as they are
  std::vector<GridSurface> surfaces;
};

struct Prediction {
  std::string model;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  double flops_step = 0;  ///< model FLOPs of one step on one GPU, forward and backward
  std::string gpu;
  std::int64_t batch_per_gpu = 0;
  std::string precision;
  std::string strategy;
  std::string throughput_unit;
  std::vector<Curve> curves;
  std::vector<Input> inputs;
  std::vector<std::string> warnings;
  std::optional<Grid> grid;  ///< where --explore asked for it
};

}  // namespace scalesim::sim
