// From the words of the command line to an exit code: chooses the command, parses its options, catches errors
// once.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "cli/shell/command.h"

namespace scalesim::cli {

/// Runs one command. Exit codes: 0 done, 2 bad input or usage, 3 a check asked for failed, 70 a bug in
/// scalesim. Ranks other than 0 get streams that print nothing.
int run_application(const std::vector<std::string>& words, job::World& world, std::ostream& out,
                    std::ostream& err);

/// The same in the job that `join` enters; where that fails, the exit code and the sentence say so.
int run_program(const std::vector<std::string>& words,
                const std::function<std::unique_ptr<job::World>()>& join, std::ostream& out,
                std::ostream& err);

}  // namespace scalesim::cli
