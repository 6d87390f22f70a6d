// Options that several commands share: what is trained (the scenario) and what it runs on (the systems).
#pragma once

#include <vector>

#include "cli/shell/command.h"
#include "sim/scenario/scenario.h"
#include "topology/system/load_cluster.h"

namespace scalesim::cli {

std::vector<Option> scenario_options();
std::vector<Option> system_options();

/// What --gpu, --gpus-per-node, --nodes, --nic, --fabric and --oversubscription say of a system. Throws
/// InputError.
topology::ClusterOptions cluster_options(const Options& options);
/// Those options alone.
std::vector<Option> cluster_option_table();

/// Throws InputError naming the option, its value and what would be right.
sim::Scenario scenario_from(const Options& options, const DataCatalogue& data);

/// Leaves out sizes that were not asked for and cannot hold whole tensor, pipeline, context and expert
/// groups.
void keep_possible_sizes(std::vector<sim::System>& systems, const sim::Parallelism& parallel);

/// Without --batch and --global-batch: with sim::batch_that_fits. With one of them the scenario comes back as
/// it is.
sim::Scenario with_default_batch(sim::Scenario scenario, const std::vector<sim::System>& systems,
                                 const Options& options);

/// A catalogue GPU without NVLink cannot be in an NVLink system; the curve then shows the system's own
/// default.
struct Systems {
  std::vector<sim::System> systems;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;  ///< what was repaired or assumed while reading captured files: for stderr
};
Systems systems_from(const Options& options, const DataCatalogue& data);

}  // namespace scalesim::cli
