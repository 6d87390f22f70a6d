// A table of published measurements (CSV) as rows of named cells.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scalesim {

using Row = std::map<std::string, std::string>;

/// Rows of a file whose first line names the columns; quotes as in RFC 4180. Throws InputError.
std::vector<Row> read_rows(const std::string& file);

bool has(const std::string& text, std::string_view part);
/// 0 for a cell that is empty or no number.
double number(const std::string& text);
std::string lower(std::string text);

}  // namespace scalesim
