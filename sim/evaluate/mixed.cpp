// Counting kinds and dividing samples.
#include "sim/evaluate/mixed.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Of one node, of which the first `gpus` take part.
std::vector<int> kinds_of_node(const System& system, int gpus) {
  std::vector<int> count = {system.cluster.gpus_per_node};
  for (const OtherGpus& other : system.others) {
    count.push_back(other.per_node);
    count[0] -= other.per_node;
  }
  for (int& kind : count) {
    kind = std::min(kind, gpus);
    gpus -= kind;
  }
  return count;
}

}  // namespace

std::vector<int> ranks_by_kind(const System& system, int gpus) {
  const int node = system.cluster.gpus_per_node;
  std::vector<int> ranks = kinds_of_node(system, node);
  const std::vector<int> rest = kinds_of_node(system, gpus % node);
  for (std::size_t k = 0; k < ranks.size(); ++k) ranks[k] = ranks[k] * (gpus / node) + rest[k];
  return ranks;
}

std::vector<std::int64_t> proportional_shares(const std::vector<int>& ranks,
                                              const std::vector<double>& per_sample, std::int64_t samples) {
  double speed = 0;
  for (std::size_t k = 0; k < ranks.size(); ++k) speed += ranks[k] / per_sample[k];
  std::vector<std::int64_t> shares(ranks.size(), 0);
  std::vector<double> rest(ranks.size(), -1);
  std::int64_t left = samples;
  for (std::size_t k = 0; k < ranks.size(); ++k) {
    if (ranks[k] == 0) continue;
    const double share = static_cast<double>(samples) / per_sample[k] / speed;
    shares[k] = static_cast<std::int64_t>(share);
    rest[k] = share - std::floor(share);
    left -= shares[k] * ranks[k];
  }
  std::vector<int> order(ranks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return rest[at(a)] > rest[at(b)]; });
  for (const int k : order) {
    if (left <= 0 || ranks[at(k)] == 0) break;
    ++shares[at(k)];
    left -= ranks[at(k)];
  }
  return shares;
}

}  // namespace scalesim::sim
