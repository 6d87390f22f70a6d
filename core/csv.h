// Tables that people bring: comma, semicolon or tab separated, every error with its line and column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace scalesim::inline core {

/// One cell and where it starts; columns count characters of the line from 1.
struct CsvCell {
  std::string text;  ///< without quotes and without space around it
  int column = 1;
};

struct CsvRow {
  int line = 1;
  std::vector<CsvCell> cells;
};

struct CsvTable {
  std::string file;
  CsvRow header;
  std::vector<CsvRow> rows;

  Place place(const CsvRow& row, std::size_t cell) const;
};

/// The first line names the columns; empty lines and lines that start with # are skipped. The separator is
/// the one of , ; and tab that the header has most of. Quotes as in RFC 4180, but a quoted cell ends on its
/// line. Throws InputError for an unclosed quote, a row with more or fewer cells than the header, an empty
/// or repeated column name, or no rows; `file` is only the name used in messages.
CsvTable parse_csv(std::string_view text, const std::string& file);

}  // namespace scalesim::inline core
