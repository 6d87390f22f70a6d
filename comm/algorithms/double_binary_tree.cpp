// Double binary tree: two trees over the same ranks, each with half of the buffer, so that a rank that is
// busy inside one tree is (with few exceptions) a leaf of the other (Sanders, Speck and Traeff 2009,
// doi:10.1016/j.parco.2009.09.001; NCCL builds its trees likewise: mirrored for an even number of ranks,
// shifted by one for an odd number).
#include <algorithm>

#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

/// Parent of every rank, -1 for the root: the in-order tree over 0..n-1 in which a rank's lowest set bit is
/// its height.
std::vector<int> in_order_tree(int ranks) {
  std::vector<int> parent(ranks, -1);
  for (int rank = 1; rank < ranks; ++rank) {
    const int bit = rank & -rank;
    const int up = (rank ^ bit) | (2 * bit);
    parent[rank] = up < ranks ? up : rank ^ bit;
  }
  return parent;
}

/// The same tree with rank r played by the mirrored or shifted rank.
std::vector<int> second_tree(const std::vector<int>& first) {
  const int n = static_cast<int>(first.size());
  const auto place = [n](int rank) { return n % 2 == 0 ? n - 1 - rank : (rank + 1) % n; };
  std::vector<int> parent(first.size(), -1);
  for (int rank = 0; rank < n; ++rank) parent[place(rank)] = first[rank] < 0 ? -1 : place(first[rank]);
  return parent;
}

int height(const std::vector<int>& parent, int rank) {
  int highest = 0;
  for (int child = 0; child < static_cast<int>(parent.size()); ++child) {
    if (parent[child] == rank) highest = std::max(highest, 1 + height(parent, child));
  }
  return highest;
}

/// One message per edge; an edge is used in the round of its lower end's height (up) or after its parent's
/// (down).
void add_tree(std::vector<std::vector<Message>>& up, std::vector<std::vector<Message>>& down,
              const std::vector<int>& parent, int chunk) {
  const int n = static_cast<int>(parent.size());
  int tallest = 0;
  for (int rank = 0; rank < n; ++rank) tallest = std::max(tallest, height(parent, rank));
  up.resize(std::max<size_t>(up.size(), tallest));
  down.resize(up.size());
  for (int rank = 0; rank < n; ++rank) {
    if (parent[rank] < 0) continue;
    const int level = height(parent, rank);
    up[level].push_back({rank, parent[rank], chunk, 1, true});
    down[tallest - 1 - level].push_back({parent[rank], rank, chunk, 1, false});
  }
}

class DoubleBinaryTree final : public Algorithm {
 public:
  std::string_view name() const override { return "double_binary_tree"; }
  std::string_view description() const override {
    return "two trees with half of the buffer each; logarithmic latency";
  }
  bool supports(Collective collective, int) const override { return collective == Collective::all_reduce; }

  Schedule schedule(Collective, int ranks) const override {
    Schedule schedule{ranks, 2, {}};
    if (ranks == 1) return schedule;
    const std::vector<int> first = in_order_tree(ranks);
    std::vector<std::vector<Message>> up, down;
    add_tree(up, down, first, 0);
    add_tree(up, down, second_tree(first), 1);
    schedule.rounds = std::move(up);
    schedule.rounds.insert(schedule.rounds.end(), down.begin(), down.end());
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_double_binary_tree() {
  return std::make_unique<DoubleBinaryTree>();
}

}  // namespace scalesim::comm
