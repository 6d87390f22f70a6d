// Times a way that a search found in full, with what share of the GPUs' peak it reaches.
#include "report/documents/ways.h"

#include "sim/evaluate/memory_needed.h"

namespace scalesim::report {

WaysReport::Row ways_row(const plan::WaySearch& search, const plan::RankedWay& way, const sim::System& system,
                         const DataCatalogue& data, const sim::StepConstants& constants) {
  const int gpus = system.gpu_counts.back();
  const sim::Scenario scenario = search.scenario(way);
  sim::StepEvaluator simulator(scenario, system, data, constants);
  WaysReport::Row row{search.text(way), way.memory, simulator.outcome(gpus), 0};
  row.mfu = sim::model_flops(scenario, row.outcome.samples / gpus) / row.outcome.step.value() /
            system.cluster.gpu.peak_at(scenario.compute.precision).value();
  return row;
}

}  // namespace scalesim::report
