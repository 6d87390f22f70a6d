// A pipeline schedule as one list of actions in an order in which each comes after what it waits for, so that
// it can be followed without looking for what is ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/step/pipeline.h"

namespace scalesim::sim {

struct ScheduledAction {
  std::int32_t stage = 0, virtual_stage = 0, microbatch = 0;
  Pass pass = Pass::forward;
  bool last = false;  ///< the last action of its stage
  bool operator==(const ScheduledAction&) const = default;
};

/// Action `action` of the round `age` rounds before a border between rounds (1: the last one).
struct PendingAction {
  std::size_t action = 0;
  int age = 1;
  auto operator<=>(const PendingAction&) const = default;
};

/// `rounds` stretches of equally many actions from `begin` on, each the one before with its micro-batches
/// counted up by `shift`. A action waits for actions of its own round or of the `lag` rounds before.
struct SteadyPart {
  std::size_t begin = 0, actions = 0;
  int rounds = 0, shift = 0, lag = 1;
  bool grows = false;                    ///< has one more round for each `shift` more micro-batches
  bool passes[3] = {};                   ///< those that occur in it
  std::vector<PendingAction> pending;    ///< what later rounds wait for, at any border
  std::vector<PendingAction> left_over;  ///< what actions after the last round wait for, at the last border

  std::size_t end() const { return begin + actions * static_cast<std::size_t>(rounds); }
  bool operator==(const SteadyPart&) const = default;
};

/// A action as places in tables, for the loop that follows thousands of them.
struct ActionPlaces {
  std::int32_t stage = 0, pass = 0, microbatch = 0;
  std::int32_t costs = 0;  ///< 3 * virtual stage + pass
  std::int32_t in = -1;    ///< column of the micro-batch's arrivals that it waits for; -1: none
  std::int32_t out = 0;    ///< column that it writes
};

/// Columns of a micro-batch's arrivals: forward passes of each virtual stage, then backward ones. Two
/// between them are nobody's: what the last virtual stage hands on forward, and the first one backward.
constexpr std::size_t columns_of(int virtual_stages) {
  return 2 * static_cast<std::size_t>(virtual_stages) + 2;
}
constexpr int column_of(Pass pass, int virtual_stage, int virtual_stages) {
  return pass == Pass::forward ? virtual_stage : virtual_stages + 2 + virtual_stage;
}
/// What hands a micro-batch on writes the column of the pass that gets it; weight gradients hand on nothing.
constexpr int column_written(Pass pass, int virtual_stage, int virtual_stages) {
  if (pass == Pass::weight) return column_of(Pass::forward, virtual_stages, virtual_stages);
  return column_of(pass, pass == Pass::forward ? virtual_stage + 1 : virtual_stage - 1, virtual_stages);
}

struct LinearisedSchedule {
  PipelineShape shape;
  std::vector<ScheduledAction> actions;
  std::vector<ActionPlaces> places;  ///< one per action
  std::size_t first_last = 0;        ///< the first action of the last micro-batch that is not a forward pass
  std::vector<SteadyPart> steady;    ///< in order, not overlapping
};

/// Without `training` only the forward actions. Throws InternalError for a schedule that waits for itself.
LinearisedSchedule linearise(const Pipeline& pipeline, const PipelineShape& shape, bool training);

/// The schedule of `shape`, perhaps told with fewer micro-batches (LinearisedSchedule::shape says how many):
/// more of them only make its growing parts longer, which is tried out with one round more. Micro-batches of
/// actions after a growing part count up by what it has grown, for the passes that occur in it.
LinearisedSchedule linearise_shortened(const Pipeline& pipeline, const PipelineShape& shape, bool training);

}  // namespace scalesim::sim
