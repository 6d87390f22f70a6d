// Plain-text tables: columns as wide as their widest cell, numbers to the right, text to the left. On a
// terminal that is too narrow for that, titles take two lines, the least important columns go, and text is
// wrapped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalesim::report {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::right;
  int drop =
      0;  ///< 0 is always shown; else the column with the highest number goes first where room is short
};

/// Lines of at most `width` columns, cut at spaces, and inside a word only where it is longer than a line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// One cell per column.
  void add(std::vector<std::string> cells);
  /// Every line ends in a newline; `indent` spaces before each. With a `width` above 0 no line is longer, as
  /// far as columns that must stay allow; a last line names what was left out.
  std::string text(int indent = 2, int width = 0) const;
  bool empty() const { return rows_.empty(); }

 private:
  std::size_t widest(std::size_t column) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace scalesim::report
