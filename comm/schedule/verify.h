// Plays a schedule without a clock and says whether it does what its collective promises.
#pragma once

#include <string>

#include "comm/schedule/schedule.h"

namespace scalesim::comm {

/// Empty when the schedule is right, else one sentence about the first broken promise: a message has
/// no sender or receiver, a rank sends a chunk it does not hold, two messages of a round overwrite the same
/// chunk, or in the end a rank lacks or doubles a contribution.
///
/// How a collective's buffer is cut (c = schedule.chunks): all-reduce, broadcast and reduce: c pieces of the
/// one buffer. All-gather and reduce-scatter: rank r owns pieces [r c/n, (r+1) c/n). All-to-all: piece (i n +
/// j) travels from rank i to rank j, c a multiple of n^2. Send-receive: rank r's pieces [r c/n, (r+1) c/n) go
/// to rank r+1, the last to rank 0.
std::string verify_schedule(const Schedule& schedule, Collective collective);

/// The largest number of chunks any one rank sends, over all rounds: its share of wire traffic.
long most_chunks_sent(const Schedule& schedule);

}  // namespace scalesim::comm
