// What is known of the terminal an answer goes to.
#pragma once

#include <iosfwd>

namespace scalesim::cli {

/// Colour only where a person looks, and not when they refuse it (https://no-color.org).
bool wants_colour(const std::ostream& out);

/// Columns of the terminal behind `out`, between 40 and 200; 80 where there is none.
int terminal_width(const std::ostream& out);

}  // namespace scalesim::cli
