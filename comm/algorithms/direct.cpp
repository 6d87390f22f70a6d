// Direct: every rank sends every other rank its piece at once, in one round per phase. Ideal behind a switch
// that gives every pair full bandwidth (NVSwitch), and what NVLink SHARP does with the sums inside the
// switch.
#include "comm/schedule/schedule.h"

namespace scalesim::comm {

namespace {

/// One message for every ordered pair of ranks, carrying the chunk `pick(source, destination)`.
template <class Pick>
std::vector<Message> every_pair(int ranks, bool reduce, Pick pick) {
  std::vector<Message> messages;
  for (int source = 0; source < ranks; ++source) {
    for (int destination = 0; destination < ranks; ++destination) {
      if (source != destination)
        messages.push_back({source, destination, pick(source, destination), 1, reduce});
    }
  }
  return messages;
}

std::vector<Message> root_to_all(int ranks) {
  std::vector<Message> messages;
  for (int rank = 1; rank < ranks; ++rank) messages.push_back({0, rank, 0, 1, false});
  return messages;
}

std::vector<Message> all_to_root(int ranks) {
  std::vector<Message> messages;
  for (int rank = 1; rank < ranks; ++rank) messages.push_back({rank, 0, 0, 1, true});
  return messages;
}

class Direct final : public Algorithm {
 public:
  std::string_view name() const override { return "direct"; }
  std::string_view description() const override {
    return "everybody to everybody at once; one round per phase";
  }
  bool supports(Collective collective, int) const override { return collective != Collective::send_receive; }

  Schedule schedule(Collective collective, int ranks) const override {
    Schedule schedule{ranks, ranks, {}};
    const auto of_destination = [](int, int destination) { return destination; };
    const auto of_source = [](int source, int) { return source; };
    switch (collective) {
      case Collective::broadcast:
      case Collective::reduce:
        schedule.chunks = 1;
        schedule.rounds.push_back(collective == Collective::reduce ? all_to_root(ranks) : root_to_all(ranks));
        break;
      case Collective::all_to_all:
        schedule.chunks = ranks * ranks;
        schedule.rounds.push_back(every_pair(ranks, false, [ranks](int i, int j) { return i * ranks + j; }));
        break;
      default:
        if (collective != Collective::all_gather)
          schedule.rounds.push_back(every_pair(ranks, true, of_destination));
        if (collective != Collective::reduce_scatter)
          schedule.rounds.push_back(every_pair(ranks, false, of_source));
    }
    return schedule;
  }
};

}  // namespace

std::unique_ptr<Algorithm> make_algorithm_direct() { return std::make_unique<Direct>(); }

}  // namespace scalesim::comm
