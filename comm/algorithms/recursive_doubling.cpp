// Recursive doubling: log2(n) exchanges of everything; the fewest rounds, for small messages
// (Thakur, Rabenseifner and Gropp 2005, doi:10.1177/1094342005051521, sections 4.1 and 4.4).
#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

int floor_power_of_two(int n) {
  int power = 1;
  while (2 * power <= n) power *= 2;
  return power;
}

class RecursiveDoubling final : public Algorithm {
 public:
  std::string_view name() const override { return "recursive_doubling"; }
  std::string_view description() const override {
    return "log2(n) exchanges of the whole buffer; least latency";
  }
  bool supports(Collective collective, int ranks) const override {
    return collective == Collective::all_reduce ||
           (collective == Collective::all_gather && floor_power_of_two(ranks) == ranks);
  }

  Schedule schedule(Collective collective, int ranks) const override {
    return collective == Collective::all_reduce ? all_reduce(ranks) : all_gather(ranks);
  }

 private:
  /// The first 2r ranks (r = n - 2^k) fold into r pairs whose even member takes part, then get the result
  /// back.
  static Schedule all_reduce(int ranks) {
    Schedule schedule{ranks, 1, {}};
    const int power = floor_power_of_two(ranks);
    const int pairs = ranks - power;
    const auto real = [pairs](int virtual_rank) {
      return virtual_rank < pairs ? 2 * virtual_rank : virtual_rank + pairs;
    };
    std::vector<Message> fold, unfold;
    for (int pair = 0; pair < pairs; ++pair) {
      fold.push_back({2 * pair + 1, 2 * pair, 0, 1, true});
      unfold.push_back({2 * pair, 2 * pair + 1, 0, 1, false});
    }
    if (pairs > 0) schedule.rounds.push_back(fold);
    for (int distance = 1; distance < power; distance *= 2) {
      std::vector<Message> messages;
      for (int rank = 0; rank < power; ++rank)
        messages.push_back({real(rank), real(rank ^ distance), 0, 1, true});
      schedule.rounds.push_back(std::move(messages));
    }
    if (pairs > 0) schedule.rounds.push_back(unfold);
    return schedule;
  }

  static Schedule all_gather(int ranks) {
    Schedule schedule{ranks, ranks, {}};
    for (int distance = 1; distance < ranks; distance *= 2) {
      std::vector<Message> messages;
      for (int rank = 0; rank < ranks; ++rank) {
        messages.push_back({rank, rank ^ distance, rank / distance * distance, distance, false});
      }
      schedule.rounds.push_back(std::move(messages));
    }
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_recursive_doubling() {
  return std::make_unique<RecursiveDoubling>();
}

}  // namespace scalesim::comm
