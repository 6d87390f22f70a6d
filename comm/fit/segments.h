// Fits time = alpha + bytes * beta to measurements, in pieces: MPI and NCCL change protocol with size, so one
// straight line never holds from 8 B to 1 GB.
#pragma once

#include <span>
#include <vector>

#include "comm/profile/profile.h"

namespace scalesim::comm {

/// A size and how long it took, both positive.
struct Point {
  double bytes = 0;
  double seconds = 0;
};

struct Line {
  double alpha = 0;  ///< s, never negative
  double beta = 0;   ///< s per byte, never negative
  double at(double bytes) const { return alpha + beta * bytes; }
};

/// Least relative squares with alpha, beta >= 0, Huber weights (k = 1.345) against outliers. Needs at least
/// one point.
Line fit_line(std::span<const Point> points);

/// Points sorted by size, cut where the Bayesian information criterion says a further straight piece is worth
/// its three parameters; at least three points each unless there are fewer. Dynamic programming, exact.
std::vector<Regime> fit_regimes(std::span<const Point> points);

/// Pool-adjacent-violators: the non-decreasing times nearest (in relative squares) to the measured ones.
std::vector<Point> make_monotone(std::vector<Point> points);

}  // namespace scalesim::comm
