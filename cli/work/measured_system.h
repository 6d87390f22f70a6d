// The machine that this job runs on, measured, as one more system of a prediction.
#pragma once

#include <functional>

#include "cli/options/scenario_options.h"

namespace scalesim::cli {

/// Called by every rank under mpirun. Rank 0 says where the ranks run and prints the probe's table (to the
/// answer, or to the progress stream when `machine_output`), then adds the measured system in front of the
/// others.
void add_measured_system(Systems& systems, const Options& options, Context& context, bool machine_output);

/// For comm::ProbeOptions: a line on `err` every five seconds with the time left. No bar, for mpirun stands
/// between the ranks and the terminal.
std::function<void(Seconds)> told_progress(std::ostream& err, Seconds budget);

}  // namespace scalesim::cli
