// A bottleneck travelling-salesman problem, small enough to search: hops are ranked, and the best rank that
// still admits a ring is found by bisection.
#include "topology/machine/ring.h"

#include <algorithm>
#include <map>
#include <set>

#include "topology/machine/relations.h"

namespace scalesim::topology {
namespace {

constexpr int kMostSteps = 200000;  ///< of one search; then the order of the numbers is taken

struct Hops {
  std::vector<int> gpus;               ///< indices as printed
  std::vector<std::vector<int>> rank;  ///< 0 is the slowest kind of hop
  std::vector<std::vector<const PairRelation*>> relation;
  int ranks = 0;
};

/// Larger is better: bandwidth where all are known, else class and count.
double worth(const PairRelation& pair, bool by_bandwidth) {
  if (by_bandwidth) return pair.bandwidth->value();
  return -1000.0 * nearness(pair.path) + pair.path.count.value_or(0);
}

/// Nothing when the relation of some pair is not known.
std::optional<Hops> rank_hops(const Machine& machine, const std::vector<PairRelation>& relations) {
  Hops hops;
  std::map<DeviceId, std::size_t> position;
  for (int component : machine.of_kind(ComponentKind::gpu)) {
    const DeviceId gpu = machine.components[static_cast<std::size_t>(component)].id();
    position[gpu] = hops.gpus.size();
    hops.gpus.push_back(gpu.index);
  }
  const std::size_t count = hops.gpus.size();
  hops.relation.assign(count, std::vector<const PairRelation*>(count, nullptr));
  bool by_bandwidth = true;
  for (const PairRelation& pair : relations) {
    const auto a = position.find(pair.a), b = position.find(pair.b);
    if (a == position.end() || b == position.end()) continue;
    hops.relation[a->second][b->second] = hops.relation[b->second][a->second] = &pair;
    by_bandwidth = by_bandwidth && pair.bandwidth.has_value();
  }
  std::set<double> values;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) {
      if (hops.relation[i][j] == nullptr) return std::nullopt;
      values.insert(worth(*hops.relation[i][j], by_bandwidth));
    }
  hops.ranks = static_cast<int>(values.size());
  hops.rank.assign(count, std::vector<int>(count, 0));
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < count; ++j)
      if (i != j)
        hops.rank[i][j] = static_cast<int>(
            std::distance(values.begin(), values.find(worth(*hops.relation[i][j], by_bandwidth))));
  return hops;
}

/// A ring of hops of at least `rank`, found depth first; empty when there is none or the search grows too
/// long.
class Search {
 public:
  Search(const Hops& hops, int rank) : hops_(hops), rank_(rank), used_(hops.gpus.size()) {}
  std::vector<std::size_t> ring() {
    path_ = {0};
    used_[0] = true;
    return extend() ? path_ : std::vector<std::size_t>();
  }

 private:
  bool extend() {
    if (++steps_ > kMostSteps) return false;
    if (path_.size() == used_.size()) return hops_.rank[path_.back()][0] >= rank_;
    for (std::size_t next = 1; next < used_.size(); ++next) {
      if (used_[next] || hops_.rank[path_.back()][next] < rank_) continue;
      used_[next] = true;
      path_.push_back(next);
      if (extend()) return true;
      path_.pop_back();
      used_[next] = false;
    }
    return false;
  }
  const Hops& hops_;
  int rank_;
  int steps_ = 0;
  std::vector<bool> used_;
  std::vector<std::size_t> path_;
};

}  // namespace

Ring best_ring(const Machine& machine, const std::vector<PairRelation>& relations) {
  constexpr int kMostGpus = 128;
  Ring ring;
  if (machine.count(ComponentKind::gpu) < 2 || machine.count(ComponentKind::gpu) > kMostGpus) return ring;
  const std::optional<Hops> hops = rank_hops(machine, relations);
  if (!hops) return ring;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < hops->gpus.size(); ++i) order.push_back(i);
  int low = 0, high = hops->ranks - 1;
  while (low <= high) {
    const int middle = (low + high) / 2;
    std::vector<std::size_t> found = Search(*hops, middle).ring();
    if (found.empty()) {
      high = middle - 1;
    } else {
      order = std::move(found);
      low = middle + 1;
    }
  }
  int worst = hops->ranks;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t a = order[i], b = order[(i + 1) % order.size()];
    ring.gpus.push_back(hops->gpus[a]);
    if (hops->rank[a][b] >= worst) continue;
    worst = hops->rank[a][b];
    ring.slowest = *hops->relation[a][b];
  }
  return ring;
}

}  // namespace scalesim::topology
