// Groups samples by (collective, ranks, nodes) and fits each group.
#include <algorithm>
#include <map>
#include <tuple>

#include "comm/fit/segments.h"

namespace scalesim::comm {

namespace {

using Key = std::tuple<Collective, int, int>;

/// Usable points by size; equal sizes are averaged over their medians.
std::vector<Point> points_of(const std::vector<const Sample*>& samples) {
  std::map<double, std::vector<double>> by_size;
  for (const Sample* sample : samples) by_size[sample->bytes.value()].push_back(sample->median.value());
  std::vector<Point> points;
  for (const auto& [bytes, times] : by_size) {
    double sum = 0;
    for (const double time : times) sum += time;
    points.push_back({bytes, sum / static_cast<double>(times.size())});
  }
  return points;
}

}  // namespace

std::vector<Fit> fit_profile(const std::vector<Sample>& samples) {
  std::map<Key, std::vector<const Sample*>> groups;
  for (const Sample& sample : samples) {
    if (sample.bytes.value() > 0 && sample.median.value() > 0 && sample.ranks > 1) {
      groups[{sample.collective, sample.ranks, sample.nodes}].push_back(&sample);
    }
  }
  std::vector<Fit> fits;
  for (const auto& [key, members] : groups) {
    Fit fit;
    std::tie(fit.collective, fit.ranks, fit.nodes) = key;
    fit.scope = fit.nodes > 1 ? "inter-node" : "intra-node";
    const std::vector<Point> points = points_of(members);
    fit.regimes = fit_regimes(points);
    for (const Regime& regime : fit.regimes) {
      const auto inside = std::count_if(points.begin(), points.end(), [&](const Point& point) {
        return point.bytes >= regime.from.value() && point.bytes <= regime.to.value();
      });
      fit.residual += regime.residual * static_cast<double>(inside) / static_cast<double>(points.size());
    }
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace scalesim::comm
