// Shell completion made from the option tables, so it cannot lag behind them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/shell/command.h"

namespace scalesim::cli {

/// The script for `shell` ("bash", "zsh" or "fish"). Throws InputError for another shell.
std::string completion_script(const std::string& shell,
                              const std::vector<std::unique_ptr<Command>>& commands);

/// Of all collectives, for the words of a command.
std::vector<std::string> collective_names();

}  // namespace scalesim::cli
