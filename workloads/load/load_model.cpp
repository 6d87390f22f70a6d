// Finding a model: a file by its extension, else a name among the families of zoo/ and the files of
// data/models/.
#include "workloads/load/load_model.h"

#include <algorithm>
#include <cctype>

#include "core/file.h"
#include "core/number.h"
#include "core/toml.h"
#include "workloads/build/family.h"
#include "workloads/load/model_file.h"

namespace scalesim::workloads {
namespace {

/// Names differ between torchvision, timm and Hugging Face in case and punctuation: "Llama-3.1-8B",
/// "llama31_8b". How much of it counts, from strict to loose: a dash or a dot may part numbers
/// (regnet_x_1_6gf is not regnet_x_16gf, gpt3-1.3b is not gpt3-13b), so they are dropped only when nothing
/// else fits.
enum class Spelling { dashes_alike, no_dashes, no_dots };

std::string plain(std::string_view name, Spelling spelling) {
  std::string result;
  for (char c : name) {
    const bool dash = c == '-' || c == '_' || c == ' ';
    if (dash && spelling == Spelling::dashes_alike) result += '_';
    const bool keep = std::isalnum(static_cast<unsigned char>(c)) || (!dash && spelling != Spelling::no_dots);
    if (keep) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

struct Found {
  const Family* family = nullptr;  ///< null: a data file
  std::string name;
  std::optional<std::int64_t> image = {};  ///< the size that the name asked for
};

using Zoo = std::vector<std::unique_ptr<Family>>;

std::optional<Found> find_plain(const Zoo& zoo, const DataCatalogue& data, const std::string& word,
                                Spelling spelling) {
  const std::string wanted = plain(word, spelling);
  for (const auto& family : zoo) {
    for (std::string_view name : family->names()) {
      if (plain(name, spelling) == wanted) return Found{family.get(), std::string(name)};
    }
  }
  for (const std::string& name : data.names("models")) {
    if (plain(name, spelling) == wanted) return Found{nullptr, name};
  }
  return std::nullopt;
}

/// Data files may list other names they are known by.
std::optional<Found> find_alias(const DataCatalogue& data, const std::string& word) {
  const std::string wanted = plain(word, Spelling::no_dashes);
  for (const std::string& name : data.names("models")) {
    for (const std::string& alias : data.read("models", name).optional_texts("aliases")) {
      if (plain(alias, Spelling::no_dashes) == wanted) return Found{nullptr, name};
    }
  }
  return std::nullopt;
}

/// From the cheapest look to the loosest: the exact name, its spelling, an alias, its spelling without dots.
std::optional<Found> find(const Zoo& zoo, const DataCatalogue& data, const std::string& word) {
  if (data.has("models", word)) return Found{nullptr, word};
  if (auto found = find_plain(zoo, data, word, Spelling::dashes_alike)) return found;
  if (auto found = find_plain(zoo, data, word, Spelling::no_dashes)) return found;
  if (auto found = find_alias(data, word)) return found;
  return find_plain(zoo, data, word, Spelling::no_dots);
}

/// timm's names also say whose weights they are: the same network is tf_efficientnet_b0_ns or
/// resnet50.a1_in1k. Removes one such mark, or returns nothing when there is none.
std::optional<std::string> without_weights(const std::string& word) {
  for (std::string_view start : {"tf_", "tv_", "ssl_", "swsl_", "ig_", "gluon_"}) {
    if (starts_with(word, start)) return word.substr(start.size());
  }
  for (std::string_view end :
       {"_ap", "_ns", "_in22ft1k", "_in21ft1k", "_in22k", "_in21k", "_sam", "_miil", "_v1b"}) {
    if (ends_with(word, end)) return word.substr(0, word.size() - end.size());
  }
  const std::size_t dot = word.find('.');
  return dot == std::string::npos ? std::nullopt : std::optional(word.substr(0, dot));
}

/// ... or for which image the weights were tuned: convnext_base_384_in22ft1k. Removes the size from the end
/// of `word` and returns it; sizes are three digits from 192 up, so that widths (mobilenetv2_140) are left
/// alone.
std::optional<std::int64_t> take_image(std::string& word) {
  const std::size_t at = word.rfind('_');
  if (at == std::string::npos || word.size() - at != 4) return std::nullopt;
  if (!std::all_of(word.begin() + static_cast<std::ptrdiff_t>(at) + 1, word.end(),
                   [](unsigned char c) { return std::isdigit(c); })) {
    return std::nullopt;
  }
  const std::int64_t image = to_integer<std::int64_t>(word.substr(at + 1)).value();
  if (image < 192) return std::nullopt;
  word.resize(at);
  return image;
}

std::optional<Found> find_any(const Zoo& zoo, const DataCatalogue& data, std::string word) {
  std::optional<std::int64_t> image;
  while (true) {
    if (auto found = find(zoo, data, word)) {
      found->image = image;
      return found;
    }
    if (!image && (image = take_image(word))) continue;
    const auto shorter = without_weights(word);
    if (!shorter || shorter->empty()) return std::nullopt;
    word = *shorter;
  }
}

Model build(const Found& found, ModelOptions options, const DataCatalogue& data) {
  if (!options.image) options.image = found.image;
  if (found.family) return found.family->build(found.name, options);
  return read_model(data.read("models", found.name), found.name, options);
}

}  // namespace

Model load_model(const std::string& name_or_file, const ModelOptions& options, const DataCatalogue& data) {
  if (ends_with(name_or_file, ".onnx")) return read_onnx(name_or_file, options);
  if (ends_with(name_or_file, ".toml")) {
    return read_model(TomlTable::parse(read_file(name_or_file), name_or_file), "model", options);
  }
  const Zoo zoo = make_zoo();
  if (const auto found = find_any(zoo, data, name_or_file)) return build(*found, options, data);
  throw unknown_name("model", name_or_file, model_names(data), "'scalesim list models' shows all");
}

std::vector<std::string> model_names(const DataCatalogue& data) {
  std::vector<std::string> names = data.names("models");
  for (const auto& family : make_zoo()) {
    for (std::string_view name : family->names()) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace scalesim::workloads
