// Sums over the tasks of a played graph.
#include "sim/engine/step_parts.h"

#include <algorithm>

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Seconds duration(const Timeline& line, int task) { return line.end[at(task)] - line.start[at(task)]; }

std::vector<StageTimes> stage_times(const Step& step, const Timeline& line) {
  std::vector<StageTimes> stages(at(step.layout.pipeline));
  std::vector<Seconds> last_backward(stages.size());
  const auto stage_of = [&](int task) {
    return at(step.graph.streams[at(step.graph.tasks[at(task)].stream)].device);
  };
  for (const int task : step.compute) {
    StageTimes& stage = stages[stage_of(task)];
    const Task& t = step.graph.tasks[at(task)];
    // A slowed task slows its waiting part alike.
    const double stretch = t.duration > Seconds(0) ? duration(line, task) / t.duration : 1;
    stage.waits += t.communication * stretch;
    stage.compute += duration(line, task) - t.communication * stretch;
    last_backward[stage_of(task)] = std::max(last_backward[stage_of(task)], line.end[at(task)]);
  }
  for (const int task : step.transfers)
    if (step.graph.streams[at(step.graph.tasks[at(task)].stream)].kind == StreamKind::compute)
      stages[stage_of(task)].waits += duration(line, task);
  for (const int task : step.optimizer) {
    stages[stage_of(task)].optimizer += duration(line, task);
    stages[stage_of(task)].gradient_wait += line.start[at(task)] - last_backward[stage_of(task)];
  }
  return stages;
}

}  // namespace

const StageTimes& StepParts::busiest() const {
  return *std::max_element(stages.begin(), stages.end(),
                           [](const StageTimes& a, const StageTimes& b) { return a.busy() < b.busy(); });
}

StepParts parts_of(const Step& step, const Timeline& line) {
  StepParts parts;
  parts.stages = stage_times(step, line);
  parts.makespan = line.makespan;
  for (const int task : step.collectives) parts.collectives += duration(line, task);
  parts.link = step.bottleneck_link;
  return parts;
}

}  // namespace scalesim::sim
