// Asks the system whether a standard stream is a terminal and how wide it is.
#include "cli/shell/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace scalesim::cli {
namespace {

constexpr int kWidestDrawing = 200;

/// File descriptor behind `out`, or -1.
int descriptor(const std::ostream& out) {
  if (&out == &std::cout) return STDOUT_FILENO;
  return &out == &std::cerr ? STDERR_FILENO : -1;
}

}  // namespace

int terminal_width(const std::ostream& out) {
  // mpirun gives its ranks a terminal of no columns, which leads to its own output: a file, perhaps.
  winsize size{};
  const int file = descriptor(out);
  if (file < 0 || isatty(file) == 0 || ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 0;
  return std::clamp(static_cast<int>(size.ws_col), 40, 400);
}

bool is_terminal(const std::ostream& out) { return terminal_width(out) > 0; }

bool wants_colour(const std::ostream& out) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(out) && (refused == nullptr || *refused == '\0');
}

int drawing_width(const std::ostream& out) {
  const int width = terminal_width(out);
  return width > 0 ? std::min(width, kWidestDrawing) : 80;
}

}  // namespace scalesim::cli
