// A training step reduced to what can be played for real: messages, and waiting in place of computing.
#pragma once

#include <vector>

#include "comm/collective/collective.h"

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

}  // namespace scalesim::comm
