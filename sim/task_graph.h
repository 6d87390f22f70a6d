// A step as tasks on streams: a task starts when its stream is free, in the order added, and all it waits for
// has ended.
#pragma once

#include <string>
#include <vector>

#include "core/units.h"

namespace scalesim::sim {

enum class StreamKind { compute, communication };

/// What a running task does to what runs beside it on the other kind of stream: rates in (0, 1], 1 means
/// undisturbed.
struct Interference {
  double compute_rate = 1;        ///< progress of compute while this collective runs
  double communication_rate = 1;  ///< progress of this collective while compute runs
};

struct Task {
  int stream = 0;
  Seconds duration{};         ///< alone on the machine
  Interference interference;  ///< used for tasks on communication streams
  std::vector<int> after;     ///< tasks that must have ended
  std::string name;
};

struct TaskGraph {
  std::vector<StreamKind> streams;
  std::vector<Task> tasks;

  int add_stream(StreamKind kind) { return streams.push_back(kind), static_cast<int>(streams.size()) - 1; }
  int add(Task task) { return tasks.push_back(std::move(task)), static_cast<int>(tasks.size()) - 1; }
};

struct Timeline {
  std::vector<Seconds> start;  ///< one per task
  std::vector<Seconds> end;
  Seconds makespan{};
};

/// Plays the graph. Compute and communication progress at the rates of their interference while both run,
/// integrated piecewise between events. Throws InternalError when tasks wait for each other in a circle.
Timeline play(const TaskGraph& graph);

}  // namespace scalesim::sim
