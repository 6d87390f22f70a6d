// Collective times from measurements: interpolated where something was measured, carried to other rank counts
// by the structure of the algorithm, to other sizes by the end regimes.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "comm/fit/segments.h"
#include "comm/models/profile/size_table.h"
#include "comm/models/profile/structure.h"
#include "comm/profile/profile.h"
#include "core/error.h"
#include "core/statistics.h"
#include "core/units_text.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

/// Fritsch-Carlson slopes: a piecewise cubic that never overshoots its points (SIAM J. Numer. Anal. 17,
/// 1980).
std::vector<double> monotone_slopes(const std::vector<double>& x, const std::vector<double>& y) {
  const size_t n = x.size();
  std::vector<double> secants(n - 1), slopes(n);
  for (size_t i = 0; i + 1 < n; ++i) secants[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  slopes.front() = secants.front();
  slopes.back() = secants.back();
  for (size_t i = 1; i + 1 < n; ++i) {
    const double a = secants[i - 1], b = secants[i];
    slopes[i] = a * b <= 0 ? 0 : 2 * a * b / (a + b);  // harmonic mean keeps within three times either secant
  }
  return slopes;
}

/// One measured curve: time against size for one (collective, ranks, nodes).
class Curve {
 public:
  Curve(const std::vector<Point>& points, const Fit& fit) : fit_(fit) {
    for (const Point& point : make_monotone(points)) {
      x_.push_back(std::log(point.bytes));
      y_.push_back(std::log(point.seconds));
    }
    if (x_.size() > 1) slopes_ = monotone_slopes(x_, y_);
  }

  double smallest() const { return std::exp(x_.front()); }
  double largest() const { return std::exp(x_.back()); }
  double residual() const { return fit_.residual; }

  double at(double bytes) const {
    if (bytes < smallest()) return below(bytes);
    if (bytes > largest()) return above(bytes);
    return inside(std::log(bytes));
  }

  /// The part of at(bytes) that does not grow with size: the regime's alpha, at most the time itself.
  double latency(double bytes) const {
    const Regime& regime = *std::find_if(fit_.regimes.begin(), fit_.regimes.end() - 1,
                                         [&](const Regime& r) { return bytes <= r.to.value(); });
    return std::min(regime.alpha.value(), at(bytes));
  }

 private:
  double inside(double x) const {
    if (x_.size() == 1) return std::exp(y_.front());
    const size_t right = std::clamp<size_t>(
        static_cast<size_t>(std::upper_bound(x_.begin(), x_.end(), x) - x_.begin()), 1, x_.size() - 1);
    const size_t left = right - 1;
    const double width = x_[right] - x_[left], t = (x - x_[left]) / width;
    const double t2 = t * t, t3 = t2 * t;
    return std::exp((2 * t3 - 3 * t2 + 1) * y_[left] + (t3 - 2 * t2 + t) * width * slopes_[left] +
                    (3 * t2 - 2 * t3) * y_[right] + (t3 - t2) * width * slopes_[right]);
  }

  /// The first regime's line, shifted to meet the first point.
  double below(double bytes) const {
    const Regime& first = fit_.regimes.front();
    const double here = first.alpha.value() + first.beta * bytes;
    const double there = first.alpha.value() + first.beta * smallest();
    return there > 0 ? std::exp(y_.front()) * here / there : std::exp(y_.front());
  }

  /// The last point plus the last regime's bytes per second; never slower than the last two points say it may
  /// be.
  double above(double bytes) const {
    const Regime& last = fit_.regimes.back();
    double beta = last.beta;
    if (beta <= 0) beta = std::exp(y_.back()) / largest();
    return std::exp(y_.back()) + beta * (bytes - largest());
  }

  Fit fit_;
  std::vector<double> x_, y_, slopes_;
};

struct Measured {
  Group group;
  Curve curve;
};

double distance(const Group& a, const Group& b) {
  const double per_node_a = static_cast<double>(a.ranks) / a.nodes,
               per_node_b = static_cast<double>(b.ranks) / b.nodes;
  return std::abs(std::log2(static_cast<double>(a.ranks) / b.ranks)) +
         2 * std::abs(std::log2(per_node_a / per_node_b)) + ((a.nodes == 1) != (b.nodes == 1) ? 8 : 0);
}

class ProfileModel final : public CollectiveModel {
 public:
  explicit ProfileModel(const CommProfile& profile) : profile_(profile), open_mpi_(profile.backend == "mpi") {
    const std::vector<Fit> fits = fit_profile(profile.samples);
    for (const Fit& fit : fits) {
      std::map<double, std::vector<double>> times;
      for (const Sample& sample : profile.samples) {
        if (sample.collective == fit.collective && sample.ranks == fit.ranks && sample.nodes == fit.nodes &&
            sample.bytes.value() > 0 && sample.median.value() > 0) {
          times[sample.bytes.value()].push_back(sample.median.value());
        }
      }
      std::vector<Point> points;
      for (const auto& [bytes, values] : times) {
        double sum = 0;
        for (const double value : values) sum += value;
        points.push_back({bytes, sum / static_cast<double>(values.size())});
      }
      curves_[slot(fit.collective)].push_back({Group{fit.ranks, fit.nodes, 1}, Curve(points, fit)});
    }
    if (fits.empty()) {
      throw InputError("the profile holds no measurement over two or more ranks: probe with at least 2");
    }
  }

  std::string_view name() const override { return "profile"; }

  CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const override {
    SCALESIM_CHECK(group.ranks >= 1 && group.nodes >= 1 && group.groups_per_node >= 1);
    CollectiveTime answer;
    answer.provenance = Provenance::measured;
    answer.bottleneck = profile_.transport.empty() ? profile_.backend : profile_.transport;
    if (group.ranks == 1 || bytes.value() <= 0) {
      answer.algorithm = "none";
      return answer;
    }
    const Source source = source_for(collective);
    const Measured& nearest = nearest_to(source.measured, group);
    const SizeTable& table = tables_.get(collective, group, [&](double size) {
      return source.scale * carried(source.measured, size, group, source.measured_collective);
    });
    answer.time = Seconds(table.at(bytes.value()));
    answer.algorithm = structure(collective, bytes.value(), group).algorithm;
    answer.protocol = "as measured";
    const double away = distance(nearest.group, group) + (source.scale == 1 ? 0 : 1);
    const double error = std::max(0.03, 2 * nearest.curve.residual()) * (1 + away);
    answer.low = answer.time / (1 + error);
    answer.high = answer.time * (1 + error);
    if (away > 0) answer.provenance = Provenance::calibrated;
    return answer;
  }

  std::vector<Input> inputs() const override {
    std::vector<Input> inputs;
    for (const auto& measured : curves_) {
      for (const Measured& one : measured) {
        const auto collective = static_cast<Collective>(&measured - curves_.data());
        const double largest = one.curve.largest();
        const double bus = largest / one.curve.at(largest) * bus_factor(collective, one.group.ranks);
        inputs.push_back({fmt::format("{} over {} ranks", to_text(collective), one.group.ranks), bus, "B/s",
                          fmt::format("{} bus bandwidth at {}", to_text(BytesPerSecond(bus)),
                                      message_size_text(Bytes(largest))),
                          Provenance::measured,
                          fmt::format("{} probe, {}", profile_.backend, profile_.transport)});
      }
    }
    return inputs;
  }

  std::string warning(Collective collective, Bytes bytes, const Group& group) const override {
    if (group.ranks == 1 || bytes.value() <= 0) return {};
    const Measured& nearest = nearest_to(source_for(collective).measured, group);
    if (group.ranks > 16 * nearest.group.ranks) {
      return fmt::format(
          "{} over {} ranks is extrapolated more than 16x from a measurement over {}: probe more ranks",
          to_text(collective), group.ranks, nearest.group.ranks);
    }
    if (bytes.value() > 16 * nearest.curve.largest()) {
      return fmt::format(
          "{} of {} is extrapolated more than 16x from the largest measured size {}: probe larger messages",
          to_text(collective), message_size_text(bytes), message_size_text(Bytes(nearest.curve.largest())));
    }
    if (group.nodes > 1 && nearest.group.nodes == 1) {
      return fmt::format(
          "{} over {} nodes is carried over from a measurement inside one node: probe across nodes",
          to_text(collective), group.nodes);
    }
    return {};
  }

 private:
  /// Curves to use for a collective; another collective's, scaled by bus factors, where it was not measured
  /// itself.
  struct Source {
    const std::vector<Measured>& measured;
    Collective measured_collective;
    double scale;
  };

  static size_t slot(Collective collective) { return static_cast<size_t>(collective); }

  Source source_for(Collective collective) const {
    if (!curves_[slot(collective)].empty()) return {curves_[slot(collective)], collective, 1};
    // All-reduce is reduce-scatter and all-gather; every other collective moves about half of its bytes.
    for (const Collective other :
         {Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter}) {
      if (curves_[slot(other)].empty()) continue;
      const double scale =
          (collective == Collective::all_reduce ? 2.0 : 1.0) / (other == Collective::all_reduce ? 2.0 : 1.0);
      return {curves_[slot(other)], other, scale};
    }
    for (size_t other = 0; other < curves_.size(); ++other) {
      if (!curves_[other].empty()) return {curves_[other], static_cast<Collective>(other), 1};
    }
    throw InputError(
        fmt::format("the profile has nothing from which {} could be told: probe it", to_text(collective)));
  }

  Structure structure(Collective collective, double bytes, const Group& group) const {
    return open_mpi_ ? open_mpi_structure(collective, bytes, group) : ring_structure(collective, group);
  }

  static const Measured& nearest_to(const std::vector<Measured>& measured, const Group& group) {
    return *std::min_element(measured.begin(), measured.end(), [&](const Measured& a, const Measured& b) {
      return distance(a.group, group) < distance(b.group, group);
    });
  }

  /// `from`'s time at `bytes` for another group: its latency by steps, the rest by bytes over the busiest
  /// link.
  double transfer(const Measured& from, double bytes, const Group& to, Collective collective) const {
    const Structure here = structure(collective, bytes, from.group), there = structure(collective, bytes, to);
    const double total = from.curve.at(bytes);
    // No step waits longer than three messages of a rendezvous take, each at most as long as a step of the
    // smallest size: a fit's alpha may be larger where one size was disturbed, and many steps would multiply
    // it.
    const double smallest = from.curve.smallest();
    const double message =
        from.curve.at(smallest) / structure(collective, smallest, from.group).steps * (open_mpi_ ? 3 : 1);
    const double latency = std::min(from.curve.latency(bytes), message * here.steps);
    return latency * there.steps / here.steps + (total - latency) * there.wire / here.wire;
  }

  /// The power of the rank count with which times grow from `few` to `many` beyond what the structure
  /// explains: the median over neighbouring sizes, for it is carried far and one disturbed size would be
  /// carried with it.
  double trend(const Measured& few, const Measured& many, double bytes, Collective collective) const {
    const double smallest = std::max(few.curve.smallest(), many.curve.smallest());
    const double largest = std::max(smallest, std::min(few.curve.largest(), many.curve.largest()));
    std::vector<double> powers;
    for (const double factor : {0.25, 0.5, 1.0, 2.0, 4.0}) {
      const double size = std::clamp(bytes * factor, smallest, largest);
      const double unexplained = many.curve.at(size) / transfer(few, size, many.group, collective);
      powers.push_back(std::log(unexplained) /
                       std::log(static_cast<double>(many.group.ranks) / few.group.ranks));
    }
    return median(powers);
  }

  /// Between two measured rank counts both are carried over and blended; beyond the last, the trend that the
  /// structure does not explain (ranks that share cores or memory) goes on.
  double carried(const std::vector<Measured>& measured, double bytes, const Group& group,
                 Collective collective) const {
    const Measured& nearest = nearest_to(measured, group);
    if (nearest.group.ranks == group.ranks && nearest.group.nodes == group.nodes) {
      return nearest.curve.at(bytes) * contention(group);
    }
    const Measured* lower = nullptr;
    const Measured* upper = nullptr;
    const Measured* second = nullptr;  // the second largest below
    for (const Measured& one : measured) {
      if ((one.group.nodes == 1) != (nearest.group.nodes == 1)) continue;
      if (one.group.ranks < group.ranks && (lower == nullptr || one.group.ranks > lower->group.ranks)) {
        second = lower;
        lower = &one;
      } else if (one.group.ranks < group.ranks &&
                 (second == nullptr || one.group.ranks > second->group.ranks)) {
        second = &one;
      }
      if (one.group.ranks > group.ranks && (upper == nullptr || one.group.ranks < upper->group.ranks))
        upper = &one;
    }
    double result = transfer(nearest, bytes, group, collective);
    if (lower != nullptr && upper != nullptr) {
      const double share = std::log(static_cast<double>(group.ranks) / lower->group.ranks) /
                           std::log(static_cast<double>(upper->group.ranks) / lower->group.ranks);
      result = std::exp((1 - share) * std::log(transfer(*lower, bytes, group, collective)) +
                        share * std::log(transfer(*upper, bytes, group, collective)));
    } else if (lower != nullptr && second != nullptr && upper == nullptr) {
      result = transfer(*lower, bytes, group, collective) *
               std::pow(static_cast<double>(group.ranks) / lower->group.ranks,
                        std::clamp(trend(*second, *lower, bytes, collective), 0.0, 1.0));
    }
    return result * contention(group);
  }

  /// Groups that share a node's NIC divide it.
  static double contention(const Group& group) { return group.nodes > 1 ? group.groups_per_node : 1; }

  CommProfile profile_;
  bool open_mpi_;
  std::array<std::vector<Measured>, 7> curves_;
  SizeTableCache tables_;
};

}  // namespace

std::unique_ptr<CollectiveModel> make_profile_model(const CommProfile& profile) {
  return std::make_unique<ProfileModel>(profile);
}

}  // namespace scalesim::comm
