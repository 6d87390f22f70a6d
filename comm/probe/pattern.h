// Values to send and values to expect, chosen so that every sum is exact in float and a lost, repeated or
// misplaced block shows.
#pragma once

#include <cstddef>
#include <span>

#include "comm/collective/collective.h"

namespace scalesim::comm {

/// Elements (float) of the send and receive buffers of one rank, and bytes in the convention of
/// comm/collective/collective.h.
struct Shape {
  std::size_t send = 0;
  std::size_t receive = 0;
  Bytes bytes{};
};
/// At least one element per rank; `bytes` rounds down to whole elements.
Shape shape_of(Collective collective, Bytes bytes, int ranks);

/// What rank `rank` sends at element `i`.
float sent_value(int rank, std::size_t i);
void fill_sent(int rank, std::span<float> send);

/// Elements of `received` on `rank` that are not what the collective must leave there. Rank 0 is the root.
/// For reduce only the root's buffer is looked at; send_receive sends to the next rank and receives from the
/// one before.
long count_wrong(Collective collective, int rank, int ranks, std::span<const float> received);

}  // namespace scalesim::comm
