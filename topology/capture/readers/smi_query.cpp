// `nvidia-smi -q`: "key : value" lines whose indentation is the structure.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/reading/smi_fields.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr std::size_t kMostGpus = 1024;
constexpr std::size_t kDeepest = 16;

/// "GPU 00000000:83:00.0" opens the section of one GPU.
std::optional<std::string> section(std::string_view line) {
  if (line.substr(0, 4) != "GPU " || line.find(" : ") != std::string_view::npos) return std::nullopt;
  return bus_id(line.substr(4));
}

/// The keys above the current line, by indentation.
class KeyPath {
 public:
  void enter(std::size_t indent, std::string_view key) {
    while (!keys_.empty() && (keys_.back().first >= indent || keys_.size() >= kDeepest)) keys_.pop_back();
    keys_.emplace_back(indent, key);
  }
  void clear() { keys_.clear(); }
  std::string text() const {
    std::string path;
    for (const auto& [indent, key] : keys_) path += (path.empty() ? "" : "/") + std::string(key);
    return path;
  }

 private:
  std::vector<std::pair<std::size_t, std::string_view>> keys_;
};

class SmiQuery : public Reader {
 public:
  std::string_view name() const override { return "smi-query"; }
  std::string_view description() const override {
    return "nvidia-smi -q: everything the driver says of each GPU";
  }

  int recognises(const std::string& text) const override {
    if (text.find("NVSMI LOG") != std::string::npos) return 90;
    bool found = false;
    for (std::string_view line : lines_of(text)) found = found || section(trim(line)).has_value();
    return found && text.find("Product Name") != std::string::npos ? 80 : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    std::unordered_map<std::string_view, const SmiField*> fields;
    for (const SmiField& field : smi_fields())
      if (!field.query.empty()) fields.emplace(field.query, &field);
    Reading reading;
    KeyPath path;
    std::optional<int> attached;
    for (std::string_view line : lines_of(text)) {
      const std::size_t indent = line.find_first_not_of(" \t");
      if (indent == std::string_view::npos) continue;
      if (const auto id = section(trim(line))) {
        if (reading.gpus.size() >= kMostGpus)
          throw InputError({file, 0, 0}, fmt::format("more than {} GPUs are listed", kMostGpus));
        reading.gpus.emplace_back();
        reading.gpus.back().index = static_cast<int>(reading.gpus.size()) - 1;
        reading.gpus.back().bus_id = id;
        path.clear();
        continue;
      }
      const std::size_t colon = line.find(" : ");
      const std::string_view key = trim(line.substr(0, colon));
      const std::string_view value =
          colon == std::string_view::npos ? std::string_view() : trim(line.substr(colon + 3));
      if (reading.gpus.empty()) {
        if (key == "Attached GPUs") attached = whole_number(value);
        continue;
      }
      path.enter(indent, key);
      if (colon == std::string_view::npos) continue;
      const std::string where = path.text();
      const auto field = fields.find(where);
      if (field != fields.end()) field->second->set(reading.gpus.back(), value);
      const bool instance = where.find("MIG Device") != std::string::npos && key == "Index";
      if (instance && reading.gpus.back().mig_devices.size() < 64)
        reading.gpus.back().mig_devices.push_back(fmt::format("MIG {}", value.substr(0, 8)));
    }
    if (reading.gpus.empty() && attached != 0)
      throw InputError({file, 1, 0},
                       "no 'GPU <bus id>' section was found; expected the whole output of 'nvidia-smi -q'");
    if (attached && *attached != static_cast<int>(reading.gpus.size()))
      reading.warnings.push_back(
          fmt::format("{} GPUs are attached but {} are described", *attached, reading.gpus.size()));
    return reading;
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_smi_query() { return std::make_unique<SmiQuery>(); }

}  // namespace scalesim::topology
