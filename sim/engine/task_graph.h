// A step as tasks on streams: a task starts when its stream is free, in the order added, and all it waits for
// has ended. Streams belong to devices; what runs on one device at the same time slows each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "comm/collective/model.h"
#include "core/units.h"
#include "sim/scenario/layout.h"

namespace scalesim::sim {

enum class StreamKind { compute, communication, copy, host };
std::string_view to_text(StreamKind kind);

/// What a running task does to what runs beside it on the other kind of stream: rates in (0, 1], 1 means
/// undisturbed.
struct Interference {
  double compute_rate = 1;        ///< progress of compute while this collective runs
  double communication_rate = 1;  ///< progress of this collective while compute runs
};

constexpr int kNoLink = -1;

struct Message {
  comm::Collective collective = comm::Collective::all_reduce;
  Bytes bytes{};
  comm::Group group{};
};

struct Task {
  int stream = 0;
  Seconds duration{};         ///< alone on the machine
  Interference interference;  ///< used for tasks on communication streams
  std::vector<int> after;     ///< tasks that must have ended
  std::string name;
  Axis axis = Axis::none;   ///< ranks that must all be ready before any of them starts
  int rendezvous = -1;      ///< tasks of one number start together and end together (set by unfold)
  int link = kNoLink;       ///< what carries it; tasks of one device on one link share it max-min fairly
  double link_demand = 1;   ///< share of the link that it uses alone, in (0, 1]
  Seconds communication{};  ///< part of a compute task's duration that waits for a collective in its middle
  std::optional<Message> message;  ///< what a collective's task moves, for replaying it for real
};

struct Stream {
  StreamKind kind = StreamKind::compute;
  int device = 0;
};

struct TaskGraph {
  std::vector<Stream> streams;
  std::vector<Task> tasks;

  int add_stream(StreamKind kind, int device = 0) {
    return streams.push_back({kind, device}), static_cast<int>(streams.size()) - 1;
  }
  int add(Task task) { return tasks.push_back(std::move(task)), static_cast<int>(tasks.size()) - 1; }
};

struct Timeline {
  std::vector<Seconds> start;  ///< one per task
  std::vector<Seconds> end;
  Seconds makespan{};
};

/// Plays the graph. Compute and communication progress at the rates of their interference while both run on a
/// device, integrated piecewise between events; tasks of one rendezvous progress at the rate of the slowest.
/// Cost: O((tasks + dependencies) log tasks). Throws InternalError when tasks wait for each other in a
/// circle.
Timeline play(const TaskGraph& graph);

}  // namespace scalesim::sim
