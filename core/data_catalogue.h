// The TOML files of data/, compiled into the binary, plus what the user adds with --data DIR.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scalesim::inline core {

class TomlTable;

/// One file of the build-time table that CMake generates from data/.
struct EmbeddedFile {
  std::string_view path;  ///< relative to data/, such as "gpus/rtx4090.toml"
  std::string_view text;
};
std::span<const EmbeddedFile> embedded_files();

/// Data files by path. A value: copying is cheap enough to hand one to every command.
class DataCatalogue {
 public:
  /// What was compiled in.
  static DataCatalogue embedded();

  /// Adds every .toml below `folder`, which is laid out as data/ is; an equal path replaces. Throws
  /// InputError when the folder cannot be read.
  void add_folder(const std::string& folder);
  void add(std::string path, std::string text);

  /// Stems of the files directly in `folder`: names("gpus") -> {"a100-pcie-40gb", ...}, sorted.
  std::vector<std::string> names(std::string_view folder) const;
  bool has(std::string_view folder, std::string_view name) const;
  /// Parses folder/name.toml. Throws InputError with the nearest name when there is none.
  TomlTable read(std::string_view folder, std::string_view name) const;

 private:
  struct File {
    std::string shown_path;  ///< what an error message calls it
    std::string_view embedded;
    std::string owned;
    std::string_view text() const { return owned.empty() ? embedded : std::string_view(owned); }
  };
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace scalesim::inline core
