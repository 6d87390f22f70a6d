// Captured text made plain: what terminals, mail archives and Windows add is taken away here, once for all
// readers.
#include "topology/capture/text/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "core/number.h"

namespace scalesim::topology {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// UTF-16 with a byte order mark, as Windows shells write; what is not ASCII becomes '?'.
std::string from_utf16(std::string_view raw, bool big_endian) {
  std::string text;
  for (std::size_t i = 2; i + 1 < raw.size(); i += 2) {
    const unsigned char low = static_cast<unsigned char>(raw[i + (big_endian ? 1 : 0)]);
    const unsigned char high = static_cast<unsigned char>(raw[i + (big_endian ? 0 : 1)]);
    text += high == 0 && low < 0x80 ? static_cast<char>(low) : '?';
  }
  return text;
}

/// Past the escape sequence that starts at `at` (ECMA-48 CSI, or a two-byte escape).
std::size_t skip_escape(std::string_view raw, std::size_t at) {
  if (at + 1 >= raw.size() || raw[at + 1] != '[') return at + 1;
  at += 2;
  while (at < raw.size() && (raw[at] < 0x40 || raw[at] > 0x7e) && raw[at] != '\n') ++at;
  return at < raw.size() && raw[at] != '\n' ? at + 1 : at;
}

std::string without_terminal_codes(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] == '\x1b') {
      i = skip_escape(raw, i);
    } else if (raw[i] == '\r') {
      if (i + 1 >= raw.size() || raw[i + 1] != '\n') text += '\n';
      ++i;
    } else if (raw[i] == '\xc2' && i + 1 < raw.size() && raw[i + 1] == '\xa0') {  // non-breaking space
      text += ' ';
      i += 2;
    } else {
      text += raw[i++];
    }
  }
  return text;
}

bool looks_like_html(std::string_view text) {
  for (const char* mark : {"&nbsp;", "<br", "<pre", "&lt;br"})
    if (text.find(mark) != std::string_view::npos) return true;
  return false;
}

/// The entity at text[at] == '&' as a character and its length; {0, 0} when it is none of the usual ones.
std::pair<char, std::size_t> entity(std::string_view text, std::size_t at) {
  constexpr std::array<std::pair<std::string_view, char>, 7> kEntities = {{{"&nbsp;", ' '},
                                                                           {"&lt;", '<'},
                                                                           {"&gt;", '>'},
                                                                           {"&amp;", '&'},
                                                                           {"&quot;", '"'},
                                                                           {"&#9;", '\t'},
                                                                           {"&#160;", ' '}}};
  for (const auto& [name, character] : kEntities)
    if (text.compare(at, name.size(), name) == 0) return {character, name.size()};
  return {0, 0};
}

std::string without_html(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      const auto [character, length] = entity(text, i);
      plain += length > 0 ? character : '&';
      i += std::max<std::size_t>(length, 1);
    } else if (text[i] == '<' && i + 1 < text.size() &&
               (std::isalpha(static_cast<unsigned char>(text[i + 1])) || text[i + 1] == '/')) {
      const std::size_t end = text.find_first_of(">\n", i);
      if (end == std::string_view::npos || text[end] == '\n') {
        plain += text[i++];  // no tag: "<inactive" cut at the end of a line
      } else {
        i = end + 1;
      }
    } else {
      plain += text[i++];
    }
  }
  return plain;
}

}  // namespace

std::string normalise(std::string_view raw) {
  std::string decoded;
  if (raw.size() >= 2 && ((raw[0] == '\xff' && raw[1] == '\xfe') || (raw[0] == '\xfe' && raw[1] == '\xff'))) {
    decoded = from_utf16(raw, raw[0] == '\xfe');
    raw = decoded;
  }
  if (raw.size() >= 3 && raw.substr(0, 3) == "\xef\xbb\xbf") raw.remove_prefix(3);
  std::string text = without_terminal_codes(raw);
  const std::string_view root = xml_root(text);
  const bool other_xml = root == "system" || root == "topology" || root == "nvidia_smi_log";
  return !other_xml && looks_like_html(text) ? without_html(text) : text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < line.size();) {
    while (i < line.size() && is_blank(line[i])) ++i;
    const std::size_t start = i;
    while (i < line.size() && !is_blank(line[i])) ++i;
    if (i > start) words.push_back(line.substr(start, i - start));
  }
  return words;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool starts_with_word(std::string_view line, std::string_view word) {
  line = trim(line);
  return line.substr(0, word.size()) == word;
}

std::optional<int> whole_number(std::string_view text) {
  if (text.empty() || text.size() > 9 || text.front() == '-') return std::nullopt;
  return to_integer<int>(text);
}

std::optional<double> leading_number(std::string_view text) {
  const LeadingNumber<double> number = leading_double(trim(text));
  return number && std::isfinite(number.value) ? std::optional<double>(number.value) : std::nullopt;
}

std::optional<std::string> known(std::string_view value) {
  value = trim(value);
  if (!value.empty() && value.front() == '[' && value.back() == ']')
    value = value.substr(1, value.size() - 2);
  const std::string low = lower_case(value);
  for (const char* unknown : {"", "n/a", "not supported", "unknown error", "unknown", "none",
                              "requested functionality has been deprecated", "gpu is lost"})
    if (low == unknown) return std::nullopt;
  return std::string(value);
}

std::optional<bool> enabled(std::string_view value) {
  const std::string low = lower_case(trim(value));
  for (const char* yes : {"enabled", "on", "active", "yes", "true"})
    if (low == yes) return true;
  for (const char* no : {"disabled", "off", "not active", "no", "false"})
    if (low == no) return false;
  return std::nullopt;
}

std::optional<Bytes> memory_size(std::string_view value) {
  const std::optional<double> number = leading_number(value);
  if (!number || *number <= 0 || *number > 1e12) return std::nullopt;
  const double unit = value.find("GiB") != std::string_view::npos   ? 1024.0 * 1024 * 1024
                      : value.find("KiB") != std::string_view::npos ? 1024.0
                                                                    : 1024.0 * 1024;
  return Bytes(*number * unit);
}

std::optional<Watts> power(std::string_view value) {
  const std::optional<double> number = leading_number(value);
  if (!number || *number < 0 || *number > 1e6) return std::nullopt;
  return Watts(*number);
}

std::optional<int> performance_state(std::string_view value) {
  value = trim(value);
  if (value.size() < 2 || value.front() != 'P') return std::nullopt;
  return whole_number(value.substr(1));
}

std::optional<int> compute_capability(std::string_view value) {
  value = trim(value);
  const std::size_t dot = value.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = whole_number(value.substr(0, dot));
  const auto minor = whole_number(value.substr(dot + 1));
  if (!major || !minor || *major < 1 || *major > 99 || *minor < 0 || *minor > 9) return std::nullopt;
  return *major * 10 + *minor;
}

std::optional<std::string> bus_id(std::string_view text) {
  std::string id = lower_case(trim(text));
  const std::size_t colon = id.find(':');
  if (colon == std::string::npos || id.size() > 40) return std::nullopt;
  for (char c : id)
    if (!std::isxdigit(static_cast<unsigned char>(c)) && c != ':' && c != '.') return std::nullopt;
  if (colon == 8 && id.compare(0, 4, "0000") == 0) id.erase(0, 4);
  if (id.find(':', id.find(':') + 1) == std::string::npos) id.insert(0, "0000:");  // "01:00.0"
  return id;
}

std::string cpu_list(std::string_view hex_words) {
  std::vector<std::uint32_t> words;  // least significant first
  while (true) {
    const std::size_t comma = hex_words.rfind(',');
    std::string_view word = trim(comma == std::string_view::npos ? hex_words : hex_words.substr(comma + 1));
    if (word.substr(0, 2) == "0x") word.remove_prefix(2);
    const std::optional<std::uint32_t> value = word.empty() ? 0 : to_integer<std::uint32_t>(word, 16);
    if (!value) return {};
    words.push_back(*value);
    if (comma == std::string_view::npos || words.size() > 4096) break;
    hex_words = hex_words.substr(0, comma);
  }
  std::string list;
  const int bits = static_cast<int>(words.size()) * 32;
  for (int bit = 0; bit < bits;) {
    if (!(words[bit / 32] >> (bit % 32) & 1)) {
      ++bit;
      continue;
    }
    const int first = bit;
    while (bit < bits && (words[bit / 32] >> (bit % 32) & 1)) ++bit;
    if (!list.empty()) list += ',';
    list += bit - 1 == first ? fmt::format("{}", first) : fmt::format("{}-{}", first, bit - 1);
  }
  return list;
}

std::string_view xml_root(std::string_view text) {
  for (int skipped = 0; skipped < 64; ++skipped) {
    text = trim(text);
    if (text.size() < 2 || text.front() != '<') return {};
    const bool comment = text.substr(0, 4) == "<!--";
    if (!comment && text[1] != '?' && text[1] != '!') break;
    const std::size_t bracket = text.find_first_of("[>");
    const bool subset = !comment && bracket != std::string_view::npos && text[bracket] == '[';
    const std::string_view mark = comment ? "-->" : subset ? "]>" : ">";
    const std::size_t end = text.find(mark);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + mark.size());
  }
  text = trim(text);  // there may be nothing left behind the last declaration
  if (text.size() < 2 || text.front() != '<') return {};
  std::size_t end = 1;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  return text.substr(1, end - 1);
}

}  // namespace scalesim::topology
