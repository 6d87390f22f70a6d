// The proof by simulation: every (rank, chunk) holds a count of each rank's contribution; messages move and
// add counts.
#include "comm/schedule/verify.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

/// How often each rank's contribution is inside one chunk; all zero: the chunk holds nothing of use.
using Contributions = std::vector<int>;

class Play {
 public:
  Play(const Schedule& schedule, Collective collective)
      : schedule_(schedule),
        collective_(collective),
        ranks_(schedule.ranks),
        per_rank_(schedule.chunks / schedule.ranks) {
    state_.assign(static_cast<size_t>(ranks_) * schedule.chunks, Contributions(ranks_, 0));
    for (int rank = 0; rank < ranks_; ++rank) {
      for (int chunk = 0; chunk < schedule.chunks; ++chunk) {
        if (starts_with(rank, chunk)) at(rank, chunk)[rank] = 1;
      }
    }
  }

  std::string run() {
    for (size_t round = 0; round < schedule_.rounds.size(); ++round) {
      std::string wrong = play(schedule_.rounds[round], round);
      if (!wrong.empty()) return wrong;
    }
    return judge();
  }

 private:
  Contributions& at(int rank, int chunk) {
    return state_[static_cast<size_t>(rank) * schedule_.chunks + chunk];
  }
  bool exists(int rank) const { return rank >= 0 && rank < ranks_; }
  int owner(int chunk) const { return chunk / per_rank_; }
  /// All-to-all: chunk (i n + j) k + ... belongs to destination j.
  int destination(int chunk) const { return chunk % per_rank_ / (per_rank_ / ranks_); }

  bool starts_with(int rank, int chunk) const {
    switch (collective_) {
      case Collective::broadcast:
        return rank == 0;
      case Collective::all_gather:
      case Collective::all_to_all:
      case Collective::send_receive:
        return owner(chunk) == rank;
      default:
        return true;
    }
  }

  /// The contributions that (rank, chunk) must hold in the end; empty where anything may be left.
  Contributions wanted(int rank, int chunk) const {
    const Contributions everyone(ranks_, 1);
    switch (collective_) {
      case Collective::all_reduce:
        return everyone;
      case Collective::reduce:
        return rank == 0 ? everyone : Contributions{};
      case Collective::reduce_scatter:
        return owner(chunk) == rank ? everyone : Contributions{};
      case Collective::broadcast:
        return only(0);
      case Collective::all_gather:
        return only(owner(chunk));
      case Collective::all_to_all:
        return destination(chunk) == rank ? only(owner(chunk)) : Contributions{};
      case Collective::send_receive:
        return (owner(chunk) + 1) % ranks_ == rank ? only(owner(chunk)) : Contributions{};
    }
    return {};
  }

  Contributions only(int rank) const {
    Contributions one(ranks_, 0);
    one[rank] = 1;
    return one;
  }

  std::string play(const std::vector<Message>& messages, size_t round) {
    const std::vector<Contributions> before = state_;
    std::vector<char> overwritten(state_.size(), 0);
    for (const Message& message : messages) {
      if (!exists(message.source) || !exists(message.destination)) {
        return fmt::format("round {}: a message from {} to {} among {} ranks", round, message.source,
                           message.destination, ranks_);
      }
      if (message.source == message.destination || message.first_chunk < 0 || message.chunks < 1 ||
          message.first_chunk + message.chunks > schedule_.chunks) {
        return fmt::format("round {}: a message from {} to {} has no such chunks", round, message.source,
                           message.destination);
      }
      for (int chunk = message.first_chunk; chunk < message.first_chunk + message.chunks; ++chunk) {
        const size_t from = static_cast<size_t>(message.source) * schedule_.chunks + chunk;
        const size_t to = static_cast<size_t>(message.destination) * schedule_.chunks + chunk;
        if (std::accumulate(before[from].begin(), before[from].end(), 0) == 0) {
          return fmt::format("round {}: rank {} sends chunk {} which it does not hold", round, message.source,
                             chunk);
        }
        if (!message.reduce && overwritten[to]++) {
          return fmt::format("round {}: chunk {} of rank {} is overwritten twice", round, chunk,
                             message.destination);
        }
        apply(before[from], message.reduce, state_[to]);
      }
    }
    return {};
  }

  static void apply(const Contributions& sent, bool reduce, Contributions& held) {
    if (!reduce) {
      held = sent;
      return;
    }
    for (size_t i = 0; i < sent.size(); ++i) held[i] += sent[i];
  }

  std::string judge() {
    for (int rank = 0; rank < ranks_; ++rank) {
      for (int chunk = 0; chunk < schedule_.chunks; ++chunk) {
        const Contributions want = wanted(rank, chunk);
        for (size_t i = 0; i < want.size(); ++i) {
          if (at(rank, chunk)[i] == want[i]) continue;
          return fmt::format(
              "in the end chunk {} of rank {} holds the contribution of rank {} {} times instead of {}",
              chunk, rank, i, at(rank, chunk)[i], want[i]);
        }
      }
    }
    return {};
  }

  const Schedule& schedule_;
  Collective collective_;
  int ranks_;
  int per_rank_;
  std::vector<Contributions> state_;
};

}  // namespace

std::string verify_schedule(const Schedule& schedule, Collective collective) {
  SCALESIM_CHECK(schedule.ranks >= 1 && schedule.chunks >= 1);
  const bool by_owner = collective == Collective::all_gather || collective == Collective::reduce_scatter ||
                        collective == Collective::send_receive || collective == Collective::all_to_all;
  const int multiple =
      collective == Collective::all_to_all ? schedule.ranks * schedule.ranks : schedule.ranks;
  if (by_owner && schedule.chunks % multiple != 0) {
    return fmt::format("{} chunks cannot be shared equally by {} ranks", schedule.chunks, schedule.ranks);
  }
  return Play(schedule, collective).run();
}

long most_chunks_sent(const Schedule& schedule) {
  std::vector<long> sent(schedule.ranks, 0);
  for (const std::vector<Message>& round : schedule.rounds) {
    for (const Message& message : round) sent[message.source] += message.chunks;
  }
  return *std::max_element(sent.begin(), sent.end());
}

}  // namespace scalesim::comm
