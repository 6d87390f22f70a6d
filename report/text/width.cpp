// Walks text by grapheme clusters (Unicode annex 29) with utf8proc.
#include "report/text/width.h"

#include <utf8proc.h>

#include <algorithm>

namespace scalesim::report {
namespace {

constexpr utf8proc_int32_t kEmojiStyle =
    0xFE0F;  ///< the sign before it is drawn as an emoji, two columns wide

struct CodePoint {
  utf8proc_int32_t code = -1;  ///< -1: not UTF-8
  std::size_t bytes = 1;
};

CodePoint first_code_point(std::string_view text) {
  CodePoint point;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const utf8proc_ssize_t read =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &point.code);
  if (read > 0) point.bytes = static_cast<std::size_t>(read);
  return point;
}

std::size_t columns(utf8proc_int32_t code) {
  if (code < 0x20) return 1;
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)));
}

struct Character {
  std::size_t bytes = 0;
  std::size_t width = 0;
};

/// The signs that a terminal draws as one: flags and joined emoji are no wider than two columns.
Character next_character(std::string_view text) {
  CodePoint point = first_code_point(text);
  Character character{point.bytes, columns(point.code)};
  utf8proc_int32_t state = 0;
  while (point.code >= 0 && character.bytes < text.size()) {
    const CodePoint next = first_code_point(text.substr(character.bytes));
    if (next.code < 0 || utf8proc_grapheme_break_stateful(point.code, next.code, &state)) break;
    character.width =
        next.code == kEmojiStyle ? 2 : std::min<std::size_t>(2, character.width + columns(next.code));
    character.bytes += next.bytes;
    point = next;
  }
  return character;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = next_character(text);
    width += character.width;
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string_view start_within(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  while (end < text.size()) {
    const Character character = next_character(text.substr(end));
    if (character.width > width) break;
    width -= character.width;
    end += character.bytes;
  }
  return text.substr(0, end);
}

std::string_view end_within(std::string_view text, std::size_t width) {
  for (std::size_t left = display_width(text); left > width;) {
    const Character character = next_character(text);
    left -= character.width;
    text.remove_prefix(character.bytes);
  }
  return text;
}

std::string_view first_character(std::string_view text) {
  return text.empty() ? text : text.substr(0, next_character(text).bytes);
}

}  // namespace scalesim::report
