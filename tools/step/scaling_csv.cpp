// A small reader of comma-separated values.
#include "scaling_csv.h"

#include <cctype>
#include <fstream>

#include "core/error.h"
#include "core/number.h"
#include "core/text.h"

namespace scalesim {
namespace {

std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"', ++i;
    } else if (c == '"') {
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

std::vector<Row> read_rows(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw InputError("cannot read " + file);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> names = split_csv(line);
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = split_csv(line);
    Row row;
    for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

double number(const std::string& text) { return leading_double(trim(text)).value; }

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace scalesim
