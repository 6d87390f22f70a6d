// Monte Carlo over placements by inverting order statistics, and Daly's model of failures.
#include "sim/curve/long_run.h"

#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "sim/curve/goodput.h"
#include "sim/scenario/random_source.h"
#include "sim/step/stragglers.h"

namespace scalesim::sim {
namespace {

constexpr double kPercentile = 0.05;
constexpr double kPercentileDeviate = 1.6448536269514722;  // of a standard normal
constexpr double kSecondsPerHour = 3600;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Between `middle` and one end on a logarithmic scale; `position` in [-1, 1], positive towards `best`.
double between(const PlacementDraws::Point& p, double position) {
  const double end = position < 0 ? p.worst : p.best;
  return p.middle * std::pow(end / p.middle, std::fabs(position));
}

int writing_nodes(const Layout& l, bool sharded) {
  if (sharded) return l.nodes();
  const int stages = spread(l.pipeline, l.pipeline_stride, l.gpus_per_node, l.gpus).nodes;
  return std::min(l.nodes(), stages * tensor_group(l).nodes);
}

}  // namespace

PlacementDraws::PlacementDraws(const Reality& reality, const StepConstants& constants, int draws,
                               std::uint64_t seed)
    : reality_(reality), constants_(constants), draws_(at(draws)) {
  RandomSource random(seed);
  const std::vector<double> position = stratified(random, draws), rank = stratified(random, draws),
                            host = stratified(random, draws);
  for (std::size_t i = 0; i < draws_.size(); ++i)
    draws_[i] = {std::clamp(normal_quantile_above(position[i]) / kPercentileDeviate, -1.0, 1.0),
                 std::log(rank[i]), host[i]};
}

Seconds PlacementDraws::delay(std::size_t i, const Point& point) const {
  const Draw& draw = draws_[i];
  const double n = point.gpus, all = constants_.rank_deviation;
  const double lasting = std::sqrt(std::max(0.0, all * all - reality_.step_jitter * reality_.step_jitter));
  const double expected = expected_maximum_of_normals(point.gpus);
  double slower = lasting * maximum_of_normals_at(draw.log_rank, n) + (all - lasting) * expected;
  const double nodes = std::ceil(n / point.gpus_per_node);
  const double some_slow = -std::expm1(nodes * std::log1p(-std::min(reality_.slow_hosts, 1 - 1e-12)));
  if (draw.slow_host < some_slow) {
    const double ranks = std::min(n, static_cast<double>(point.gpus_per_node));
    const double own = 1 + lasting * maximum_of_normals_at(draw.log_rank, ranks);
    slower = std::max(slower, reality_.slow_host_factor * own - 1);
  }
  return point.busy * slower + constants_.host_deviation * expected;
}

Band PlacementDraws::band(const Point& point) const {
  if (point.gpus == 1 || draws_.empty()) return {point.middle, point.middle};
  std::vector<double> speedups;
  for (std::size_t i = 0; i < draws_.size(); ++i) {
    const Seconds step = point.step - point.straggler + delay(i, point);
    speedups.push_back(between(point, draws_[i].position) * (point.step / step));
  }
  return {quantile(speedups, kPercentile), quantile(speedups, 1 - kPercentile)};
}

Bytes checkpoint_bytes(const Scenario& scenario) {
  const double element = topology::bytes_per_element(scenario.compute.precision).value();
  double each = element < 4 ? 2 + 4 : 4;
  if (scenario.compute.optimizer == workloads::Optimizer::momentum) each += 4;
  if (scenario.compute.optimizer == workloads::Optimizer::adam) each += 8;
  return Bytes(each * static_cast<double>(scenario.model.parameter_count()));
}

LongRun long_run(const Scenario& scenario, const Layout& layout, int nics_per_node, const Reality& reality,
                 bool sharded, Seconds step, Seconds forward_per_sample) {
  const RealityOptions& asked = scenario.reality;
  LongRun run;
  FailureModel failures;
  failures.failures_per_second = reality.failures_per_gpu_hour * layout.gpus / kSecondsPerHour;
  failures.restart = reality.restart;
  failures.checkpoint = asked.checkpoint.value_or(
      checkpoint_bytes(scenario) /
      (reality.storage_per_node * static_cast<double>(writing_nodes(layout, sharded))));
  if (failures.failures_per_second > 0) run.mean_failure = Seconds(1 / failures.failures_per_second);
  run.checkpoint = failures.checkpoint;
  run.interval = asked.checkpoint_every.value_or(best_interval(failures));
  run.goodput = goodput(failures, run.interval);
  if (asked.evaluate_every > 0) {
    run.evaluation = forward_per_sample * (static_cast<double>(asked.evaluation_samples) / layout.data);
    const Seconds steps = step * static_cast<double>(asked.evaluate_every);
    run.goodput *= steps / (steps + run.evaluation);
  }
  if (layout.nodes() > 1) {
    const double flaps = reality.flaps_per_nic_hour * nics_per_node * layout.nodes() / kSecondsPerHour;
    run.goodput /= 1 + flaps * reality.flap.value();
  }
  return run;
}

}  // namespace scalesim::sim
