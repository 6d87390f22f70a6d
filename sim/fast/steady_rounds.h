// The part of a pipeline schedule that repeats, followed until one round is another one a while later, then
// skipped.
#pragma once

#include <cmath>
#include <vector>

#include "sim/fast/pipeline_state.h"

namespace scalesim::sim {

/// What the micro-batches of each pass count up by, from those that a program tells: see make_short_program.
struct Shift {
  int passes[3] = {0, 0, 0};
  Shift plus(int all) const { return {{passes[0] + all, passes[1] + all, passes[2] + all}}; }
  ProgramSlot of(ProgramSlot slot) const {
    slot.microbatch += passes[static_cast<int>(slot.pass)];
    return slot;
  }
};

/// What the maxima of a round chose between: how much later the own clock was than what was waited for.
using Slacks = std::vector<double>;

/// A round does to the clocks what the round before did to them: sums and maxima of what it finds. So when
/// all it finds is what an earlier round found, but for one shift in time, every later one repeats, too. What
/// it finds are the clocks of the stages, what was handed on and not used yet, and the queues of collectives,
/// which may also grow or shrink evenly (DeviceLine::repeatable).
///
/// Before that, stages that have less to do run ahead of the others, each clock at a pace of its own: that
/// goes on as long as every maximum chooses as it did.
class SteadyRounds {
 public:
  /// Follows `rounds` rounds of `part`, whose first slots are `slots`, shifted. `run(shift, slacks)` plays
  /// one, and fills `slacks` unless it is null.
  template <class Run>
  void follow(PipelineState& state, const SteadyPart& part, const ProgramSlot* slots, const Shift& shift,
              int rounds, bool collectives, const Run& run) {
    start(state, part, slots, shift, collectives);
    for (int r = 0; r < rounds;) {
      const bool drifts = drifts_evenly(r) && rounds - r > kWorthSkipping;
      run(shift.plus(r * part.shift), drifts ? &slacks_[r % 2] : nullptr);
      take(++r);
      if (const int skipped = skip_repeated(r, rounds)) {
        for (r += skipped; r < rounds; ++r) run(shift.plus(r * part.shift), nullptr);
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
    std::vector<double> extra;   ///< StageLine::more_compute and more_wait
    std::vector<DeviceLine::Mark> lines;
  };

  void start(PipelineState& state, const SteadyPart& part, const ProgramSlot* slots, const Shift& shift,
             bool collectives);
  void take(int border);
  int skip_repeated(int border, int rounds);
  int repeatable(int border, int back, int rounds) const;
  void repeat(int border, int back, int skipped);
  bool drifts_evenly(int border) const;
  int skip_drifting(int border, int rounds);
  double& handed_on(std::size_t slot, int round) const;
  Border& at_border(int border) { return borders_[static_cast<std::size_t>(border) % borders_.size()]; }
  const Border& at_border(int border) const {
    return borders_[static_cast<std::size_t>(border) % borders_.size()];
  }

  PipelineState* state_ = nullptr;
  const SteadyPart* part_ = nullptr;
  const ProgramSlot* slots_ = nullptr;
  Shift shift_;
  std::size_t lines_ = 0;  ///< stages whose collectives are looked at: all or none
  int ahead_ = 1;          ///< rounds until a delay may have gone through the stages and back
  int first_ = 0;          ///< the first border after which all rounds were run
  int recorded_ = 0;       ///< rounds in a row of which the slacks are known
  std::vector<Border> borders_;
  Slacks slacks_[2];
};

}  // namespace scalesim::sim
