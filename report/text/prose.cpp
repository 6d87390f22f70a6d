// Cuts lines at spaces.
#include "report/text/prose.h"

#include <algorithm>

#include "report/text/table.h"
#include "report/text/width.h"

namespace scalesim::report {
namespace {

/// Where a line goes on: behind "Label:   ", when at least half of the width is left there.
std::size_t hanging(std::string_view line, std::size_t width) {
  const std::size_t start = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t gap = line.find("  ", start);
  const std::size_t behind = gap == std::string_view::npos ? gap : line.find_first_not_of(' ', gap);
  // Without a label of its own, a line far to the right belongs below the one above it.
  if (start > 8 && start <= width / 2) return start;
  return behind != std::string_view::npos && behind <= width / 2 ? behind : std::min(start + 2, width / 2);
}

constexpr char kTied = '\x01';  ///< a space at which no line is cut: a number stays with its "%"

std::string tied(std::string line) {
  for (std::size_t at = 0; (at = line.find(" %", at)) != std::string::npos; ++at) line[at] = kTied;
  return line;
}

std::string untied(std::string text) {
  std::replace(text.begin(), text.end(), kTied, ' ');
  return text;
}

std::string fitted_line(std::string_view line, std::size_t width) {
  // What is coloured is part of a drawing, which a cut would break.
  if (display_width(line) <= width || line.find('\x1b') != std::string_view::npos)
    return std::string(line) + "\n";
  const std::size_t indent = hanging(line, width);
  const std::size_t head = std::min(line.find_first_not_of(' '), line.size());
  // The first line keeps its own indentation and label: cut what fits, then the rest beside `indent`.
  const std::string first = wrapped(line.substr(head), width - head).front();
  std::string text = std::string(head, ' ') + first + "\n";
  std::string_view rest = line.substr(head + first.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.empty()) return text;
  for (const std::string& part : wrapped(rest, width - indent))
    text += std::string(indent, ' ') + part + "\n";
  return text;
}

}  // namespace

std::string fitted(std::string_view text, int width) {
  if (width <= 0) return std::string(text);
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += untied(fitted_line(tied(std::string(text.substr(0, end))), static_cast<std::size_t>(width)));
    if (end == text.size()) result.pop_back();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace scalesim::report
