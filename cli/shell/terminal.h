// What is known of the terminal an answer goes to.
#pragma once

#include <iosfwd>

namespace scalesim::cli {

/// Whether a person looks at `out`: it is standard output or error, and that is a terminal.
bool is_terminal(const std::ostream& out);

/// Colour only where a person looks, and not when they refuse it (https://no-color.org).
bool wants_colour(const std::ostream& out);

/// Columns of the terminal behind `out`, between 40 and 400; 0 where there is none (a file, a pipe, mpirun):
/// then nothing is left out.
int terminal_width(const std::ostream& out);

/// Columns for a drawing: the terminal's up to 200, 80 where there is none.
int drawing_width(const std::ostream& out);

}  // namespace scalesim::cli
