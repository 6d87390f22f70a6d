// Levenberg-Marquardt over constants squeezed into their bounds, and leave-one-group-out errors.
#include "tools/compute/fit.h"

#include <Eigen/Dense>
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

/// Unbounded coordinate of a value within [low, high], and back.
double squeeze(double x, const ConstantField& f) { return f.low + (f.high - f.low) / (1 + std::exp(-x)); }
double stretch(double value, const ConstantField& f) {
  const double share = std::clamp((value - f.low) / (f.high - f.low), 0.02, 0.98);
  return std::log(share / (1 - share));
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

/// Weight of a row in the least squares that stand for the robust cost (iteratively reweighted).
double robust_weight(double log_ratio) {
  constexpr double kKnee = 0.15;
  return std::abs(log_ratio) < kKnee ? 1 : kKnee / std::abs(log_ratio);
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

namespace {

/// Rows, their weights and the constants that may move: what one fit works on.
class Problem {
 public:
  Problem(const std::vector<Observation>& rows, const ComputeConstants& start,
          const std::vector<ConstantField>& free)
      : rows_(rows), start_(start), free_(free), weights_(group_weights(rows)) {}

  Eigen::VectorXd residuals(const Point& point) const {
    const ComputeConstants constants = constants_at(point, start_, free_);
    Eigen::VectorXd r(static_cast<Eigen::Index>(rows_.size()));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      r[static_cast<Eigen::Index>(i)] = std::log(rows_[i].predict(constants) / rows_[i].measured);
    }
    return r;
  }
  double cost(const Eigen::VectorXd& r) const {
    double sum = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      sum += weights_[i] * robust(r[static_cast<Eigen::Index>(i)]);
    return sum;
  }
  /// Differences of the residuals for a step of each coordinate.
  Eigen::MatrixXd jacobian(const Point& point, const Eigen::VectorXd& r, double width) const {
    Eigen::MatrixXd j(r.size(), static_cast<Eigen::Index>(point.size()));
    for (std::size_t k = 0; k < point.size(); ++k) {
      Point moved = point;
      moved[k] += width;
      j.col(static_cast<Eigen::Index>(k)) = (residuals(moved) - r) / width;
    }
    return j;
  }
  Eigen::VectorXd row_weights(const Eigen::VectorXd& r) const {
    Eigen::VectorXd w(r.size());
    for (Eigen::Index i = 0; i < r.size(); ++i)
      w[i] = weights_[static_cast<std::size_t>(i)] * robust_weight(r[i]);
    return w;
  }

 private:
  const std::vector<Observation>& rows_;
  const ComputeConstants& start_;
  const std::vector<ConstantField>& free_;
  std::vector<double> weights_;
};

/// A coordinate far out on the flat end of its squeeze feels nothing any more: keep it within 1 % of the
/// bounds.
double within_reach(double x) { return std::clamp(x, -4.6, 4.6); }

/// Levenberg-Marquardt (Marquardt 1963) on reweighted residuals.
Point minimise(const Problem& problem, Point point, int iterations, double width) {
  Eigen::VectorXd r = problem.residuals(point);
  double best = problem.cost(r), damping = 1e-2;
  for (int i = 0; i < iterations && damping < 1e6; ++i) {
    const Eigen::MatrixXd j = problem.jacobian(point, r, width);
    const Eigen::VectorXd w = problem.row_weights(r);
    const Eigen::MatrixXd normal = j.transpose() * w.asDiagonal() * j;
    const Eigen::VectorXd slope = j.transpose() * w.cwiseProduct(r);
    const double before = best;
    for (; damping < 1e6; damping *= 4) {
      const Eigen::MatrixXd damped =
          normal + damping * (normal.diagonal().asDiagonal().toDenseMatrix() +
                              1e-6 * Eigen::MatrixXd::Identity(normal.rows(), normal.cols()));
      const Eigen::VectorXd step = damped.ldlt().solve(-slope);
      Point next = point;
      for (std::size_t k = 0; k < next.size(); ++k)
        next[k] = within_reach(next[k] + step[static_cast<Eigen::Index>(k)]);
      const Eigen::VectorXd moved = problem.residuals(next);
      if (const double cost = problem.cost(moved); cost < best) {
        point = std::move(next);
        r = moved;
        best = cost;
        damping = std::max(damping / 8, 1e-6);
        break;
      }
    }
    if (before - best < 1e-4 * before) break;  // too small to matter beside the scatter of the rows
  }
  return point;
}

}  // namespace

ComputeConstants fit(const std::vector<Observation>& observations, const ComputeConstants& start,
                     const std::vector<ConstantField>& free, int iterations) {
  SCALESIM_CHECK(!observations.empty());
  Point point;
  for (const ConstantField& f : free) point.push_back(stretch(start.*f.member, f));
  const Problem problem(observations, start, free);
  // Maxima of several kernels' times make kinks; a wide difference looks across them, a narrow one settles.
  for (const double width : {0.5, 0.15, 0.05}) point = minimise(problem, std::move(point), iterations, width);
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
      return LeftOut{group.first, errors_of(group.second, fit(rest, start, free, 8))};
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
