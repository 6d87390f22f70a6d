// Binomial tree: in round k the ranks that hold the buffer (or still lack it) double, so log2(n) rounds of
// the whole buffer (Thakur et al. 2005, doi:10.1177/1094342005051521, section 4.2).
#include <algorithm>

#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

/// Rounds that carry rank 0's buffer to everybody.
std::vector<std::vector<Message>> broadcast_rounds(int ranks) {
  std::vector<std::vector<Message>> rounds;
  for (int holders = 1; holders < ranks; holders *= 2) {
    rounds.emplace_back();
    for (int rank = 0; rank < holders && rank + holders < ranks; ++rank) {
      rounds.back().push_back({rank, rank + holders, 0, 1, false});
    }
  }
  return rounds;
}

/// A reduction is a broadcast played backwards with sums.
std::vector<std::vector<Message>> reduce_rounds(int ranks) {
  std::vector<std::vector<Message>> rounds = broadcast_rounds(ranks);
  std::reverse(rounds.begin(), rounds.end());
  for (std::vector<Message>& round : rounds) {
    for (Message& message : round) message = {message.destination, message.source, 0, 1, true};
  }
  return rounds;
}

class Binomial final : public Algorithm {
 public:
  std::string_view name() const override { return "binomial"; }
  std::string_view description() const override {
    return "a tree that doubles each round; small broadcasts and reduces";
  }
  bool supports(Collective collective, int) const override {
    return collective == Collective::broadcast || collective == Collective::reduce ||
           collective == Collective::all_reduce;
  }

  Schedule schedule(Collective collective, int ranks) const override {
    Schedule schedule{ranks, 1, {}};
    if (collective != Collective::broadcast) schedule.rounds = reduce_rounds(ranks);
    if (collective == Collective::reduce) return schedule;
    for (std::vector<Message>& round : broadcast_rounds(ranks)) schedule.rounds.push_back(std::move(round));
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_binomial() { return std::make_unique<Binomial>(); }

}  // namespace scalesim::comm
