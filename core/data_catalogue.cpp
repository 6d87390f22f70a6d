// Look-up of embedded and user-supplied data files.
#include "core/data_catalogue.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/toml.h"

namespace scalesim::inline core {

DataCatalogue DataCatalogue::embedded() {
  DataCatalogue catalogue;
  for (const EmbeddedFile& file : embedded_files())
    catalogue.files_[std::string(file.path)] = {"data/" + std::string(file.path), file.text, {}};
  return catalogue;
}

void DataCatalogue::add_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(folder))
    throw InputError(fmt::format(
        "--data {}: is not a folder; give one laid out like data/ (gpus/, systems/, ...)", folder));
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".toml")
      files_[fs::relative(entry.path(), folder).generic_string()] = {
          entry.path().string(), {}, read_file(entry.path().string())};
}

void DataCatalogue::add(std::string path, std::string text) {
  std::string shown = path;
  files_[std::move(path)] = {std::move(shown), {}, std::move(text)};
}

std::vector<std::string> DataCatalogue::names(std::string_view folder) const {
  std::vector<std::string> result;
  const std::string prefix = std::string(folder) + "/";
  for (auto it = files_.lower_bound(prefix); it != files_.end() && it->first.starts_with(prefix); ++it) {
    const std::string name = it->first.substr(prefix.size());
    if (name.find('/') == std::string::npos)
      result.push_back(name.substr(0, name.size() - std::string_view(".toml").size()));
  }
  return result;
}

bool DataCatalogue::has(std::string_view folder, std::string_view name) const {
  return files_.count(fmt::format("{}/{}.toml", folder, name)) > 0;
}

TomlTable DataCatalogue::read(std::string_view folder, std::string_view name) const {
  const auto found = files_.find(fmt::format("{}/{}.toml", folder, name));
  if (found == files_.end()) throw unknown_name(folder, name, names(folder));
  return TomlTable::parse(found->second.text(), found->second.shown_path);
}

}  // namespace scalesim::inline core
