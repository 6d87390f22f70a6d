// Finding a GPU by any of the names people and tools give it.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <mutex>
#include <set>

#include "core/error.h"
#include "topology/gpu.h"

namespace scalesim::topology {
namespace {

/// Words that say nothing about which GPU it is.
bool is_noise(const std::string& word) {
  static const std::set<std::string> kNoise = {"nvidia", "geforce", "tesla",  "quadro", "amd", "instinct",
                                               "radeon", "intel",   "google", "huawei", "gpu", "graphics"};
  return kNoise.count(word) > 0;
}

/// "rtx4090" -> "rtx", "4090"; every other word stays whole ("a100", "sxm4").
std::vector<std::string> split_series(const std::string& word) {
  for (const std::string_view series : {"rtx", "gtx"})
    if (word.size() > series.size() && word.compare(0, series.size(), series) == 0 &&
        std::isdigit(static_cast<unsigned char>(word[series.size()])))
      return {std::string(series), word.substr(series.size())};
  // "2080ti" is "2080", "ti"
  const auto digits = word.find_first_not_of("0123456789");
  if (digits != std::string::npos && digits >= 3 && word.substr(digits) == "ti")
    return {word.substr(0, digits), "ti"};
  return {word};
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    for (const std::string& first : split_series(word))
      for (const std::string& part : split_series(first))
        if (!part.empty() && !is_noise(part)) words.push_back(part);
    word.clear();
  };
  for (const char raw : name) {
    const auto c = static_cast<unsigned char>(raw);
    if (std::isalnum(c))
      word += static_cast<char>(std::tolower(c));
    else
      flush();
  }
  flush();
  std::sort(words.begin(), words.end());
  return words;
}

/// 80 for "80gb", 0 for anything else.
int memory_word(const std::string& word) {
  const auto end = word.find_first_not_of("0123456789");
  const bool is_size =
      end != 0 && end != std::string::npos && (word.substr(end) == "gb" || word.substr(end) == "g");
  return is_size && end < 5 ? std::stoi(word.substr(0, end)) : 0;
}

using Key = std::vector<std::string>;

}  // namespace

struct GpuCatalogue::Index {
  std::once_flag built;
  std::map<Key, std::string> names;    ///< words of a spelling -> catalogue name
  std::map<std::string, int> memory;   ///< catalogue name -> GB
  std::vector<std::string> spellings;  ///< for suggestions
};

namespace {

void add_spelling(std::map<Key, std::string>& names, std::string_view spelling, const std::string& name) {
  names.emplace(words_of(spelling), name);
}

}  // namespace

GpuCatalogue::GpuCatalogue(DataCatalogue data) : data_(std::move(data)), index_(std::make_shared<Index>()) {}

std::optional<GpuSpec> GpuCatalogue::by_product(std::string_view product) const {
  if (data_.has("gpus", product)) return parse_gpu(data_.read("gpus", product), std::string(product));
  std::call_once(index_->built, [&] {
    for (const std::string& name : names()) {
      const GpuSpec gpu = parse_gpu(data_.read("gpus", name), name);
      add_spelling(index_->names, name, name);
      add_spelling(index_->names, gpu.product, name);
      index_->spellings.push_back(name);
      for (const std::string& alias : gpu.aliases) {
        add_spelling(index_->names, alias, name);
        index_->spellings.push_back(alias);
      }
      index_->memory[name] = static_cast<int>(std::lround(gpu.memory.value() / 1073741824.0));
    }
  });
  Key key = words_of(product);
  auto found = index_->names.find(key);
  if (found == index_->names.end()) {
    const auto size =
        std::find_if(key.begin(), key.end(), [](const std::string& word) { return memory_word(word) > 0; });
    if (size == key.end()) return std::nullopt;
    const int gigabytes = memory_word(*size);
    key.erase(size);
    found = index_->names.find(key);
    if (found == index_->names.end() || index_->memory.at(found->second) != gigabytes) return std::nullopt;
  }
  return parse_gpu(data_.read("gpus", found->second), found->second);
}

GpuSpec GpuCatalogue::find(std::string_view name) const {
  if (auto gpu = by_product(name)) return *gpu;
  throw unknown_name("GPU", name, index_->spellings,
                     "'scalesim list gpus' shows all; a file in --data DIR/gpus/ adds one");
}

}  // namespace scalesim::topology
