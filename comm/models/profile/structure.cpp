// Steps and bytes of ring collectives, and of what Open MPI's decision tables choose.
#include "comm/models/profile/structure.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace scalesim::comm {

namespace {

int ceil_log2(int n) {
  int log = 0;
  while ((1 << log) < n) ++log;
  return log;
}

int floor_log2(int n) {
  int log = 0;
  while ((2 << log) <= n) ++log;
  return log;
}

/// One node: every rank's bytes; several: what crosses a node's NIC when `rank_bytes` leave each rank on
/// average and the share of them that leaves the node is `outside`.
double busiest(const Group& group, double rank_bytes, double outside) {
  if (group.nodes == 1) return rank_bytes;
  return rank_bytes * outside * group.ranks / group.nodes;
}

enum class OpenMpi { non_overlapping, recursive_doubling, ring, rabenseifner };

struct Rule {
  double below;  ///< bytes
  OpenMpi algorithm;
};

constexpr double forever = 1e300;
constexpr double kib = 1024;
constexpr Rule two_to_three[] = {{8, OpenMpi::ring},         {4 * kib, OpenMpi::recursive_doubling},
                                 {8 * kib, OpenMpi::ring},   {16 * kib, OpenMpi::recursive_doubling},
                                 {256 * kib, OpenMpi::ring}, {forever, OpenMpi::rabenseifner}};
constexpr Rule four_to_seven[] = {
    {16, OpenMpi::ring}, {8 * kib, OpenMpi::recursive_doubling}, {forever, OpenMpi::rabenseifner}};
constexpr Rule eight_to_fifteen[] = {{8 * kib, OpenMpi::recursive_doubling},
                                     {forever, OpenMpi::rabenseifner}};
constexpr Rule sixteen_to_31[] = {
    {64, OpenMpi::ring}, {4 * kib, OpenMpi::recursive_doubling}, {forever, OpenMpi::rabenseifner}};
constexpr Rule up_to_63[] = {{128, OpenMpi::ring}, {forever, OpenMpi::rabenseifner}};
constexpr Rule up_to_127[] = {{256 * kib, OpenMpi::recursive_doubling}, {forever, OpenMpi::rabenseifner}};
constexpr Rule up_to_255[] = {{128 * kib, OpenMpi::non_overlapping},
                              {256 * kib, OpenMpi::recursive_doubling},
                              {forever, OpenMpi::rabenseifner}};
constexpr Rule up_to_511[] = {{4 * kib, OpenMpi::non_overlapping}, {forever, OpenMpi::rabenseifner}};
constexpr Rule above[] = {{2 * kib, OpenMpi::non_overlapping},
                          {16 * kib, OpenMpi::recursive_doubling},
                          {forever, OpenMpi::rabenseifner}};

template <size_t n>
OpenMpi first_match(const Rule (&rules)[n], double bytes) {
  return std::find_if(std::begin(rules), std::end(rules),
                      [&](const Rule& rule) { return bytes < rule.below; })
      ->algorithm;
}

OpenMpi decide_all_reduce(int ranks, double bytes) {
  if (ranks < 4) return first_match(two_to_three, bytes);
  if (ranks < 8) return first_match(four_to_seven, bytes);
  if (ranks < 16) return first_match(eight_to_fifteen, bytes);
  if (ranks < 32) return first_match(sixteen_to_31, bytes);
  if (ranks < 64) return first_match(up_to_63, bytes);
  if (ranks < 128) return first_match(up_to_127, bytes);
  if (ranks < 256) return first_match(up_to_255, bytes);
  if (ranks < 512) return first_match(up_to_511, bytes);
  return first_match(above, bytes);
}

/// Adds up what crosses the busiest border, round by round: a node's NIC when the group spans nodes
/// (consecutive ranks share one), else one rank's memory. Rounds wait for each other, so their maxima add.
class Rounds {
 public:
  explicit Rounds(const Group& group)
      : group_(group),
        sent_(static_cast<size_t>(group.nodes > 1 ? group.nodes : group.ranks), 0),
        received_(sent_) {}

  void message(int source, int destination, double bytes) {
    const int from = place(source), to = place(destination);
    if (from == to) return;
    sent_[static_cast<size_t>(from)] += bytes;
    received_[static_cast<size_t>(to)] += bytes;
  }
  void exchange(int a, int b, double bytes) {
    message(a, b, bytes);
    message(b, a, bytes);
  }
  void end_round() {
    total_ += std::max(*std::max_element(sent_.begin(), sent_.end()),
                       *std::max_element(received_.begin(), received_.end()));
    std::fill(sent_.begin(), sent_.end(), 0);
    std::fill(received_.begin(), received_.end(), 0);
  }
  double total() const { return total_; }

 private:
  int place(int rank) const {
    if (group_.nodes == 1) return rank;
    const int per_node = (group_.ranks + group_.nodes - 1) / group_.nodes;
    return std::min(rank / per_node, group_.nodes - 1);
  }

  Group group_;
  std::vector<double> sent_, received_;
  double total_ = 0;
};

/// Of the first 2r ranks (r = n - 2^k) only the even ones take part in the exchanges.
struct Participants {
  int power;
  int pairs;
  explicit Participants(int ranks) : power(1 << floor_log2(ranks)), pairs(ranks - power) {}
  int real(int virtual_rank) const { return virtual_rank < pairs ? 2 * virtual_rank : virtual_rank + pairs; }
};

/// Everybody exchanges the whole buffer at distance 1, 2, 4, ...
Structure recursive_doubling(const Group& group) {
  const Participants who(group.ranks);
  Rounds rounds(group);
  for (int pair = 0; pair < who.pairs; ++pair) rounds.message(2 * pair + 1, 2 * pair, 1);
  rounds.end_round();
  for (int distance = 1; distance < who.power; distance *= 2) {
    for (int v = 0; v < who.power; ++v) rounds.message(who.real(v), who.real(v ^ distance), 1);
    rounds.end_round();
  }
  for (int pair = 0; pair < who.pairs; ++pair) rounds.message(2 * pair, 2 * pair + 1, 1);
  rounds.end_round();
  return {"recursive doubling", floor_log2(group.ranks) + (who.pairs > 0 ? 2.0 : 0.0), rounds.total()};
}

/// Vector halving with distance doubling, then back. A rank beyond the power of two exchanges half a buffer
/// with its neighbour, hands on its reduced half and gets the whole result in the end.
Structure rabenseifner(const Group& group) {
  const Participants who(group.ranks);
  Rounds rounds(group);
  for (int pair = 0; pair < who.pairs; ++pair) rounds.exchange(2 * pair, 2 * pair + 1, 0.5);
  rounds.end_round();
  for (int pair = 0; pair < who.pairs; ++pair) rounds.message(2 * pair + 1, 2 * pair, 0.5);
  rounds.end_round();
  double part = 0.5;
  for (int distance = 1; distance < who.power; distance *= 2, part /= 2) {
    for (int v = 0; v < who.power; ++v)
      rounds.message(who.real(v), who.real(v ^ distance), 2 * part);  // there and back
    rounds.end_round();
  }
  for (int pair = 0; pair < who.pairs; ++pair) rounds.message(2 * pair, 2 * pair + 1, 1);
  rounds.end_round();
  return {"Rabenseifner", 2.0 * floor_log2(group.ranks) + (who.pairs > 0 ? 3 : 0), rounds.total()};
}

Structure non_overlapping(const Group& group) {
  const double rounds = ceil_log2(group.ranks);
  const double outside = group.nodes == 1 ? rounds : ceil_log2(group.nodes);
  return {"reduce and broadcast", 2 * rounds, 2 * outside};
}

}  // namespace

Structure ring_structure(Collective collective, const Group& group) {
  const double n = group.ranks;
  // A ring enters and leaves every node once, however many ranks the node holds.
  const double per_pass = (n - 1) / n;
  switch (collective) {
    case Collective::all_reduce:
      return {"ring", 2 * (n - 1), 2 * per_pass};
    case Collective::all_gather:
    case Collective::reduce_scatter:
      return {"ring", n - 1, per_pass};
    case Collective::broadcast:
    case Collective::reduce:
      return {"ring", n - 1, 1};
    case Collective::send_receive:
      return {"neighbour", 1, 1};
    case Collective::all_to_all: {
      const double outside = group.nodes == 1 ? 1 : (n - n / group.nodes) / (n - 1);
      return {"pairwise", n - 1, busiest(group, per_pass, outside)};
    }
  }
  return {};
}

Structure open_mpi_structure(Collective collective, double bytes, const Group& group) {
  const int rounds = ceil_log2(group.ranks);
  const double n = group.ranks;
  const double piece = bytes / n;
  switch (collective) {
    case Collective::all_reduce:
      switch (decide_all_reduce(group.ranks, bytes)) {
        case OpenMpi::recursive_doubling:
          return recursive_doubling(group);
        case OpenMpi::rabenseifner:
          return rabenseifner(group);
        case OpenMpi::non_overlapping:
          return non_overlapping(group);
        case OpenMpi::ring:
          return ring_structure(collective, group);
      }
      break;
    case Collective::all_gather:
      if (group.ranks > 2 && piece < (group.ranks >= 32 ? kib : 64 * kib) && (1 << rounds) == group.ranks) {
        Structure doubling = ring_structure(collective, group);
        doubling.algorithm = "recursive doubling";
        doubling.steps = rounds;
        return doubling;
      }
      break;
    case Collective::reduce_scatter:
      if (group.ranks >= 4 && group.ranks < 32 && bytes < 256 * kib) {
        Structure halving = ring_structure(collective, group);
        halving.algorithm = "recursive halving";
        halving.steps = rounds;
        return halving;
      }
      break;
    case Collective::broadcast:
    case Collective::reduce:
      if (bytes < 256 * kib || group.ranks < 4)
        return {"binomial", static_cast<double>(rounds), static_cast<double>(rounds)};
      return {"scatter and gather", rounds + n - 1, 2 * (n - 1) / n};
    case Collective::all_to_all:
      if (group.ranks >= 16 && piece < kib) {
        Structure bruck = ring_structure(collective, group);
        bruck.algorithm = "Bruck";
        bruck.steps = rounds;
        bruck.wire *= rounds / 2.0 * n / (n - 1);
        return bruck;
      }
      break;
    case Collective::send_receive:
      break;
  }
  return ring_structure(collective, group);
}

}  // namespace scalesim::comm
