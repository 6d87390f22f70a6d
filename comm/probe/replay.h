// Plays a predicted training step for real: its messages are sent between the ranks, its computing is stood
// in for by waiting, so that what is measured is the communication and how much of it hides behind the
// computing.
#pragma once

#include <vector>

#include "comm/collective/replay_step.h"
#include "comm/probe/backend.h"
#include "comm/probe/sampling.h"

namespace scalesim::comm {

/// Plays the step on this rank of the channel once; returns how long it took. `prepare_replay` comes first.
Seconds play(const ReplayStep& step, Channel& channel);
void prepare_replay(const ReplayStep& step, Channel& channel);

/// Plays the step back to back within about `time`, at least twice after one warm-up. The times are those
/// of the channel's first rank, whose steps end like everybody's when the last all-reduce has. Called by all
/// its ranks.
Series replay(const ReplayStep& step, Channel& channel, Seconds time);

}  // namespace scalesim::comm
