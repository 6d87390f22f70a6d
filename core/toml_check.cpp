// Walks over a TOML text, skipping comments and the four kinds of strings.
#include "core/toml_check.h"

#include <algorithm>

#include "core/error.h"

namespace scalesim::inline core {
namespace {

bool has_quotes(std::string_view text, std::size_t at, char quote) {
  return text.substr(at, 3) == std::string(3, quote);
}

/// Where the string that opens at `at` ends: behind its closing quotes, or where the text does.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool long_string = has_quotes(text, at, quote);
  for (at += long_string ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"')
      ++at;
    else if (long_string && has_quotes(text, at, quote))
      return std::min(text.find_first_not_of(quote, at),
                      text.size());  // up to two quotes may stand before the three
    else if (!long_string && (text[at] == quote || text[at] == '\n'))
      return at + 1;
  }
  return text.size();
}

/// The whole UTF-8 character at `at`.
std::string_view character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && end < at + 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return text.substr(at, end - at);
}

}  // namespace

void refuse_bare_unicode(std::string_view text, const std::string& file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::size_t at = text.substr(0, 3) == kByteOrderMark ? 3 : 0;
  while (at < text.size()) {
    if (text[at] == '"' || text[at] == '\'') {
      at = end_of_string(text, at);
    } else if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else {
      const std::size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is the beginning
      const auto line =
          static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')) + 1;
      throw InputError(
          {file, line, static_cast<int>(at - start) + 1},
          "not valid TOML: '" + std::string(character(text, at)) +
              "' stands outside quotes; put text in quotes, and write blanks and signs in ASCII");
    }
  }
}

}  // namespace scalesim::inline core
