// Reading of comma-separated tables.
#include "tools/compute/csv.h"

#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "core/number.h"
#include "core/text.h"

namespace scalesim::workloads::calibrate {
namespace {

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

}  // namespace

Table Table::read(const std::string& path) {
  const std::string content = read_file(path);
  Table table;
  table.path_ = path;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    table.rows_.push_back(split(std::string_view(content).substr(at, end - at)));
    at = end + 1;
  }
  if (table.rows_.empty())
    throw InputError(Place{path, 1, 0}, "the table is empty; its first line names the columns");
  for (std::size_t i = 0; i < table.rows_.front().size(); ++i) table.columns_[table.rows_.front()[i]] = i;
  table.rows_.erase(table.rows_.begin());
  return table;
}

const std::string& Table::text(std::size_t row, std::string_view column) const {
  static const std::string kEmpty;
  const auto found = columns_.find(column);
  if (found == columns_.end()) {
    throw InputError(Place{path_, 1, 0}, "the table has no column '" + std::string(column) + "'");
  }
  return found->second < rows_[row].size() ? rows_[row][found->second] : kEmpty;
}

double Table::number(std::size_t row, std::string_view column) const {
  const LeadingNumber<double> number = leading_double(trim(text(row, column)));
  return number ? number.value : std::nan("");
}

}  // namespace scalesim::workloads::calibrate
