// Which readers understand a text. The content decides; a paste of several commands is read by all of theirs.
#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr int kTakesPart = 50;  ///< see Reader::recognises
constexpr std::size_t kLargestText = 256u << 20;

std::string names_of(const std::vector<std::unique_ptr<Reader>>& readers) {
  std::string names;
  for (const auto& reader : readers) names += (names.empty() ? "" : ", ") + std::string(reader->name());
  return names;
}

}  // namespace

int recognises_topology(const std::string& raw_text) {
  const std::string text = normalise(raw_text);
  int most = 0;
  for (const auto& reader : make_readers()) most = std::max(most, reader->recognises(text));
  return most;
}

std::vector<Reading> read_text(const std::string& raw_text, const std::string& file) {
  if (raw_text.size() > kLargestText)
    throw InputError({file, 0, 0}, "the file is larger than 256 MiB; no topology is");
  const std::string text = normalise(raw_text);
  if (trim(text).empty())
    throw InputError(
        {file, 0, 0},
        "the file is empty; expected the output of 'nvidia-smi topo -m' or another topology tool");
  const auto readers = make_readers();
  const Reader* best = nullptr;
  int best_confidence = 0;
  std::vector<const Reader*> taking_part;
  for (const auto& reader : readers) {
    const int confidence = reader->recognises(text);
    if (confidence > best_confidence) best = reader.get(), best_confidence = confidence;
    if (confidence >= kTakesPart) taking_part.push_back(reader.get());
  }
  if (best == nullptr)
    throw InputError({file, 0, 0},
                     fmt::format("no topology was found in this text; understood are a system's TOML, {} "
                                 "('scalesim list formats' says what prints them)",
                                 names_of(readers)));
  if (taking_part.empty()) taking_part.push_back(best);
  std::vector<Reading> readings;
  for (const Reader* reader : taking_part) {
    readings.push_back(reader->read(text, file));
    readings.back().format = std::string(reader->name());
    readings.back().file = file;
  }
  return readings;
}

}  // namespace scalesim::topology
