// Ring: everybody talks to the next rank only; n-1 rounds each for reduce-scatter and all-gather, which sends
// the least possible bytes and pays for it in rounds (Patarasuk and Yuan 2009,
// doi:10.1016/j.jpdc.2008.09.002).
#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

int wrap(int value, int ranks) { return (value % ranks + ranks) % ranks; }

/// n-1 rounds in which rank r passes on chunk (r + shift - round); afterwards the sums or copies have gone
/// once around.
void add_laps(Schedule& schedule, int shift, bool reduce) {
  const int n = schedule.ranks;
  for (int round = 0; round < n - 1; ++round) {
    std::vector<Message> messages;
    for (int rank = 0; rank < n; ++rank) {
      messages.push_back({rank, wrap(rank + 1, n), wrap(rank + shift - round, n), 1, reduce});
    }
    schedule.rounds.push_back(std::move(messages));
  }
}

/// The buffer passes down the line from rank 0, or up the line to it, cut into n pieces that follow each
/// other.
Schedule pipeline(int ranks, bool reduce) {
  Schedule schedule{ranks, ranks, {}};
  for (int round = 0; round < 2 * ranks - 2; ++round) {
    std::vector<Message> messages;
    for (int hop = 0; hop < ranks - 1; ++hop) {
      const int piece = round - hop;
      if (piece < 0 || piece >= ranks) continue;
      if (reduce) {
        messages.push_back({ranks - 1 - hop, ranks - 2 - hop, piece, 1, true});
      } else {
        messages.push_back({hop, hop + 1, piece, 1, false});
      }
    }
    schedule.rounds.push_back(std::move(messages));
  }
  return schedule;
}

class Ring final : public Algorithm {
 public:
  std::string_view name() const override { return "ring"; }
  std::string_view description() const override {
    return "each rank talks to the next; fewest bytes, most rounds";
  }
  bool supports(Collective collective, int) const override { return collective != Collective::all_to_all; }

  Schedule schedule(Collective collective, int ranks) const override {
    if (collective == Collective::broadcast) return pipeline(ranks, false);
    if (collective == Collective::reduce) return pipeline(ranks, true);
    Schedule schedule{ranks, ranks, {}};
    if (ranks == 1) return schedule;
    if (collective == Collective::send_receive) {
      schedule.rounds.emplace_back();
      for (int rank = 0; rank < ranks; ++rank)
        schedule.rounds[0].push_back({rank, wrap(rank + 1, ranks), rank, 1, false});
      return schedule;
    }
    // Reduce-scatter starts at chunk r-1 so that rank r ends with its own chunk r; the all-gather then starts
    // there.
    if (collective != Collective::all_gather) add_laps(schedule, -1, true);
    if (collective != Collective::reduce_scatter) add_laps(schedule, 0, false);
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_ring() { return std::make_unique<Ring>(); }

}  // namespace scalesim::comm
