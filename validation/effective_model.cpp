// Pattern search from a grid of starts, then one profile per parameter: four parameters and a handful of
// rows.
#include "validation/effective_model.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace scalesim::validation {

namespace {

using Point = std::array<double, 4>;  ///< each in [0, 1]

constexpr double kLargestLatency = 5, kLargestVolume = 200, kLargestContention = 1.5, kLargestOverlap = 1;
constexpr double kThreshold = 3.841;  ///< 95 % of chi-squared with one degree of freedom
constexpr double kPreferLess = 1e-7;
constexpr int kProfileSteps = 40;
constexpr double kMostOfRange = 0.6, kHardlyShows = 0.02;

double cube(double x) { return x * x * x; }

/// Latency and volume by cubes: small values matter as much as large ones.
EffectiveModel model_at(const Point& p) {
  return {kLargestLatency * cube(p[0]), kLargestVolume * cube(p[1]), kLargestContention * p[2],
          kLargestOverlap * p[3]};
}

double value_of(const EffectiveModel& m, std::size_t k) {
  return k == 0 ? m.latency : k == 1 ? m.volume : k == 2 ? m.contention : m.overlap;
}

double coordinate(std::size_t k, double value) {
  if (k == 0) return std::cbrt(value / kLargestLatency);
  if (k == 1) return std::cbrt(value / kLargestVolume);
  return value / (k == 2 ? kLargestContention : kLargestOverlap);
}

class Search {
 public:
  Search(const std::vector<SpeedupRow>& rows, const EffectiveFitOptions& options) : rows_(rows) {
    for (std::size_t k = 0; k < 4; ++k) {
      held_[k] = options.fixed[k] >= 0;
      if (held_[k]) start_[k] = std::clamp(coordinate(k, options.fixed[k]), 0.0, 1.0);
    }
  }

  /// Sum of squared relative errors of the step times.
  double loss(const Point& p) const {
    const EffectiveModel m = model_at(p);
    const double base = m.step(rows_[0].gpus);
    double sum = 0;
    for (std::size_t i = 1; i < rows_.size(); ++i) {
      const double measured = rows_[i].gpus / rows_[i].speedup * rows_[0].speedup / rows_[0].gpus;
      const double error = std::log(m.step(rows_[i].gpus) / base / measured);
      sum += error * error;
    }
    // Of two models that say the same the one with less in it: far below any noise.
    return sum + kPreferLess * (p[0] * p[0] + p[2] * p[2] + p[3] * p[3]);
  }

  double largest_size() const { return rows_.back().gpus; }

  struct Found {
    Point point{};
    double loss = 0;
  };

  /// Best point with parameter `pinned` at `at` (-1: none), from every start of a coarse grid and `near`.
  Found best(int pinned, double at, const std::vector<Point>& near) const {
    std::vector<Point> starts = near.empty() ? grid() : near;
    Found result{{}, 1e300};
    for (Point start : starts) {
      if (pinned >= 0) start[static_cast<std::size_t>(pinned)] = at;
      const Found found = descend(start, pinned);
      if (found.loss < result.loss) result = found;
    }
    return result;
  }

 private:
  std::vector<Point> grid() const {
    constexpr double kStarts[] = {0.0, 0.15, 0.4};
    std::vector<Point> points;
    for (const double a : {0.0, 0.06, 0.2})
      for (const double b : {0.05, 0.1, 0.25, 0.6})
        for (const double c : {0.0, 0.35, 0.7})
          for (const double d : kStarts) {
            Point p = {a, b, c, d};
            for (std::size_t k = 0; k < 4; ++k)
              if (held_[k]) p[k] = start_[k];
            points.push_back(p);
          }
    return points;
  }

  Found descend(Point point, int pinned) const {
    double lowest = loss(point);
    for (double step = 0.1; step > 2e-5;) {
      bool moved = false;
      for (std::size_t k = 0; k < 4; ++k) {
        if (held_[k] || static_cast<int>(k) == pinned) continue;
        for (const double sign : {-1.0, 1.0}) {
          Point trial = point;
          trial[k] = std::clamp(trial[k] + sign * step, 0.0, 1.0);
          const double value = loss(trial);
          if (value < lowest) lowest = value, point = trial, moved = true;
        }
      }
      if (!moved) step /= 2;
    }
    return {point, lowest};
  }

  const std::vector<SpeedupRow>& rows_;
  std::array<bool, 4> held_{};
  Point start_{};
};

/// A size is known when its interval spans less than a factor of ten, or when even its upper end hardly
/// shows.
bool known_in_size(const ParameterInterval& interval, std::size_t k, double gpus) {
  EffectiveModel most;
  (k == 0 ? most.latency : most.volume) = interval.high;
  return (interval.low > 0 && interval.high < 10 * interval.low) || most.communication(gpus) < kHardlyShows;
}

/// Widens the interval of parameter k over its range, and keeps what lies inside the 95 % region.
void profile(const Search& search, std::size_t k, const Search::Found& found, EffectiveFit& fit) {
  ParameterInterval& interval = fit.parameters[k];
  const double limit = found.loss + kThreshold * fit.noise * fit.noise;
  double low = found.point[k], high = found.point[k];
  const auto scan = [&](double direction) {
    std::vector<Point> near = {found.point};
    for (int i = 1; i <= kProfileSteps; ++i) {
      const double at = found.point[k] + direction * i / kProfileSteps;
      const double held = std::clamp(at, 0.0, 1.0);
      // What was best one step before, and the far corners that trade one parameter for another.
      std::vector<Point> starts = {near.back(), found.point};
      for (const double other : {0.0, 0.3, 0.8})
        starts.push_back({other * 0.5, found.point[1], other, other * 0.4});
      const Search::Found here = search.best(static_cast<int>(k), held, starts);
      if (here.loss > limit) return;
      low = std::min(low, held);
      high = std::max(high, held);
      near.push_back(here.point);
      fit.plausible.push_back(model_at(here.point));
      if (held != at) return;
    }
  };
  scan(-1);
  scan(1);
  Point ends = found.point;
  ends[k] = low;
  interval.low = value_of(model_at(ends), k);
  ends[k] = high;
  interval.high = value_of(model_at(ends), k);
  interval.identifiable =
      k < 2 ? known_in_size(interval, k, search.largest_size()) : high - low < kMostOfRange;
}

}  // namespace

double EffectiveModel::communication(double gpus) const {
  if (gpus <= 1) return 0;
  return 2 * (gpus - 1) * latency + 2 * (gpus - 1) / gpus * volume * std::pow(gpus / 2, contention);
}

double EffectiveModel::step(double gpus) const { return 1 + std::max(0.0, communication(gpus) - overlap); }

EffectiveFit::Range EffectiveFit::speedup(double gpus) const {
  Range range{best.speedup(gpus), best.speedup(gpus), best.speedup(gpus)};
  for (const EffectiveModel& model : plausible) {
    range.low = std::min(range.low, model.speedup(gpus));
    range.high = std::max(range.high, model.speedup(gpus));
  }
  return range;
}

EffectiveFit fit_effective_model(const std::vector<SpeedupRow>& rows, const EffectiveFitOptions& options) {
  SCALESIM_CHECK(rows.size() >= 2);
  const Search search(rows, options);
  const Search::Found found = search.best(-1, 0, {});
  EffectiveFit fit;
  fit.best = model_at(found.point);
  const double count = static_cast<double>(rows.size()) - 1;
  fit.residual = std::sqrt(found.loss / count);
  const double freedom = count - 4;
  fit.noise =
      std::max(options.least_noise, freedom >= 1 ? std::sqrt(found.loss / freedom) : 2 * options.least_noise);
  fit.plausible = {fit.best};
  for (std::size_t k = 0; k < 4; ++k) {
    ParameterInterval& interval = fit.parameters[k];
    interval.value = interval.low = interval.high = value_of(fit.best, k);
    interval.largest = value_of(model_at({1, 1, 1, 1}), k);
    if (options.intervals && options.fixed[k] < 0) profile(search, k, found, fit);
  }
  return fit;
}

}  // namespace scalesim::validation
