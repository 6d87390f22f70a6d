// What `scalesim list KIND` says: the names that the commands understand, each with what it is.
#pragma once

#include <string>
#include <vector>

#include "core/data_catalogue.h"

namespace scalesim::report {

struct ListEntry {
  std::string name;
  std::string description;
};

/// "models", "gpus", ...
const std::vector<std::string>& list_kinds();

/// Throws InputError for an unknown kind.
std::vector<ListEntry> list_entries(const std::string& kind, const DataCatalogue& data);

/// At most `width` columns where that is above 0.
std::string list_text(const std::vector<ListEntry>& entries, int width);
/// The document of schema "scalesim.list/1" (report/schemas/list.json).
std::string list_json(const std::string& kind, const std::vector<ListEntry>& entries);

}  // namespace scalesim::report
