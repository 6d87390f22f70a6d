// Asks the system whether standard output is a terminal and how wide it is.
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace scalesim::cli {
namespace {

bool is_terminal(const std::ostream& out) { return &out == &std::cout && isatty(STDOUT_FILENO) != 0; }

}  // namespace

bool wants_colour(const std::ostream& out) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(out) && (refused == nullptr || *refused == '\0');
}

int terminal_width(const std::ostream& out) {
  winsize size{};
  if (!is_terminal(out) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return std::clamp(static_cast<int>(size.ws_col), 40, 200);
}

}  // namespace scalesim::cli
