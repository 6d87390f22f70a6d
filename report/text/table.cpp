// Layout of plain-text tables.
#include "report/text/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "report/text/width.h"

namespace scalesim::report {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowText = 20;  ///< text is not squeezed further to keep another column

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string space(width - std::min(width, display_width(cell)), ' ');
  return align == Align::left ? cell + space : space + cell;
}

std::string without_trailing_space(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::size_t longest_word(std::string_view text) {
  std::size_t width = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    width = std::max(width, display_width(text.substr(at, end - at)));
    at = end + 1;
  }
  return width;
}

/// The narrowest column in which a title needs no more than two lines and no word of it is cut.
std::size_t two_line_width(const std::string& title) {
  std::size_t width = longest_word(title);
  while (wrapped(title, width).size() > 2) ++width;
  return width;
}

/// One column of the layout in `width` columns of a terminal.
struct Slot {
  std::size_t column = 0;
  std::size_t width = 0;
  bool wraps = false;    ///< text, which may take several lines
  std::size_t word = 1;  ///< below this width words are cut
};

std::size_t total(const std::vector<Slot>& slots, std::size_t narrowest_text) {
  std::size_t sum = slots.empty() ? 0 : (slots.size() - 1) * kGap;
  for (const Slot& slot : slots) sum += slot.wraps ? std::min(slot.width, narrowest_text) : slot.width;
  return sum;
}

/// Takes columns out, the least important first, until the rest fits with narrow text.
void drop_columns(std::vector<Slot>& slots, const std::vector<Column>& columns, std::size_t room) {
  while (total(slots, kNarrowText) > room) {
    const auto first = std::max_element(slots.begin(), slots.end(), [&](const Slot& a, const Slot& b) {
      return columns[a.column].drop < columns[b.column].drop;
    });
    if (first == slots.end() || columns[first->column].drop == 0) return;
    slots.erase(first);
  }
}

/// Narrows text columns, the widest first, until the line fits: first as far as no word is cut.
void squeeze_text(std::vector<Slot>& slots, std::size_t room) {
  for (const bool cut : {false, true})
    while (total(slots, SIZE_MAX) > room) {
      const auto spare = [&](const Slot& slot) {
        const std::size_t least = cut ? kNarrowText / 2 : std::max(slot.word, kNarrowText / 2);
        return slot.wraps && slot.width > least ? slot.width : 0;
      };
      const auto widest = std::max_element(slots.begin(), slots.end(),
                                           [&](const Slot& a, const Slot& b) { return spare(a) < spare(b); });
      if (widest == slots.end() || spare(*widest) == 0) break;
      --widest->width;
    }
}

std::string row_text(const std::vector<std::string>& cells, const std::vector<Slot>& slots,
                     const std::vector<Column>& columns, int indent) {
  std::vector<std::vector<std::string>> parts;
  std::size_t height = 1;
  for (const Slot& slot : slots) {
    parts.push_back(wrapped(cells[slot.column], slot.width));
    height = std::max(height, parts.back().size());
  }
  std::string text;
  for (std::size_t y = 0; y < height; ++y) {
    std::string line(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const std::string part = y < parts[i].size() ? parts[i][y] : "";
      line += (i == 0 ? "" : std::string(kGap, ' ')) +
              padded(part, slots[i].width, columns[slots[i].column].align);
    }
    text += without_trailing_space(line) + "\n";
  }
  return text;
}

/// "(left out to fit: step, images/s)", wrapped like the table.
std::string left_out(const std::vector<Slot>& slots, const std::vector<Column>& columns, int indent,
                     std::size_t room) {
  std::string names;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const bool shown =
        std::any_of(slots.begin(), slots.end(), [&](const Slot& slot) { return slot.column == c; });
    if (!shown) names += (names.empty() ? "" : ", ") + columns[c].title;
  }
  if (names.empty()) return "";
  std::string text;
  for (const std::string& line : wrapped(fmt::format("(left out to fit: {})", names), room))
    text += std::string(static_cast<std::size_t>(indent), ' ') + line + "\n";
  return text;
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  width = std::max<std::size_t>(width, 1);
  std::vector<std::string> lines;
  while (display_width(text) > width) {
    // The space that ends the last word that fits; a word that is too long alone is cut.
    const std::size_t room = std::max(start_within(text, width).size(), first_character(text).size());
    std::size_t end = text.rfind(' ', room);
    if (end == std::string_view::npos || end == 0) end = room;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', end)));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

void Table::add(std::vector<std::string> cells) {
  SCALESIM_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::size_t Table::widest(std::size_t column) const {
  std::size_t width = 0;
  for (const auto& row : rows_) width = std::max(width, display_width(row[column]));
  return width;
}

std::string Table::text(int indent, int width) const {
  std::vector<std::string> titles;
  std::vector<Slot> slots;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    titles.push_back(columns_[c].title);
    slots.push_back({c, std::max(display_width(titles[c]), widest(c))});
  }
  const auto room = static_cast<std::size_t>(std::max(1, width - indent));
  if (width > 0 && total(slots, SIZE_MAX) > room) {
    for (Slot& slot : slots) {
      slot.width = std::max(two_line_width(titles[slot.column]), widest(slot.column));
      slot.wraps = columns_[slot.column].align == Align::left || slot.width > 2 * kNarrowText;
      for (const auto& row : rows_) slot.word = std::max(slot.word, longest_word(row[slot.column]));
    }
    drop_columns(slots, columns_, room);
    squeeze_text(slots, room);
  }
  std::string result = row_text(titles, slots, columns_, indent);
  for (const auto& row : rows_) result += row_text(row, slots, columns_, indent);
  return result + left_out(slots, columns_, indent, room);
}

}  // namespace scalesim::report
