// What backs the figures of a data file: a document, or somebody's memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/provenance.h"

namespace scalesim::inline core {
class TomlTable;
}

namespace scalesim::topology {

struct Claims {
  std::string source;
  std::vector<std::string> from_memory;  ///< keys of the file without a document behind them, or "all" ...
  std::vector<std::string> documented;   ///< ... but these

  bool is_from_memory(std::string_view key) const;
  /// Of the figure under `key`: datasheet, or assumed where it is from memory.
  Provenance provenance(std::string_view key) const;
  /// The document, or a sentence that says there is none.
  std::string source_of(std::string_view key) const;
};

/// `source`, `from_memory` and `documented` of a GPU or NIC. Throws InputError for a key that the file does
/// not have.
Claims parse_claims(const TomlTable& table);
/// The same without `source`, which systems may leave out.
Claims parse_memory_claims(const TomlTable& table);

}  // namespace scalesim::topology
