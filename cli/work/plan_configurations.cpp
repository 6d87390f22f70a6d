// Reads which choices are free, searches, tells the best.
#include "cli/work/plan_configurations.h"

#include <fmt/format.h>

#include <ostream>

#include "cli/options/scenario_options.h"
#include "cli/shell/terminal.h"
#include "cli/work/long_search.h"
#include "core/error.h"
#include "plan/search/configuration_search.h"
#include "report/documents/configurations.h"
#include "sim/evaluate/default_batch.h"
#include "topology/fabric/fabric_layout.h"

namespace scalesim::cli {
namespace {

plan::Choices choices_from(const Options& options, const sim::Scenario& s) {
  plan::Choices choices;
  if (options.has("tp")) choices.tensor = {s.parallel.tensor};
  if (options.has("pp")) choices.pipeline = {s.parallel.pipeline};
  if (options.has("cp")) choices.context = {s.parallel.context};
  if (options.has("ep")) choices.expert = {s.parallel.expert};
  if (options.has("vpp")) choices.virtual_stages = {s.parallel.virtual_stages};
  if (options.has("microbatch")) choices.microbatch = {s.parallel.microbatch};
  if (options.has("recompute")) choices.recompute = {s.compute.recompute};
  if (options.has("strategy")) choices.strategies = {s.strategy};
  if (options.has("schedule")) choices.schedules = {s.parallel.schedule};
  if (options.has("mapping")) choices.mappings = {s.parallel.mapping};
  if (options.has("overlap")) choices.overlap = {s.overlap};
  if (options.has("sequence-parallel")) choices.sequence_parallel = {true};
  if (options.has("gradient-precision")) choices.gradient_bytes = {s.gradient_element.value()};
  return choices;
}

sim::System one_system(const Options& options, const DataCatalogue& data) {
  if (options.all("system").size() != 1)
    throw InputError("--search looks at one cluster: give one --system, such as --system dgx-a100 --gpus 64");
  if (options.all("gpu").size() > 1) throw InputError("--search looks at one cluster: give one --gpu");
  sim::System system = systems_from(options, data).systems.at(0);
  if (system.gpu_counts.size() != 1 && options.has("gpus"))
    throw InputError("--search looks at one cluster: give one number of --gpus");
  return system;
}

}  // namespace

std::vector<Option> configurations_options() {
  return {
      {"search",
       "HOW",
       "not what to buy, but how best to train on one cluster (--system, --gpus)",
       false,
       {},
       {"exhaustive", "pruned"}},
      {"gpus", "N", "with --search: of the cluster", false, {}, {}},
      {"gpus-per-node", "N", "with --search", false, {}, {}},
      {"nic", "NxRATE", "with --search: network cards of a node, such as 8x400Gb", false, {}, {}},
      {"fabric", "KIND", "with --search: between nodes", false, {}, topology::fabric_options()},
  };
}

void plan_configurations(const Command& command, const Options& options, Context& context) {
  sim::System system = one_system(options, context.data);
  const int gpus = system.gpu_counts.back();
  sim::Scenario scenario = scenario_from(options, context.data);
  if (!scenario.global_batch)
    scenario.global_batch = gpus * (options.has("batch")         ? scenario.compute.batch
                                    : scenario.model.transformer ? sim::kUsualSequences
                                                                 : sim::kUsualImages);
  const plan::ConfigurationSpace space(scenario, choices_from(options, scenario), gpus,
                                       system.cluster.gpus_per_node);
  system.cluster.nodes = (gpus + system.cluster.gpus_per_node - 1) / system.cluster.gpus_per_node;
  const sim::StepConstants constants = sim::load_step_constants(context.data);
  const auto rows = static_cast<std::size_t>(options.integer("rows", 10, 1, 1000));
  const plan::ConfigurationSearch search(space, system.cluster, context.data, constants, rows);
  report::ConfigurationsReport report;
  if (options.text("search") == "pruned") {
    if (context.world.rank() != 0) return;
    report.searched = search.pruned();
  } else {
    const auto results = cli::search(search, command, options, "branches", context);
    if (!results) return;  // this rank only helped
    report.searched = search.answer(*results);
  }
  report.model = scenario.model.name;
  report.cluster = system.cluster.name;
  report.throughput_unit = scenario.model.sample_unit + "/s";
  report.search = options.text("search");
  report.gpus = gpus;
  report.global_batch = *scenario.global_batch;
  report.memory = system.cluster.gpu.memory.value();
  for (const plan::RankedConfiguration& ranked : report.searched.best)
    report.rows.push_back(report::configurations_row(search, ranked, system, context.data, constants));
  if (options.has("json"))
    deliver(options, "json", report::configurations_json(report), context);
  else
    context.out << report::configurations_text(report, terminal_width(context.out));
}

}  // namespace scalesim::cli
