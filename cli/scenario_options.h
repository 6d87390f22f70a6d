// Options that several commands share: what is trained (the scenario) and what it runs on (the systems).
#pragma once

#include <vector>

#include "cli/command.h"
#include "sim/scenario.h"

namespace scalesim::cli {

std::vector<Option> scenario_options();
std::vector<Option> system_options();

/// Throws InputError naming the option, its value and what would be right.
sim::Scenario scenario_from(const Options& options, const DataCatalogue& data);

/// A catalogue GPU without NVLink cannot be in an NVLink system; the curve then shows the system's own default.
struct Systems {
  std::vector<sim::System> systems;
  std::vector<std::string> warnings;
};
Systems systems_from(const Options& options, const DataCatalogue& data);

}  // namespace scalesim::cli
