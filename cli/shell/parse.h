// Words of the command line against a command's option table. The only place with Boost.Program_options.
#pragma once

#include <string>
#include <vector>

#include "cli/shell/command.h"

namespace scalesim::cli {

/// Throws InputError in one sentence for an unknown option (with the nearest), a missing value or a wrong
/// choice.
Options parse_words(const std::vector<std::string>& words, const std::vector<Option>& known);

/// Options that every command has: --help, --data, --quiet, --verbose.
const std::vector<Option>& common_options();

/// The help text of one command, made from its tables; with a `width` above 0 it fits that many columns.
std::string help_text(const Command& command, int width = 0);

}  // namespace scalesim::cli
