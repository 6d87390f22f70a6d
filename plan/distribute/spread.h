// Works on the tasks of a question with every thread of every rank.
#pragma once

#include <functional>

#include "job/world.h"
#include "plan/distribute/tasks.h"

namespace scalesim::plan {

/// Who looks on while tasks are worked on. Called by the thread that called spread(), on rank 0 only; each
/// may be empty.
struct Onlooker {
  std::function<bool()> stop;  ///< true: leave the rest undone
  std::function<void(std::size_t done, std::size_t all)> progress;
  std::function<void(const Results&)> keep;  ///< after new results, and at once when stopped
};

/// Adds the results of all tasks that `known` lacks and returns all, on rank 0; nothing on other ranks. With
/// `onlooker.stop` some are missing. Called by every rank with the same tasks; `known` is rank 0's. What a
/// task throws is thrown on rank 0: of several the one of the lowest task.
Results spread(const Tasks& tasks, Results known, job::World& world, int threads,
               const Onlooker& onlooker = {});

}  // namespace scalesim::plan
