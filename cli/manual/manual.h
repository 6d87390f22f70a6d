// Man pages made from the option tables.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/shell/command.h"

namespace scalesim::cli {

/// The page scalesim(1): what the program is for, and its commands.
std::string manual_overview(const std::vector<std::unique_ptr<Command>>& commands);

/// The page scalesim-COMMAND(1).
std::string manual_page(const Command& command);

}  // namespace scalesim::cli
