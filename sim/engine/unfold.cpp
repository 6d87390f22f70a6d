// Copies and rendezvous.
#include "sim/engine/unfold.h"

#include <algorithm>

namespace scalesim::sim {
namespace {

/// Number of the group that replica `r` (tensor rank fastest, then context, then data) belongs to along
/// `axis`.
int group_of(int r, Axis axis, const Layout& layout) {
  const int tensor = r % layout.tensor, replica = r / layout.tensor;
  const int data = replica / layout.context;
  switch (axis) {
    case Axis::tensor:
      return replica;
    case Axis::context:
      return tensor + layout.tensor * data;
    case Axis::data:
      return tensor;
    case Axis::shard:
      return tensor + layout.tensor * (replica / layout.shard);
    case Axis::replica:
      return tensor + layout.tensor * (replica % layout.shard);
    case Axis::none:
      break;
  }
  return r;
}

}  // namespace

TaskGraph unfold(const Step& step) {
  const TaskGraph& folded = step.graph;
  const int replicas = step.layout.ranks_per_stage();
  const int streams = static_cast<int>(folded.streams.size()), tasks = static_cast<int>(folded.tasks.size());
  int devices = 0;
  for (const Stream& stream : folded.streams) devices = std::max(devices, stream.device + 1);
  TaskGraph graph;
  graph.streams.reserve(static_cast<std::size_t>(streams) * static_cast<std::size_t>(replicas));
  graph.tasks.reserve(static_cast<std::size_t>(tasks) * static_cast<std::size_t>(replicas));
  for (int r = 0; r < replicas; ++r) {
    for (const Stream& stream : folded.streams) graph.add_stream(stream.kind, stream.device + r * devices);
    for (int t = 0; t < tasks; ++t) {
      Task task = folded.tasks[static_cast<std::size_t>(t)];
      task.stream += r * streams;
      for (int& before : task.after) before += r * tasks;
      if (task.axis != Axis::none) task.rendezvous = t * replicas + group_of(r, task.axis, step.layout);
      graph.add(std::move(task));
    }
  }
  return graph;
}

}  // namespace scalesim::sim
