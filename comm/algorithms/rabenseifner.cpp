// Rabenseifner: reduce-scatter by recursive halving, then all-gather by recursive doubling. As few bytes as a
// ring in 2 log2(n) rounds (Rabenseifner 2004, doi:10.1007/978-3-540-24685-5_1; Thakur et al. 2005
// section 4.5).
#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

int floor_power_of_two(int n) {
  int power = 1;
  while (2 * power <= n) power *= 2;
  return power;
}

/// The `power` ranks that take part in the exchanges: of the first 2 * pairs ranks only the even ones.
struct Participants {
  int power;
  int pairs;
  int real(int virtual_rank) const { return virtual_rank < pairs ? 2 * virtual_rank : virtual_rank + pairs; }
};

/// Halving: partners at distance d send each other the half of their range that lies on the partner's side.
void add_halving(Schedule& schedule, const Participants& who) {
  for (int distance = who.power / 2; distance >= 1; distance /= 2) {
    std::vector<Message> messages;
    for (int rank = 0; rank < who.power; ++rank) {
      const int partner = rank ^ distance;
      messages.push_back({who.real(rank), who.real(partner), partner / distance * distance, distance, true});
    }
    schedule.rounds.push_back(std::move(messages));
  }
}

void add_doubling(Schedule& schedule, const Participants& who) {
  for (int distance = 1; distance < who.power; distance *= 2) {
    std::vector<Message> messages;
    for (int rank = 0; rank < who.power; ++rank) {
      messages.push_back(
          {who.real(rank), who.real(rank ^ distance), rank / distance * distance, distance, false});
    }
    schedule.rounds.push_back(std::move(messages));
  }
}

class Rabenseifner final : public Algorithm {
 public:
  std::string_view name() const override { return "rabenseifner"; }
  std::string_view description() const override {
    return "recursive halving, then doubling; few bytes and few rounds";
  }
  bool supports(Collective collective, int ranks) const override {
    const bool halves = collective == Collective::all_gather || collective == Collective::reduce_scatter;
    return collective == Collective::all_reduce || (halves && floor_power_of_two(ranks) == ranks);
  }

  Schedule schedule(Collective collective, int ranks) const override {
    const int power = floor_power_of_two(ranks);
    const Participants who{power, ranks - power};
    Schedule schedule{ranks, power, {}};
    std::vector<Message> fold, unfold;
    for (int pair = 0; pair < who.pairs; ++pair) {
      fold.push_back({2 * pair + 1, 2 * pair, 0, power, true});
      unfold.push_back({2 * pair, 2 * pair + 1, 0, power, false});
    }
    if (who.pairs > 0) schedule.rounds.push_back(fold);
    if (collective != Collective::all_gather) add_halving(schedule, who);
    if (collective != Collective::reduce_scatter) add_doubling(schedule, who);
    if (who.pairs > 0) schedule.rounds.push_back(unfold);
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_rabenseifner() { return std::make_unique<Rabenseifner>(); }

}  // namespace scalesim::comm
