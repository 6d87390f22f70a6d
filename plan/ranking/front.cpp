// Sweeps the points by cost.
#include "plan/ranking/front.h"

#include <algorithm>
#include <numeric>

namespace scalesim::plan {
namespace {

std::vector<std::size_t> by_cost(const std::vector<Tradeoff>& points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (points[a].cost != points[b].cost) return points[a].cost < points[b].cost;
    return points[a].speed > points[b].speed;
  });
  return order;
}

}  // namespace

std::vector<bool> pareto_front(const std::vector<Tradeoff>& points) {
  std::vector<bool> front(points.size(), false);
  const Tradeoff* last = nullptr;
  for (const std::size_t i : by_cost(points)) {
    const bool equal = last && points[i].cost == last->cost && points[i].speed == last->speed;
    if (last && !equal && points[i].speed <= last->speed) continue;
    front[i] = true;
    last = &points[i];
  }
  return front;
}

std::optional<std::size_t> knee(const std::vector<Tradeoff>& points, const std::vector<bool>& front) {
  std::vector<std::size_t> order;
  for (const std::size_t i : by_cost(points))
    if (front[i]) order.push_back(i);
  if (order.size() < 3) return std::nullopt;
  const Tradeoff& low = points[order.front()];
  const Tradeoff& high = points[order.back()];
  if (!(high.cost > low.cost) || !(high.speed > low.speed)) return std::nullopt;
  const auto height = [&](std::size_t i) {
    return (points[i].speed - low.speed) / (high.speed - low.speed) -
           (points[i].cost - low.cost) / (high.cost - low.cost);
  };
  return *std::max_element(order.begin(), order.end(),
                           [&](std::size_t a, std::size_t b) { return height(a) < height(b); });
}

}  // namespace scalesim::plan
