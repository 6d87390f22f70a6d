// The part of a pipeline schedule that repeats, followed until one round is another one a while later, then
// skipped.
#pragma once

#include <cmath>
#include <vector>

#include "sim/fast/pipeline_state.h"

namespace scalesim::sim {

/// What the micro-batches of each pass count up by, from those that a schedule tells: see
/// linearise_shortened.
struct Shift {
  int passes[3] = {0, 0, 0};
  Shift plus(int all) const { return {{passes[0] + all, passes[1] + all, passes[2] + all}}; }
  ScheduledAction of(ScheduledAction action) const {
    action.microbatch += passes[static_cast<int>(action.pass)];
    return action;
  }
};

/// One number for each maximum of a round: how much later the stage was free than its input arrived. Its sign
/// says which of the two the maximum picked.
using Slacks = std::vector<double>;

/// Skips rounds whose effect is known. A round computes its times only by adding durations and taking maxima,
/// so its result depends on nothing but the times it starts from: the clocks of the stages, arrivals that no
/// action has used yet, and the queues of collectives. If all of these are those of an earlier round plus one
/// common shift, the rounds in between repeat for ever and can be skipped. A queue may also grow or shrink by
/// the same amount in every round (CommunicationStream::repeatable).
///
/// Before that steady state, stages with less work run ahead of the others and each clock advances by an
/// amount of its own per round. Such rounds are skipped too, up to the first one in which some maximum would
/// pick another of its arguments.
class SteadyStateFastForward {
 public:
  /// Runs `rounds` rounds of `part`, whose first actions are `actions`, shifted. `run_round(shift, slacks)`
  /// plays one, and fills `slacks` unless it is null.
  template <class Run>
  void run(PipelineState& state, const SteadyPart& part, const ScheduledAction* actions, const Shift& shift,
           int rounds, bool collectives, const Run& run_round) {
    start(state, part, actions, shift, collectives);
    for (int r = 0; r < rounds;) {
      const bool drifts = drifts_evenly(r) && rounds - r > kWorthSkipping;
      run_round(shift.plus(r * part.shift), drifts ? &slacks_[r % 2] : nullptr);
      take(++r);
      if (const int skipped = skip_repeated(r, rounds)) {
        for (r += skipped; r < rounds; ++r) run_round(shift.plus(r * part.shift), nullptr);
        return;
      }
      recorded_ = drifts ? recorded_ + 1 : 0;
      if (recorded_ >= 2 && drifts_evenly(r)) r += skip_drifting(r, rounds);
    }
  }

 private:
  static constexpr int kWorthSkipping = 4;

  /// The clocks between two rounds.
  struct Border {
    std::vector<double> clocks;  ///< those that move
    std::vector<double> extra;   ///< StageStream::more_compute and more_wait
    std::vector<CommunicationStream::Mark> lines;
  };

  void start(PipelineState& state, const SteadyPart& part, const ScheduledAction* actions, const Shift& shift,
             bool collectives);
  void take(int border);
  int skip_repeated(int border, int rounds);
  int repeatable(int border, int back, int rounds) const;
  void repeat(int border, int back, int skipped);
  bool drifts_evenly(int border) const;
  int skip_drifting(int border, int rounds);
  double& handed_on(std::size_t action, int round) const;
  Border& at_border(int border) { return borders_[static_cast<std::size_t>(border) % borders_.size()]; }
  const Border& at_border(int border) const {
    return borders_[static_cast<std::size_t>(border) % borders_.size()];
  }

  PipelineState* state_ = nullptr;
  const SteadyPart* part_ = nullptr;
  const ScheduledAction* actions_ = nullptr;
  Shift shift_;
  std::size_t lines_ = 0;  ///< stages whose collectives are looked at: all or none
  int ahead_ = 1;          ///< rounds until a delay may have gone through the stages and back
  int first_ = 0;          ///< the first border after which all rounds were run
  int recorded_ = 0;       ///< rounds in a row of which the slacks are known
  std::vector<Border> borders_;
  Slacks slacks_[2];
};

}  // namespace scalesim::sim
