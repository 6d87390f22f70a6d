// How wide text is on a terminal: Chinese characters and emoji take two columns, combining marks none.
#pragma once

#include <cstddef>
#include <string_view>

namespace scalesim::report {

/// Columns of `text`, UTF-8. A control character or a byte that is no UTF-8 counts as one.
std::size_t display_width(std::string_view text);

/// The longest start of `text` of at most `width` columns, no character of it cut.
std::string_view start_within(std::string_view text, std::size_t width);
/// The longest end, likewise.
std::string_view end_within(std::string_view text, std::size_t width);

/// The first character as people count them, with its marks.
std::string_view first_character(std::string_view text);

}  // namespace scalesim::report
