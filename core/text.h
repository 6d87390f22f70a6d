// Text as every reader of it needs it: without the space around it.
#pragma once

#include <string_view>

namespace scalesim::inline core {

/// `text` without the blanks, tabs and line ends around it.
std::string_view trim(std::string_view text);

}  // namespace scalesim::inline core
