// Finding a GPU by any of the names people and tools give it.
#include "topology/parts/gpu_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <mutex>
#include <set>

#include "core/error.h"
#include "core/number.h"
#include "core/toml.h"

namespace scalesim::topology {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words that say nothing about which GPU it is: makers, series, memory kinds ("hbm3") and power limits
/// ("400w").
bool is_noise(const std::string& word) {
  static const std::set<std::string> kNoise = {
      "nvidia", "geforce", "tesla",    "quadro", "amd",   "instinct", "radeon", "intel",     "google",
      "huawei", "gpu",     "graphics", "hbm2",   "hbm2e", "hbm3",     "hbm3e",  "generation"};
  const bool watts =
      word.size() > 1 && word.back() == 'w' && std::all_of(word.begin(), word.end() - 1, is_digit);
  return watts || kNoise.count(word) > 0;
}

/// "rtx4090" -> "rtx", "4090"; "2080ti" -> "2080", "ti"; "sxm4" -> "sxm", for no GPU comes on two generations
/// of the module; every other word stays whole.
std::vector<std::string> parts_of(const std::string& word) {
  if (word.size() == 4 && word.compare(0, 3, "sxm") == 0) return {"sxm"};
  const auto digits = std::find_if(word.begin(), word.end(), is_digit);
  const auto letters = std::find_if_not(digits, word.end(), is_digit);
  const std::string series(word.begin(), digits), number(digits, letters), suffix(letters, word.end());
  const bool known_series = series.empty() || series == "rtx" || series == "gtx";
  const bool known_suffix = suffix.empty() || suffix == "ti" || suffix == "super";
  if (!known_series || !known_suffix || number.size() < 3) return {word};
  return {series, number, suffix};
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    for (const std::string& part : parts_of(word))
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
  return is_size && end < 5 ? to_integer<int>(word.substr(0, end)).value() : 0;
}

using Key = std::vector<std::string>;

}  // namespace

struct GpuCatalogue::Index {
  std::once_flag built;
  std::map<Key, std::string> names;    ///< words of a spelling -> catalogue name
  std::map<std::string, int> memory;   ///< catalogue name -> GB
  std::vector<std::string> spellings;  ///< for suggestions

  void add(const std::string& spelling, const std::string& name) {
    names.emplace(words_of(spelling), name);
    spellings.push_back(spelling);
  }
};

GpuCatalogue::GpuCatalogue(DataCatalogue data) : data_(std::move(data)), index_(std::make_shared<Index>()) {}

const GpuCatalogue::Index& GpuCatalogue::index() const {
  std::call_once(index_->built, [&] {
    for (const std::string& name : names()) {
      const GpuSpec gpu = parse_gpu(data_.read("gpus", name), name);
      index_->add(name, name);
      index_->add(gpu.product, name);
      for (const std::string& alias : gpu.aliases) index_->add(alias, name);
      index_->memory[name] = static_cast<int>(std::lround(gpu.memory.value() / 1073741824.0));
    }
  });
  return *index_;
}

std::optional<std::string> GpuCatalogue::name_of(std::string_view spelling) const {
  if (data_.has("gpus", spelling)) return std::string(spelling);
  Key key = words_of(spelling);
  // Most spellings are a file's name written differently, which needs no file to be read.
  for (const std::string& name : names())
    if (words_of(name) == key) return name;
  const Index& known = index();
  if (const auto found = known.names.find(key); found != known.names.end()) return found->second;
  const auto size =
      std::find_if(key.begin(), key.end(), [](const std::string& word) { return memory_word(word) > 0; });
  if (size == key.end()) return std::nullopt;
  const int gigabytes = memory_word(*size);
  key.erase(size);
  const auto found = known.names.find(key);
  if (found == known.names.end() || known.memory.at(found->second) != gigabytes) return std::nullopt;
  return found->second;
}

std::optional<GpuSpec> GpuCatalogue::by_product(std::string_view product) const {
  const auto name = name_of(product);
  if (!name) return std::nullopt;
  return parse_gpu(data_.read("gpus", *name), *name);
}

GpuSpec GpuCatalogue::find(std::string_view name) const {
  if (auto gpu = by_product(name)) return *gpu;
  throw unknown_name("GPU", name, index().spellings,
                     "'scalesim list gpus' shows all; a file in --data DIR/gpus/ adds one");
}

}  // namespace scalesim::topology
