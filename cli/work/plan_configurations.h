// `scalesim plan --search`: the best configuration to train on a cluster that is already chosen.
#pragma once

#include "cli/shell/command.h"

namespace scalesim::cli {

/// --search and what describes the one cluster.
std::vector<Option> configurations_options();

/// Called by every rank. Throws InputError unless the options name one cluster.
void plan_configurations(const Command& command, const Options& options, Context& context);

}  // namespace scalesim::cli
