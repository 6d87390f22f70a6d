// Quotes text for CSV.
#include "report/csv/csv.h"

namespace scalesim::report {

std::string csv_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) quoted.append(letter == '"' ? 2 : 1, letter);
  return quoted + '"';
}

}  // namespace scalesim::report
