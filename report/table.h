// Plain-text tables: columns as wide as their widest cell, numbers to the right, text to the left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalesim::report {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::right;
};

/// Width on a terminal: code points, not bytes.
std::size_t display_width(std::string_view text);

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// One cell per column.
  void add(std::vector<std::string> cells);
  /// Every line ends in a newline; `indent` spaces before each.
  std::string text(int indent = 2) const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace scalesim::report
