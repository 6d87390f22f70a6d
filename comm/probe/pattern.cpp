// Patterns: rank r sends (r mod 7) + 1 + (i mod 5), so a sum over ranks is known without adding.
#include "comm/probe/pattern.h"

#include <algorithm>

namespace scalesim::comm {
namespace {

constexpr std::size_t kPeriod = 5;
constexpr int kRankPeriod = 7;

float sum_over_ranks(int ranks, std::size_t i) {
  int sum = ranks * static_cast<int>(i % kPeriod);
  for (int rank = 0; rank < ranks; ++rank) sum += rank % kRankPeriod + 1;
  return static_cast<float>(sum);
}

/// Compares a block with a periodic value; `value(i)` only depends on i mod kPeriod.
template <class Value>
long differences(std::span<const float> block, std::size_t first, Value value) {
  float expected[kPeriod];
  for (std::size_t i = 0; i < kPeriod; ++i) expected[i] = value(i);
  long wrong = 0;
  std::size_t phase = first % kPeriod;
  for (const float found : block) {
    wrong += found != expected[phase];
    phase = phase + 1 == kPeriod ? 0 : phase + 1;
  }
  return wrong;
}

long differences_from_rank(std::span<const float> block, std::size_t first, int rank) {
  return differences(block, first, [rank](std::size_t i) { return sent_value(rank, i); });
}

}  // namespace

float sent_value(int rank, std::size_t i) {
  return static_cast<float>(rank % kRankPeriod + 1 + static_cast<int>(i % kPeriod));
}

void fill_sent(int rank, std::span<float> send) {
  for (std::size_t i = 0; i < send.size(); ++i) send[i] = sent_value(rank, i);
}

Shape shape_of(Collective collective, Bytes bytes, int ranks) {
  const auto n = static_cast<std::size_t>(ranks);
  const std::size_t total = std::max<std::size_t>(1, static_cast<std::size_t>(bytes.value()) / sizeof(float));
  const std::size_t share = std::max<std::size_t>(1, total / n);
  const Bytes shared(static_cast<double>(share * n * sizeof(float)));
  switch (collective) {
    case Collective::all_gather:
      return {share, share * n, shared};
    case Collective::reduce_scatter:
      return {share * n, share, shared};
    case Collective::all_to_all:
      return {share * n, share * n, shared};
    default:
      return {total, total, Bytes(static_cast<double>(total * sizeof(float)))};
  }
}

long count_wrong(Collective collective, int rank, int ranks, std::span<const float> received) {
  const auto summed = [ranks](std::size_t i) { return sum_over_ranks(ranks, i); };
  const std::size_t share = received.size() / static_cast<std::size_t>(ranks);
  long wrong = 0;
  switch (collective) {
    case Collective::all_reduce:
      return differences(received, 0, summed);
    case Collective::reduce:
      return rank == 0 ? differences(received, 0, summed) : 0;
    case Collective::broadcast:
      return differences_from_rank(received, 0, 0);
    case Collective::send_receive:
      return differences_from_rank(received, 0, (rank + ranks - 1) % ranks);
    case Collective::reduce_scatter:
      return differences(received, static_cast<std::size_t>(rank) * received.size(), summed);
    case Collective::all_gather:
      for (int r = 0; r < ranks; ++r)
        wrong += differences_from_rank(received.subspan(static_cast<std::size_t>(r) * share, share), 0, r);
      return wrong;
    case Collective::all_to_all:
      for (int r = 0; r < ranks; ++r)
        wrong += differences_from_rank(received.subspan(static_cast<std::size_t>(r) * share, share),
                                       static_cast<std::size_t>(rank) * share, r);
      return wrong;
  }
  return wrong;
}

}  // namespace scalesim::comm
