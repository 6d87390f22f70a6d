// Nelder-Mead simplex over constants squeezed into their bounds, and leave-one-group-out errors.
#include "workloads/calibrate/fit.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/statistics.h"

namespace scalesim::workloads::calibrate {
namespace {

using Point = std::vector<double>;
using Cost = std::function<double(const Point&)>;

/// Unbounded coordinate of a value within [low, high], and back.
double squeeze(double x, const ConstantField& f) { return f.low + (f.high - f.low) / (1 + std::exp(-x)); }
double stretch(double value, const ConstantField& f) {
  const double share = std::clamp((value - f.low) / (f.high - f.low), 0.02, 0.98);
  return std::log(share / (1 - share));
}

Point mix(const Point& a, const Point& b, double t) {
  Point p(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) p[i] = a[i] + t * (b[i] - a[i]);
  return p;
}

/// A gain too small to matter beside the scatter of the rows, whose costs are about 0.03.
constexpr double kConverged = 1e-5;

/// Nelder & Mead 1965 with the usual coefficients 1, 2, 1/2, 1/2.
Point minimise(const Cost& cost, const Point& start, double step, int evaluations) {
  std::vector<std::pair<double, Point>> simplex;
  simplex.emplace_back(cost(start), start);
  for (std::size_t i = 0; i < start.size(); ++i) {
    Point p = start;
    p[i] += step;
    simplex.emplace_back(cost(p), p);
  }
  const auto order = [&] { std::sort(simplex.begin(), simplex.end()); };
  order();
  for (int used = 0; used < evaluations && simplex.back().first - simplex.front().first > kConverged;
       ++used) {
    Point centre(start.size(), 0.0);
    for (std::size_t j = 0; j + 1 < simplex.size(); ++j) {
      for (std::size_t i = 0; i < centre.size(); ++i)
        centre[i] += simplex[j].second[i] / (simplex.size() - 1.0);
    }
    auto& worst = simplex.back();
    const Point reflected = mix(centre, worst.second, -1);
    const double r = cost(reflected);
    if (r < simplex.front().first) {
      const Point further = mix(centre, worst.second, -2);
      const double e = cost(further);
      worst = e < r ? std::make_pair(e, further) : std::make_pair(r, reflected);
    } else if (r < simplex[simplex.size() - 2].first) {
      worst = {r, reflected};
    } else {
      const Point nearer = mix(centre, r < worst.first ? reflected : worst.second, 0.5);
      const double c = cost(nearer);
      if (c < std::min(r, worst.first)) {
        worst = {c, nearer};
      } else {
        for (std::size_t j = 1; j < simplex.size(); ++j) {
          simplex[j].second = mix(simplex.front().second, simplex[j].second, 0.5);
          simplex[j].first = cost(simplex[j].second);
        }
      }
    }
    order();
  }
  return simplex.front().second;
}

ComputeConstants constants_at(const Point& point, ComputeConstants constants,
                              const std::vector<ConstantField>& free) {
  for (std::size_t i = 0; i < free.size(); ++i) constants.*free[i].member = squeeze(point[i], free[i]);
  return constants;
}

/// Quadratic near zero, linear beyond 15 %: one odd row must not bend the rest.
double robust(double log_ratio) {
  constexpr double kKnee = 0.15;
  const double size = std::abs(log_ratio);
  return size < kKnee ? size * size / (2 * kKnee) : size - kKnee / 2;
}

double mean_cost(const std::vector<Observation>& observations, const std::vector<double>& weights,
                 const ComputeConstants& constants) {
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    sum += weights[i] * robust(std::log(observations[i].predict(constants) / observations[i].measured));
    weight += weights[i];
  }
  return sum / weight;
}

/// Square root of the group's share: a family of eighty rows must not drown one of four, nor the other way
/// round.
std::vector<double> group_weights(const std::vector<Observation>& observations) {
  std::map<std::string, double> sizes;
  for (const Observation& o : observations) ++sizes[o.group];
  std::vector<double> weights;
  for (const Observation& o : observations) weights.push_back(1 / std::sqrt(sizes[o.group]));
  return weights;
}

}  // namespace

std::vector<ConstantField> fields_named(const std::vector<std::string_view>& names) {
  std::vector<ConstantField> fields;
  for (const ConstantField& field : constant_fields()) {
    if (std::find(names.begin(), names.end(), field.name) != names.end()) fields.push_back(field);
  }
  SCALESIM_CHECK(fields.size() == names.size());
  return fields;
}

Errors errors_of(const std::vector<Observation>& observations, const ComputeConstants& constants) {
  std::vector<double> errors;
  for (const Observation& o : observations) errors.push_back(std::abs(o.predict(constants) / o.measured - 1));
  if (errors.empty()) return {};
  return {mean(errors), median(errors), quantile(errors, 0.9), errors.size()};
}

ComputeConstants fit(const std::vector<Observation>& observations, const ComputeConstants& start,
                     const std::vector<ConstantField>& free, const Effort& effort) {
  SCALESIM_CHECK(!observations.empty());
  const std::vector<double> weights = group_weights(observations);
  const Cost cost = [&](const Point& p) {
    return mean_cost(observations, weights, constants_at(p, start, free));
  };
  Point point;
  for (const ConstantField& f : free) point.push_back(stretch(start.*f.member, f));
  // A simplex can collapse early: begin again from where it stopped, with smaller steps.
  for (const double step : effort.steps) {
    point = minimise(cost, point, step, effort.evaluations * static_cast<int>(free.size()));
  }
  return constants_at(point, start, free);
}

std::vector<LeftOut> leave_one_group_out(const std::vector<Observation>& observations,
                                         const ComputeConstants& start,
                                         const std::vector<ConstantField>& free) {
  std::map<std::string, std::vector<Observation>> groups;
  for (const Observation& o : observations) groups[o.group].push_back(o);
  if (groups.size() < 2) return {};
  // Groups are independent; each is fitted on a thread of its own, and read back in their order.
  std::vector<std::future<LeftOut>> pending;
  for (const auto& group : groups) {
    pending.push_back(std::async(std::launch::async, [&observations, &start, &free, &group] {
      std::vector<Observation> rest;
      for (const Observation& o : observations) {
        if (o.group != group.first) rest.push_back(o);
      }
      return LeftOut{group.first, errors_of(group.second, fit(rest, start, free, {{0.6}, 25}))};
    }));
  }
  std::vector<LeftOut> result;
  for (std::future<LeftOut>& left_out : pending) result.push_back(left_out.get());
  return result;
}

double mean_over_groups(const std::vector<LeftOut>& left_out) {
  double sum = 0;
  for (const LeftOut& group : left_out) sum += group.errors.mean;
  return left_out.empty() ? 0 : sum / static_cast<double>(left_out.size());
}

}  // namespace scalesim::workloads::calibrate
