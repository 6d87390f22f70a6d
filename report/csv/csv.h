// What every CSV document shares: text in quotes, as RFC 4180 has it.
#pragma once

#include <string>
#include <string_view>

namespace scalesim::report {

/// `text` between quotes, quotes inside doubled.
std::string csv_text(std::string_view text);

}  // namespace scalesim::report
