// Options about what happens to a job at scale and over weeks: failures, checkpoints, evaluation, input, GPUs
// that differ.
#pragma once

#include <vector>

#include "cli/shell/command.h"
#include "sim/scenario/scenario.h"

namespace scalesim::cli {

std::vector<Option> reality_options();

/// Failures, checkpoints, evaluation and the seed. Throws InputError.
sim::RealityOptions reality_from(const Options& options);

/// Cores, disk and the size of a sample on it, into `scenario`. Throws InputError.
void apply_input_options(sim::Scenario& scenario, const Options& options);

/// --mix NxGPU: the last N GPUs of every node. Throws InputError when a node has no room for them, or when
/// one of them lacks the links that join the others.
std::vector<sim::OtherGpus> other_gpus(const Options& options, const topology::Cluster& cluster,
                                       const DataCatalogue& data);

/// What collectives among the GPUs of `cluster` and `others` can rely on: the least of each.
topology::Cluster with_common_links(topology::Cluster cluster, const std::vector<sim::OtherGpus>& others);

}  // namespace scalesim::cli
