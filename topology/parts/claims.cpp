// Reading what a data file says of its own figures.
#include "topology/parts/claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/toml.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kAll = "all";

bool names(const std::vector<std::string>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// A key that is not in the file would leave a figure looking documented.
std::vector<std::string> keys_in(const TomlTable& table, std::string_view list) {
  std::vector<std::string> named = table.optional_texts(list);
  const std::vector<std::string> there = table.keys();
  for (const std::string& key : named)
    if (key != kAll && !names(there, key))
      throw table.error(list, fmt::format("'{}' is no key of this file: name its keys, or \"all\"", key));
  return named;
}

}  // namespace

bool Claims::is_from_memory(std::string_view key) const {
  return names(from_memory, key) || (names(from_memory, kAll) && !names(documented, key));
}

Provenance Claims::provenance(std::string_view key) const {
  return is_from_memory(key) ? Provenance::assumed : Provenance::datasheet;
}

std::string Claims::source_of(std::string_view key) const {
  return is_from_memory(key) ? "from memory, not checked against a document" : source;
}

Claims parse_memory_claims(const TomlTable& table) {
  return {"", keys_in(table, "from_memory"), keys_in(table, "documented")};
}

Claims parse_claims(const TomlTable& table) {
  Claims claims = parse_memory_claims(table);
  claims.source = table.text("source");
  return claims;
}

}  // namespace scalesim::topology
