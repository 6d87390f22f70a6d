// A collective algorithm added as one file: everybody sends to rank 0, which adds up and sends the sum back.
#include "comm/schedule/schedule.h"

namespace scalesim::comm {
namespace {

class Star final : public Algorithm {
 public:
  std::string_view name() const override { return "added-star"; }
  std::string_view description() const override { return "all to rank 0 and back"; }
  bool supports(Collective collective, int) const override { return collective == Collective::all_reduce; }

  Schedule schedule(Collective, int ranks) const override {
    Schedule schedule{ranks, 1, {{}, {}}};
    for (int rank = 1; rank < ranks; ++rank) {
      schedule.rounds[0].push_back({rank, 0, 0, 1, true});
      schedule.rounds[1].push_back({0, rank, 0, 1, false});
    }
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_added_star() { return std::make_unique<Star>(); }

}  // namespace scalesim::comm
