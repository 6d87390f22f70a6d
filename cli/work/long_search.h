// A search that may take long: spread over threads and ranks, with a progress bar, and kept in a checkpoint
// when it is interrupted.
#pragma once

#include <optional>

#include "cli/shell/command.h"
#include "plan/distribute/tasks.h"

namespace scalesim::cli {

/// --checkpoint, --resume and --threads.
std::vector<Option> search_options();

/// --threads, or this rank's share of the host's processors.
int search_threads(const Options& options, const job::World& world);

/// All results on rank 0, nothing on other ranks; called by every rank. `counted` names the tasks in the bar.
/// Interrupted by SIGINT or SIGTERM it writes a checkpoint and throws InputError with the words that go on
/// from it. While it works it keeps a checkpoint up to date, for ends that nobody announces.
std::optional<plan::Results> search(const plan::Tasks& tasks, const Command& command, const Options& options,
                                    const std::string& counted, Context& context);

}  // namespace scalesim::cli
