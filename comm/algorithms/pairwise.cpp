// Pairwise exchange: n-1 rounds; in round k rank r sends to r+k and receives from r-k, so no link carries two
// messages at once (Thakur et al. 2005, doi:10.1177/1094342005051521, section 4.3).
#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

class Pairwise final : public Algorithm {
 public:
  std::string_view name() const override { return "pairwise"; }
  std::string_view description() const override {
    return "one partner per round; all-to-all of large messages";
  }
  bool supports(Collective collective, int) const override {
    return collective == Collective::all_to_all || collective == Collective::reduce_scatter ||
           collective == Collective::all_gather;
  }

  Schedule schedule(Collective collective, int ranks) const override {
    const bool to_all = collective == Collective::all_to_all;
    const bool reduce = collective == Collective::reduce_scatter;
    Schedule schedule{ranks, to_all ? ranks * ranks : ranks, {}};
    for (int step = 1; step < ranks; ++step) {
      std::vector<Message> messages;
      for (int rank = 0; rank < ranks; ++rank) {
        const int partner = (rank + step) % ranks;
        const int chunk = to_all ? rank * ranks + partner : reduce ? partner : rank;
        messages.push_back({rank, partner, chunk, 1, reduce});
      }
      schedule.rounds.push_back(std::move(messages));
    }
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_pairwise() { return std::make_unique<Pairwise>(); }

}  // namespace scalesim::comm
