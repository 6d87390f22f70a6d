// A command line run as one process runs it, with what it printed: the tests of all commands start here.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/application.h"

namespace scalesim::cli {

struct Outcome {
  int code = 0;
  std::string out, err;
};

inline Outcome run_scalesim(const std::vector<std::string>& words) {
  std::ostringstream out, err;
  const auto world = job::single_rank_world();
  const int code = run_application(words, *world, out, err);
  return {code, out.str(), err.str()};
}

/// `words` behind the command's name.
inline Outcome run_command(const std::string& command, std::vector<std::string> words) {
  words.insert(words.begin(), command);
  return run_scalesim(words);
}

}  // namespace scalesim::cli
