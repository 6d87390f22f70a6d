// What `scalesim replay` says: steps and collectives as predicted, beside what they took when they were
// played.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/units.h"

namespace scalesim::report {

/// A step on a group of ranks, predicted and played.
struct ReplayedStep {
  int ranks = 1, nodes = 1;
  bool probed = false;  ///< links between so many ranks were measured, not extrapolated to
  Seconds predicted{}, measured{};
  Seconds low{}, high{};  ///< 95 % interval of what was measured
  double samples = 0;     ///< that the step trains
  double error() const { return predicted / measured - 1; }
};

/// An all-reduce of one size on a group, predicted and measured.
struct ReplayedSize {
  int ranks = 1, nodes = 1;
  bool probed = false;
  Bytes bytes{};
  Seconds predicted{}, measured{};
  double error() const { return predicted / measured - 1; }
};

struct Replay {
  std::string model, gpu, strategy, transport;
  std::int64_t batch = 1;  ///< per GPU
  std::vector<ReplayedStep> steps;
  std::vector<ReplayedSize> sizes;

  /// The step on one rank, which speed-ups are relative to; null when it was not played.
  const ReplayedStep* alone() const;
  /// Whether a step's error is beyond `share`, either way.
  bool worse_than(double share) const;
};

/// How much more a step trains in a second than `one`, by the times that `time` names.
double speedup(const ReplayedStep& step, const ReplayedStep& one, Seconds ReplayedStep::*time);

std::string replay_text(const Replay& replay);
/// The document of schema "scalesim.replay/1" (report/schemas/replay.json).
std::string replay_json(const Replay& replay);

}  // namespace scalesim::report
