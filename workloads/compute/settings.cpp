// Words of the settings of a step.
#include "workloads/compute/settings.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

template <std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, int index) {
  return words.at(static_cast<std::size_t>(index));
}

template <class Enum, std::size_t N>
Enum parse_word(std::string_view kind, const std::array<std::string_view, N>& words, std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) throw unknown_name(kind, text, {words.begin(), words.end()});
  return static_cast<Enum>(found - words.begin());
}

constexpr std::array<std::string_view, 2> kLayouts = {"nchw", "nhwc"};
constexpr std::array<std::string_view, 2> kModes = {"training", "inference"};
constexpr std::array<std::string_view, 3> kOptimizers = {"sgd", "momentum", "adam"};
constexpr std::array<std::string_view, 3> kRecomputes = {"none", "selective", "full"};

}  // namespace

std::string_view to_text(Layout value) { return word(kLayouts, static_cast<int>(value)); }
std::string_view to_text(Mode value) { return word(kModes, static_cast<int>(value)); }
std::string_view to_text(Optimizer value) { return word(kOptimizers, static_cast<int>(value)); }
std::string_view to_text(Recompute value) { return word(kRecomputes, static_cast<int>(value)); }
Layout parse_layout(std::string_view text) { return parse_word<Layout>("layout", kLayouts, text); }
Mode parse_mode(std::string_view text) { return parse_word<Mode>("mode", kModes, text); }
Optimizer parse_optimizer(std::string_view text) {
  return parse_word<Optimizer>("optimizer", kOptimizers, text);
}
Recompute parse_recompute(std::string_view text) {
  return parse_word<Recompute>("recompute", kRecomputes, text);
}

}  // namespace scalesim::workloads
