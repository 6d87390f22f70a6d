// Times a configuration that a search found in full, with what share of the GPUs' peak it reaches.
#include "report/documents/configurations.h"

#include "sim/evaluate/memory_needed.h"

namespace scalesim::report {

ConfigurationsReport::Row configurations_row(const plan::ConfigurationSearch& search,
                                             const plan::RankedConfiguration& ranked,
                                             const sim::System& system, const DataCatalogue& data,
                                             const sim::StepConstants& constants) {
  const int gpus = system.gpu_counts.back();
  const sim::Scenario scenario = search.scenario(ranked);
  sim::StepEvaluator simulator(scenario, system, data, constants);
  ConfigurationsReport::Row row{search.text(ranked), ranked.memory, simulator.outcome(gpus), 0};
  row.mfu = sim::model_flops(scenario, row.outcome.samples / gpus) / row.outcome.step.value() /
            system.cluster.gpu.peak_at(scenario.compute.precision).value();
  return row;
}

}  // namespace scalesim::report
