// Captured text made plain, and the small scanning helpers that every reader needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "core/units.h"

namespace scalesim::topology {

/// Without byte order mark, carriage returns, terminal escape codes and (where the text is HTML) entities and
/// tags; UTF-16 with a mark becomes ASCII. Tabs and line numbers stay.
std::string normalise(std::string_view raw);

/// Views into `text`, without line ends.
std::vector<std::string_view> lines_of(std::string_view text);
std::vector<std::string_view> words_of(std::string_view line);  ///< split at blanks and tabs
std::string lower_case(std::string_view text);
bool starts_with_word(std::string_view line, std::string_view word);  ///< after blanks

/// Whole decimal number of at most nine digits; nothing for anything else.
std::optional<int> whole_number(std::string_view text);
/// The finite decimal number at the start of "26.562 GB/s" or "81920 MiB"; nothing when there is none.
std::optional<double> leading_number(std::string_view text);

/// Text of a value, or nothing for the ways the tools say unknown: "", N/A, [N/A], [Not Supported], ...
std::optional<std::string> known(std::string_view value);
std::optional<bool> enabled(std::string_view value);            ///< Enabled, Disabled, On, Off, Active, ...
std::optional<Bytes> memory_size(std::string_view value);       ///< "81920 MiB"
std::optional<Watts> power(std::string_view value);             ///< "700.00 W"
std::optional<int> performance_state(std::string_view value);   ///< "P0" -> 0
std::optional<int> compute_capability(std::string_view value);  ///< "8.0" -> 80

/// "00000000:01:00.0" -> "0000:01:00.0", lower case; nothing when it is no PCI address.
std::optional<std::string> bus_id(std::string_view text);

/// The lists that Linux prints as "0-3,8", from NCCL and hwloc masks: 32-bit hex words, most significant
/// first.
std::string cpu_list(std::string_view hex_words);

/// Name of the root element of an XML text, empty when the text is no XML.
std::string_view xml_root(std::string_view text);

}  // namespace scalesim::topology
