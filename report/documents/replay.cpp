// Compares what was played.
#include "report/documents/replay.h"

#include <algorithm>
#include <cmath>

namespace scalesim::report {

const ReplayedStep* Replay::alone() const {
  return !steps.empty() && steps.front().ranks == 1 ? &steps.front() : nullptr;
}

bool Replay::worse_than(double share) const {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const ReplayedStep& step) { return std::abs(step.error()) > share; });
}

double speedup(const ReplayedStep& step, const ReplayedStep& one, Seconds ReplayedStep::*time) {
  return (step.samples / (step.*time).value()) / (one.samples / (one.*time).value());
}

}  // namespace scalesim::report
