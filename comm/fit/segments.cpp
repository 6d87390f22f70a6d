// Relative least squares per piece, pieces by dynamic programming.
#include "comm/fit/segments.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/statistics.h"

namespace scalesim::comm {

namespace {

constexpr size_t fewest_points = 3;
constexpr size_t most_pieces = 8;
/// Differences below half a per cent are noise of the clock, not structure.
constexpr double noise_floor = 0.005;

/// Minimises sum w ((alpha + beta S) / T - 1)^2 over alpha, beta >= 0: two unknowns, so the edges are tried
/// by hand.
Line weighted_line(std::span<const Point> points, std::span<const double> weights) {
  double uu = 0, uv = 0, vv = 0, u1 = 0, v1 = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const double u = 1 / points[i].seconds, v = points[i].bytes / points[i].seconds, w = weights[i];
    uu += w * u * u;
    uv += w * u * v;
    vv += w * v * v;
    u1 += w * u;
    v1 += w * v;
  }
  const double determinant = uu * vv - uv * uv;
  if (determinant > 1e-12 * uu * vv) {
    const Line free{(vv * u1 - uv * v1) / determinant, (uu * v1 - uv * u1) / determinant};
    if (free.alpha >= 0 && free.beta >= 0) return free;
    if (free.alpha < 0) return {0, v1 / vv};
  }
  return {u1 / uu, 0};
}

double relative_residual(const Line& line, const Point& point) {
  return line.at(point.bytes) / point.seconds - 1;
}

double squared_error(std::span<const Point> points) {
  const std::vector<double> ones(points.size(), 1.0);
  const Line line = weighted_line(points, ones);
  double sum = 0;
  for (const Point& point : points) {
    // One wild point must not buy a piece of its own.
    const double residual = std::clamp(relative_residual(line, point), -0.5, 0.5);
    sum += residual * residual;
  }
  return sum;
}

/// costs[i][j]: squared relative error of one line through points i..j.
std::vector<std::vector<double>> piece_costs(std::span<const Point> points) {
  const size_t m = points.size();
  std::vector<std::vector<double>> costs(m, std::vector<double>(m, std::numeric_limits<double>::infinity()));
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = i + fewest_points - 1; j < m; ++j)
      costs[i][j] = squared_error(points.subspan(i, j - i + 1));
  }
  return costs;
}

/// First points of the pieces that minimise m ln(error / m) + 3 pieces ln m.
std::vector<size_t> best_starts(std::span<const Point> points) {
  const size_t m = points.size();
  if (m < 2 * fewest_points) return {0};
  const auto costs = piece_costs(points);
  const double infinity = std::numeric_limits<double>::infinity();
  const size_t limit = std::min(most_pieces, m / fewest_points);
  // best[k][j]: least error of points 0..j in k+1 pieces; from[k][j]: where the last of them starts.
  std::vector<std::vector<double>> best(limit, std::vector<double>(m, infinity));
  std::vector<std::vector<size_t>> from(limit, std::vector<size_t>(m, 0));
  best[0] = costs[0];
  for (size_t k = 1; k < limit; ++k) {
    for (size_t j = 0; j < m; ++j) {
      for (size_t start = 1; start <= j; ++start) {
        const double error = best[k - 1][start - 1] + costs[start][j];
        if (error < best[k][j]) {
          best[k][j] = error;
          from[k][j] = start;
        }
      }
    }
  }
  size_t pieces = 0;
  double least = infinity;
  for (size_t k = 0; k < limit; ++k) {
    const double count = static_cast<double>(m);
    const double variance = best[k][m - 1] / count + noise_floor * noise_floor;
    const double criterion = count * std::log(variance) + 3 * static_cast<double>(k + 1) * std::log(count);
    if (criterion < least) {
      least = criterion;
      pieces = k;
    }
  }
  std::vector<size_t> starts;
  size_t end = m - 1;
  for (size_t k = pieces + 1; k-- > 0;) {
    const size_t start = k == 0 ? 0 : from[k][end];
    starts.push_back(start);
    if (start > 0) end = start - 1;
  }
  std::reverse(starts.begin(), starts.end());
  return starts;
}

}  // namespace

Line fit_line(std::span<const Point> points) {
  SCALESIM_CHECK(!points.empty());
  std::vector<double> weights(points.size(), 1.0);
  Line line = weighted_line(points, weights);
  for (int round = 0; round < 5; ++round) {
    std::vector<double> residuals;
    for (const Point& point : points) residuals.push_back(relative_residual(line, point));
    std::vector<double> sizes;
    for (const double residual : residuals) sizes.push_back(std::abs(residual));
    const double limit = 1.345 * std::max(1.4826 * median(sizes), noise_floor);
    for (size_t i = 0; i < points.size(); ++i) weights[i] = sizes[i] <= limit ? 1 : limit / sizes[i];
    line = weighted_line(points, weights);
  }
  return line;
}

std::vector<Regime> fit_regimes(std::span<const Point> points) {
  SCALESIM_CHECK(!points.empty());
  std::vector<Regime> regimes;
  const std::vector<size_t> starts = best_starts(points);
  for (size_t i = 0; i < starts.size(); ++i) {
    const size_t end = i + 1 < starts.size() ? starts[i + 1] : points.size();
    const std::span<const Point> piece = points.subspan(starts[i], end - starts[i]);
    const Line line = fit_line(piece);
    Regime regime;
    regime.from = Bytes(piece.front().bytes);
    regime.to = Bytes(piece.back().bytes);
    regime.alpha = Seconds(line.alpha);
    regime.beta = line.beta;
    for (const Point& point : piece) regime.residual += std::abs(relative_residual(line, point));
    regime.residual /= static_cast<double>(piece.size());
    regimes.push_back(regime);
  }
  return regimes;
}

std::vector<Point> make_monotone(std::vector<Point> points) {
  struct Block {
    double log_time = 0;
    double weight = 0;
    size_t count = 0;
  };
  std::vector<Block> blocks;
  for (const Point& point : points) {
    blocks.push_back({std::log(point.seconds), 1, 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].log_time > blocks.back().log_time) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& merged = blocks.back();
      merged.log_time =
          (merged.log_time * merged.weight + last.log_time * last.weight) / (merged.weight + last.weight);
      merged.weight += last.weight;
      merged.count += last.count;
    }
  }
  size_t next = 0;
  for (const Block& block : blocks) {
    for (size_t i = 0; i < block.count; ++i) points[next++].seconds = std::exp(block.log_time);
  }
  return points;
}

}  // namespace scalesim::comm
