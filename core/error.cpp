// Error texts and the spelling help in them.
#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace scalesim::inline core {
namespace {

std::string with_place(const Place& place, const std::string& message) {
  if (place.file.empty()) return message;
  if (place.line == 0) return fmt::format("{}: {}", place.file, message);
  if (place.column == 0) return fmt::format("{}:{}: {}", place.file, place.line, message);
  return fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, message);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1 each.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

InputError::InputError(const Place& place, const std::string& message)
    : std::runtime_error(with_place(place, message)), place_(place), message_(message) {}

std::string nearest_name(std::string_view word, const std::vector<std::string>& known) {
  const std::string wanted = lower(word);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::string name = lower(candidate);
    std::size_t distance = edit_distance(wanted, name);
    const bool continues = wanted.size() >= 3 && name.compare(0, wanted.size(), wanted) == 0;
    if (continues) distance = std::min<std::size_t>(distance, 1);  // "a100-sxm" means "a100-sxm4-80gb"
    // Of two as near, the one of the same length: swapped letters are likelier than a missing one.
    const bool likelier = distance == best_distance && !best.empty() && best.size() != wanted.size() &&
                          name.size() == wanted.size();
    if (distance < best_distance || likelier) best = candidate, best_distance = distance;
  }
  return best;
}

InputError unknown_name(std::string_view kind, std::string_view word, const std::vector<std::string>& known,
                        std::string_view hint) {
  std::string message = fmt::format("unknown {} '{}'", kind, word);
  const std::string near = nearest_name(word, known);
  if (!near.empty()) message += fmt::format(": did you mean '{}'?", near);
  if (!hint.empty()) message += fmt::format(" ({})", hint);
  return InputError(message);
}

void check_failed(const char* condition, const char* file, int line) {
  std::string_view name(file);
  const auto slash = name.find_last_of('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  throw InternalError(fmt::format("internal check failed: {} ({}:{})", condition, name, line));
}

}  // namespace scalesim::inline core
