// Progressive filling with a heap of links by fair share: every link is looked at again only when a flow
// through it froze.
#include "comm/flow/sharing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <queue>

#include "core/error.h"

namespace scalesim::comm {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A candidate to saturate next: a link at its fair share, or a flow at its cap.
struct Event {
  double level;  ///< rate per weight
  int link;      ///< -1: a flow's cap
  int flow;
  std::uint32_t version;  ///< of the link's state when this was pushed
  bool operator>(const Event& other) const { return level > other.level; }
};
using Heap = std::priority_queue<Event, std::vector<Event>, std::greater<>>;

/// State of filling a part of the network.
struct Filling {
  std::vector<double> remaining;  ///< capacity not yet given to frozen flows
  std::vector<double> weight;     ///< of flows not yet frozen
  std::vector<std::uint32_t> version;
};

}  // namespace

FlowSharing::FlowSharing(std::vector<BytesPerSecond> capacities, std::vector<Flow> flows)
    : flows_(std::move(flows)),
      users_(capacities.size()),
      rates_(flows_.size(), 0),
      active_(flows_.size(), 1) {
  for (const BytesPerSecond capacity : capacities) capacities_.push_back(capacity.value());
  std::vector<int> all_flows, all_links;
  for (size_t flow = 0; flow < flows_.size(); ++flow) {
    SCALESIM_CHECK(flows_[flow].weight > 0);
    all_flows.push_back(static_cast<int>(flow));
    for (const int link : flows_[flow].links) {
      SCALESIM_CHECK(link >= 0 && static_cast<size_t>(link) < capacities_.size());
      users_[static_cast<size_t>(link)].push_back(static_cast<int>(flow));
    }
  }
  for (size_t link = 0; link < capacities_.size(); ++link) all_links.push_back(static_cast<int>(link));
  solve(all_flows, all_links);
}

/// Solves `flows`, all of whose links are in `links`; flows that use these links but are not listed keep
/// their rates.
void FlowSharing::solve(const std::vector<int>& flows, const std::vector<int>& links) {
  Filling fill;
  fill.remaining.resize(capacities_.size());
  fill.weight.resize(capacities_.size());
  fill.version.resize(capacities_.size());
  std::vector<char> open(flows_.size(), 0);
  for (const int flow : flows) open[static_cast<size_t>(flow)] = active_[static_cast<size_t>(flow)];
  for (const int link : links) {
    const auto l = static_cast<size_t>(link);
    fill.remaining[l] = capacities_[l];
    fill.weight[l] = 0;
    fill.version[l] = 0;
    for (const int flow : users_[l]) {
      const auto f = static_cast<size_t>(flow);
      if (open[f]) fill.weight[l] += flows_[f].weight;
      if (!open[f] && active_[f]) fill.remaining[l] -= rates_[f];
    }
  }
  Heap heap;
  const auto push_link = [&](int link) {
    const auto l = static_cast<size_t>(link);
    if (fill.weight[l] > 1e-12)
      heap.push({std::max(0.0, fill.remaining[l]) / fill.weight[l], link, -1, fill.version[l]});
  };
  for (const int link : links) push_link(link);
  for (const int flow : flows) {
    const auto f = static_cast<size_t>(flow);
    rates_[f] = 0;
    if (open[f] && (flows_[f].cap.value() < infinity || flows_[f].links.empty())) {
      heap.push({flows_[f].cap.value() / flows_[f].weight, -1, flow, 0});
    }
  }
  const auto freeze = [&](int flow, double level) {
    const auto f = static_cast<size_t>(flow);
    open[f] = 0;
    rates_[f] = level * flows_[f].weight;
    for (const int link : flows_[f].links) {
      const auto l = static_cast<size_t>(link);
      fill.remaining[l] -= rates_[f];
      fill.weight[l] -= flows_[f].weight;
      ++fill.version[l];
      push_link(link);
    }
  };
  while (!heap.empty()) {
    const Event event = heap.top();
    heap.pop();
    if (event.link < 0) {
      if (open[static_cast<size_t>(event.flow)]) freeze(event.flow, event.level);
      continue;
    }
    if (event.version != fill.version[static_cast<size_t>(event.link)]) continue;
    for (const int flow : users_[static_cast<size_t>(event.link)]) {
      if (open[static_cast<size_t>(flow)]) freeze(flow, event.level);
    }
  }
}

/// Everything an ended flow's share can reach: flows that share a saturated link with it, with one of those,
/// and so on.
void FlowSharing::connected(int flow, std::vector<int>& flows, std::vector<int>& links) const {
  std::vector<char> seen_flow(flows_.size(), 0), seen_link(capacities_.size(), 0);
  const auto saturated = [&](size_t link) {
    double used = 0;
    for (const int user : users_[link]) used += rates_[static_cast<size_t>(user)];
    return used >= capacities_[link] * (1 - 1e-9);
  };
  const double least = level(flow) * (1 - 1e-9);
  std::vector<int> open = {flow};
  seen_flow[static_cast<size_t>(flow)] = 1;
  while (!open.empty()) {
    const int here = open.back();
    open.pop_back();
    flows.push_back(here);
    for (const int link : flows_[static_cast<size_t>(here)].links) {
      const auto l = static_cast<size_t>(link);
      if (seen_link[l]++) continue;
      links.push_back(link);
      if (!saturated(l)) continue;
      for (const int user : users_[l]) {
        if (!active_[static_cast<size_t>(user)] || level(user) < least ||
            seen_flow[static_cast<size_t>(user)]++)
          continue;
        open.push_back(user);
      }
    }
  }
}

void FlowSharing::end(int flow) {
  const auto f = static_cast<size_t>(flow);
  if (!active_[f]) return;
  const double least = level(flow) * (1 - 1e-9);
  std::vector<int> flows, links;
  connected(flow, flows, links);
  active_[f] = 0;
  solve(flows, links);
  std::vector<char> solved(flows_.size(), 0);
  for (const int one : flows) solved[static_cast<size_t>(one)] = 1;
  // A freed share may push a neighbour against a link that was not saturated before: its other users then
  // change too.
  for (const int link : links) {
    const auto l = static_cast<size_t>(link);
    double used = 0;
    bool outsider = false;
    for (const int user : users_[l]) {
      used += rates_[static_cast<size_t>(user)];
      outsider = outsider || (active_[static_cast<size_t>(user)] && !solved[static_cast<size_t>(user)] &&
                              level(user) >= least);
    }
    if (!outsider || used < capacities_[l] * (1 - 1e-9)) continue;
    std::vector<int> all_flows, all_links;
    for (size_t other = 0; other < flows_.size(); ++other) {
      if (active_[other] && (solved[other] || level(static_cast<int>(other)) >= least)) {
        all_flows.push_back(static_cast<int>(other));
      }
    }
    for (size_t other = 0; other < capacities_.size(); ++other) all_links.push_back(static_cast<int>(other));
    solve(all_flows, all_links);
    return;
  }
}

std::vector<Seconds> FlowSharing::finish(const std::vector<Bytes>& bytes) {
  SCALESIM_CHECK(bytes.size() == flows_.size());
  std::vector<double> left;
  for (const Bytes amount : bytes) left.push_back(amount.value());
  std::vector<Seconds> ends(flows_.size(), Seconds(infinity));
  double now = 0;
  for (;;) {
    double step = infinity;
    for (size_t flow = 0; flow < flows_.size(); ++flow) {
      if (active_[flow] && rates_[flow] > 0) step = std::min(step, left[flow] / rates_[flow]);
    }
    if (step == infinity) break;
    now += step;
    std::vector<int> done;
    for (size_t flow = 0; flow < flows_.size(); ++flow) {
      if (!active_[flow]) continue;
      left[flow] -= step * rates_[flow];
      if (left[flow] <= 1e-9 * bytes[flow].value() + 1e-12) done.push_back(static_cast<int>(flow));
    }
    for (const int flow : done) {
      ends[static_cast<size_t>(flow)] = Seconds(now);
      end(flow);
    }
  }
  return ends;
}

std::vector<BytesPerSecond> share_fairly(const std::vector<BytesPerSecond>& capacities,
                                         const std::vector<Flow>& flows) {
  const FlowSharing sharing(capacities, flows);
  std::vector<BytesPerSecond> rates;
  for (size_t flow = 0; flow < flows.size(); ++flow) rates.push_back(sharing.rate(static_cast<int>(flow)));
  return rates;
}

double ecmp_slowdown(int uplinks, int paths, double spare) {
  SCALESIM_CHECK(uplinks >= 1 && paths >= 1 && spare > 0);
  // Rows: 1, 4, 8, 16, 32, 64 uplinks; columns: 1, 2, 4, 8, 16 paths per flow.
  constexpr std::array<std::array<double, 5>, 6> table = {{{1, 1, 1, 1, 1},
                                                           {2.12, 1.78, 1.54, 1.37, 1.27},
                                                           {2.58, 2.09, 1.76, 1.53, 1.37},
                                                           {3.08, 2.43, 1.97, 1.66, 1.47},
                                                           {3.54, 2.71, 2.16, 1.80, 1.55},
                                                           {3.97, 2.98, 2.34, 1.92, 1.63}}};
  constexpr std::array<double, 6> row_log = {0, 2, 3, 4, 5, 6};
  const double x = std::min(6.0, std::log2(uplinks)), y = std::min(4.0, std::log2(paths));
  size_t row = 1;
  while (row < 5 && row_log[row] < x) ++row;
  const double u = (x - row_log[row - 1]) / (row_log[row] - row_log[row - 1]);
  const auto column = std::min<size_t>(3, static_cast<size_t>(y));
  const double v = y - static_cast<double>(column);
  const auto at = [&](size_t r) { return (1 - v) * table[r][column] + v * table[r][column + 1]; };
  return std::max(1.0, ((1 - u) * at(row - 1) + u * at(row)) / spare);
}

}  // namespace scalesim::comm
