// What a step's tasks took, stage by stage: the little that the answer is made of, whether the tasks were
// played or followed by a recurrence.
#pragma once

#include <string_view>
#include <vector>

#include "sim/engine/step_graph.h"

namespace scalesim::sim {

/// Times of one stage. `waits` are collectives inside the passes (and sends that hold compute up),
/// `gradient_wait` is from its last pass to the update.
struct StageTimes {
  Seconds compute{}, waits{}, optimizer{}, gradient_wait{};
  Seconds busy() const { return compute + waits + optimizer; }
};

struct StepParts {
  std::vector<StageTimes> stages;
  Seconds makespan{};
  Seconds collectives{};  ///< durations of all gradient and parameter collectives of all stages
  std::string_view link;  ///< what bounds the largest of them; lives as long as the step or the table

  /// The stage that computes longest; the first of equals.
  const StageTimes& busiest() const;
};

/// Of a folded step that was played; also of its first ranks when all were.
StepParts parts_of(const Step& step, const Timeline& line);

}  // namespace scalesim::sim
