// Which offers nobody can beat, and where more speed starts to cost too much.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace scalesim::plan {

/// `speed` is better when larger, `cost` when smaller.
struct Tradeoff {
  double cost = 0;
  double speed = 0;
};

/// True for points that no other beats: none is at least as fast and as cheap and better in one of the two.
std::vector<bool> pareto_front(const std::vector<Tradeoff>& points);

/// The point of the front farthest above the straight line between its ends, both axes scaled to their range
/// (the "Kneedle" rule, doi:10.1109/ICDCSW.2011.20). Nothing with fewer than three points.
std::optional<std::size_t> knee(const std::vector<Tradeoff>& points, const std::vector<bool>& front);

}  // namespace scalesim::plan
