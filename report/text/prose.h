// Sentences on a terminal: cut at spaces rather than by the terminal in the middle of a word.
#pragma once

#include <string>
#include <string_view>

namespace scalesim::report {

/// `text` without lines of more than `width` columns; 0 keeps all. A cut line goes on below the text of
/// its label
/// ("Best:      8 x ..."), else two spaces to the right of where it began.
/// Lines with colours stay: they are drawings.
std::string fitted(std::string_view text, int width);

}  // namespace scalesim::report
