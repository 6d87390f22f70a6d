// Names beside what they are.
#include "report/documents/list.h"
#include "report/text/table.h"

namespace scalesim::report {

std::string list_text(const std::vector<ListEntry>& entries, int width) {
  Table table({{"name", Align::left}, {"what it is", Align::left}});
  for (const ListEntry& entry : entries) table.add({entry.name, entry.description});
  return table.text(0, width);
}

}  // namespace scalesim::report
