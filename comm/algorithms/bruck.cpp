// Bruck: ceil(log2 n) rounds for any number of ranks, each piece moving by powers of two, for small messages
// (Bruck et al. 1997, doi:10.1109/71.642949).
#include <algorithm>

#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

/// In the round of distance d everybody sends rank-d the pieces it has gathered so far: its own and those
/// after it.
Schedule all_gather(int ranks) {
  Schedule schedule{ranks, ranks, {}};
  for (int distance = 1; distance < ranks; distance *= 2) {
    std::vector<Message> messages;
    const int held = std::min(distance, ranks - distance);
    for (int rank = 0; rank < ranks; ++rank) {
      for (int k = 0; k < held; ++k) {
        messages.push_back({rank, (rank - distance + ranks) % ranks, (rank + k) % ranks, 1, false});
      }
    }
    schedule.rounds.push_back(std::move(messages));
  }
  return schedule;
}

/// Piece (i, j) must travel j-i ranks onward; it takes the hop 2^k exactly when bit k of that distance is
/// set.
Schedule all_to_all(int ranks) {
  Schedule schedule{ranks, ranks * ranks, {}};
  for (int hop = 1; hop < ranks; hop *= 2) {
    std::vector<Message> messages;
    for (int source = 0; source < ranks; ++source) {
      for (int distance = 1; distance < ranks; ++distance) {
        if ((distance & hop) == 0) continue;
        const int now_at = (source + (distance & (hop - 1))) % ranks;
        messages.push_back(
            {now_at, (now_at + hop) % ranks, source * ranks + (source + distance) % ranks, 1, false});
      }
    }
    schedule.rounds.push_back(std::move(messages));
  }
  return schedule;
}

class Bruck final : public Algorithm {
 public:
  std::string_view name() const override { return "bruck"; }
  std::string_view description() const override {
    return "log2(n) rounds for any n; small all-to-all and all-gather";
  }
  bool supports(Collective collective, int) const override {
    return collective == Collective::all_gather || collective == Collective::all_to_all;
  }
  Schedule schedule(Collective collective, int ranks) const override {
    return collective == Collective::all_gather ? all_gather(ranks) : all_to_all(ranks);
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_bruck() { return std::make_unique<Bruck>(); }

}  // namespace scalesim::comm
