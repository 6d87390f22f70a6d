// Plays a predicted training step for real: its messages are sent between the ranks, its computing is stood
// in for by waiting, so that what is measured is the communication and how much of it hides behind the
// computing.
#pragma once

#include <vector>

#include "comm/probe/backend.h"
#include "comm/probe/sampling.h"

namespace scalesim::comm {

/// One part of a step: a collective (`bytes` > 0), or computing of `duration`. It starts when the parts in
/// `after` have ended and the part before it of the same kind has.
struct ReplayPart {
  Collective collective = Collective::all_reduce;
  Bytes bytes{};
  Seconds duration{};
  std::vector<int> after;
};

/// A step in an order in which every part comes after those it waits for.
using ReplayStep = std::vector<ReplayPart>;

/// Plays the step on this rank of the channel once; returns how long it took. `prepare_replay` comes first.
Seconds play(const ReplayStep& step, Channel& channel);
void prepare_replay(const ReplayStep& step, Channel& channel);

/// Plays the step back to back within about `time`, at least twice after one warm-up. The times are those
/// of the channel's first rank, whose steps end like everybody's when the last all-reduce has. Called by all
/// its ranks.
Series replay(const ReplayStep& step, Channel& channel, Seconds time);

}  // namespace scalesim::comm
