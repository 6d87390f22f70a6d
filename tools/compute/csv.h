// Comma-separated tables of measurements, with quoted fields.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scalesim::workloads::calibrate {

class Table {
 public:
  /// Reads a file whose first line names the columns. Throws InputError.
  static Table read(const std::string& path);

  std::size_t size() const { return rows_.size(); }
  /// The cell, or "" when the row is short. Throws InputError for a column the file does not have.
  const std::string& text(std::size_t row, std::string_view column) const;
  /// The cell as a number; NaN when it is empty or none.
  double number(std::size_t row, std::string_view column) const;

 private:
  std::string path_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace scalesim::workloads::calibrate
