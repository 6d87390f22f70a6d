// What must hold of a TOML text before toml++ may see it.
#pragma once

#include <string>
#include <string_view>

namespace scalesim::inline core {

/// Throws InputError for a character beyond ASCII outside quotes and comments. TOML has no place for one, and
/// toml++ 3.3 runs into undefined behaviour (an unreachable default in is_non_ascii_horizontal_whitespace) on
/// most of them.
void refuse_bare_unicode(std::string_view text, const std::string& file);

}  // namespace scalesim::inline core
