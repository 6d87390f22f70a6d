// The simulator's task graph as the parts that a replay plays, in the order in which they are predicted to
// start.
#include "sim/evaluate/replay_plan.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::sim {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

void refuse_unplayable(const TaskGraph& graph) {
  std::set<int> streams;
  for (const Task& task : graph.tasks) {
    if (graph.streams[at(task.stream)].device != 0)
      throw InputError("replay plays data parallelism only: leave --pp, --tp and --cp out");
    if (task.message) streams.insert(task.stream);
  }
  if (streams.size() > 1)
    throw InputError("replay plays strategies whose collectives follow each other: ddp, zero1 or zero2");
}

comm::ReplayStep to_parts(const TaskGraph& graph, const Timeline& line) {
  std::vector<int> order(graph.tasks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return line.start[at(a)] < line.start[at(b)]; });
  std::vector<int> position(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) position[at(order[i])] = static_cast<int>(i);
  comm::ReplayStep step;
  for (const int index : order) {
    const Task& task = graph.tasks[at(index)];
    comm::ReplayPart part;
    part.duration = task.duration;
    if (task.message) part.collective = task.message->collective, part.bytes = task.message->bytes;
    for (const int before : task.after) part.after.push_back(position[at(before)]);
    for (const int before : part.after) SCALESIM_CHECK(before < static_cast<int>(step.size()));
    step.push_back(std::move(part));
  }
  return step;
}

}  // namespace

PlannedReplay plan_replay(const Scenario& scenario, const topology::GpuSpec& gpu,
                          const std::shared_ptr<const comm::CollectiveModel>& collectives, int ranks,
                          int nodes, const DataCatalogue& data) {
  System system;
  system.name = "this machine";
  system.cluster.name = system.name;
  system.cluster.gpu = gpu;
  system.cluster.nodes = nodes;
  system.cluster.gpus_per_node = (ranks + nodes - 1) / nodes;
  system.collectives = collectives;
  system.gpu_counts = {ranks};
  StepConstants undisturbed;
  undisturbed.compute_loss = 0;
  undisturbed.communication_loss = 0;
  StepEvaluator simulator(scenario, system, data, undisturbed);
  const StepEvaluator::Played played = simulator.play_step(ranks);
  refuse_unplayable(played.step.graph);
  return {to_parts(played.step.graph, played.line), played.line.makespan,
          static_cast<double>(plan_batch(scenario, simulator.layout(ranks)).global)};
}

}  // namespace scalesim::sim
