// The document of `scalesim list`.
#include <nlohmann/json.hpp>

#include "report/documents/list.h"

namespace scalesim::report {

std::string list_json(const std::string& kind, const std::vector<ListEntry>& entries) {
  nlohmann::ordered_json document{{"schema", "scalesim.list/1"}, {"kind", kind}};
  for (const ListEntry& entry : entries)
    document["entries"].push_back({{"name", entry.name}, {"description", entry.description}});
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
