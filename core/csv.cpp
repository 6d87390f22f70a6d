// A reader of separated values that says where it is.
#include "core/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/text.h"

namespace scalesim::inline core {
namespace {

char separator_of(std::string_view header) {
  char best = ',';
  for (const char c : {';', '\t'})
    if (std::count(header.begin(), header.end(), c) > std::count(header.begin(), header.end(), best))
      best = c;
  return best;
}

/// Splits one line; `at` runs over its bytes.
class LineReader {
 public:
  LineReader(std::string_view line, char separator, Place place)
      : line_(line), separator_(separator), place_(std::move(place)) {}

  std::vector<CsvCell> cells() {
    std::vector<CsvCell> cells;
    do cells.push_back(cell());
    while (next_separator());
    return cells;
  }

 private:
  CsvCell cell() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
    const int column = static_cast<int>(at_) + 1;
    if (at_ < line_.size() && line_[at_] == '"') return {quoted(column), column};
    const std::size_t end = std::min(line_.find(separator_, at_), line_.size());
    const std::string_view text = line_.substr(at_, end - at_);
    at_ = end;
    return {std::string(trim(text)), column};
  }

  std::string quoted(int column) {
    std::string text;
    for (++at_; at_ < line_.size(); ++at_) {
      if (line_[at_] != '"') {
        text += line_[at_];
      } else if (at_ + 1 < line_.size() && line_[at_ + 1] == '"') {
        text += line_[at_++];
      } else {
        ++at_;
        while (at_ < line_.size() && line_[at_] == ' ') ++at_;
        if (at_ < line_.size() && line_[at_] != separator_)
          throw error(
              static_cast<int>(at_) + 1,
              fmt::format("'{}' after a closing quote: write the quote twice to have it inside a cell",
                          line_[at_]));
        return text;
      }
    }
    throw error(column, "the quote that opens here is not closed on this line");
  }

  bool next_separator() {
    if (at_ >= line_.size()) return false;
    ++at_;
    return true;
  }

  InputError error(int column, const std::string& message) const {
    return InputError(Place{place_.file, place_.line, column}, message);
  }

  std::string_view line_;
  char separator_;
  Place place_;
  std::size_t at_ = 0;
};

void check_header(const CsvTable& table) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < table.header.cells.size(); ++i) {
    const std::string& name = table.header.cells[i].text;
    if (name.empty()) throw InputError(table.place(table.header, i), "a column without a name");
    if (!seen.insert(name).second)
      throw InputError(table.place(table.header, i), fmt::format("the column '{}' stands there twice", name));
  }
}

void check_length(const CsvTable& table, const CsvRow& row, int end) {
  const std::size_t wanted = table.header.cells.size(), found = row.cells.size();
  if (found == wanted) return;
  const int column = found > wanted ? row.cells[wanted].column : end;
  throw InputError(Place{table.file, row.line, column},
                   fmt::format("{} cell{} where the header has {}", found, found == 1 ? "" : "s", wanted));
}

}  // namespace

Place CsvTable::place(const CsvRow& row, std::size_t cell) const {
  return {file, row.line, row.cells.at(cell).column};
}

CsvTable parse_csv(std::string_view text, const std::string& file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, 3) == kByteOrderMark) text.remove_prefix(3);
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw InputError(Place{file,
                           1 + static_cast<int>(std::count(
                                   text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n')),
                           0},
                     "a zero byte: this is not a text file; export the table as CSV");
  CsvTable table;
  table.file = file;
  char separator = 0;
  int number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    start = end + 1;
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (trim(line).empty() || line[0] == '#') continue;
    const bool header = separator == 0;
    if (header) separator = separator_of(line);
    CsvRow row{number, LineReader(line, separator, {file, number, 0}).cells()};
    if (header) {
      table.header = std::move(row);
      check_header(table);
    } else {
      check_length(table, row, static_cast<int>(line.size()) + 1);
      table.rows.push_back(std::move(row));
    }
  }
  if (separator == 0)
    throw InputError(Place{file, 0, 0}, "the file is empty: the first line names the columns");
  if (table.rows.empty())
    throw InputError(Place{file, table.header.line, 1}, "no rows below the line that names the columns");
  return table;
}

}  // namespace scalesim::inline core
