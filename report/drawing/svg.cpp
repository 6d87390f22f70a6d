// Elements of SVG pictures.
#include "report/drawing/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/units_text.h"

namespace scalesim::report::svg {

std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

std::string shortened(std::string text, std::size_t most) {
  if (text.rfind("NVIDIA ", 0) == 0) text.erase(0, 7);
  if (text.rfind("GeForce ", 0) == 0) text.erase(0, 8);
  if (text.size() <= most) return text;
  std::size_t end = most - 2;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "..";
}

double stroke(const std::optional<BytesPerSecond>& bandwidth) {
  return bandwidth ? std::clamp(1.5 * std::pow(bandwidth->value() / 12e9, 0.39), 1.0, 9.0) : 1.5;
}

std::string line(double x1, double y1, double x2, double y2, const std::optional<BytesPerSecond>& bandwidth,
                 std::string_view colour) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
      "stroke-width=\"{:.1f}\"{}/>\n",
      x1, y1, x2, y2, colour, stroke(bandwidth), bandwidth ? "" : " stroke-dasharray=\"4 3\"");
}

std::string words(double x, double y, double size, std::string_view anchor, std::string_view colour,
                  std::string_view text) {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", x, y,
      size, anchor, colour, escaped(text));
}

std::string_view fill_of(topology::ComponentKind kind) {
  switch (kind) {
    case topology::ComponentKind::gpu:
      return "#b7dfa8";
    case topology::ComponentKind::nic:
      return "#f6d7a7";
    case topology::ComponentKind::nvswitch:
      return "#8fce7a";
    case topology::ComponentKind::pcie_switch:
      return "#d8dde3";
    case topology::ComponentKind::host_bridge:
      return "#c9dbf2";
    case topology::ComponentKind::nic_board:
      return "#e9c893";
    case topology::ComponentKind::numa_node:
      return "#a9c8ee";
  }
  return "#ffffff";
}

std::string rate_of(const std::optional<BytesPerSecond>& bandwidth) {
  return bandwidth ? to_text(*bandwidth) : "rate unknown";
}

std::string rectangle(double left, double top, double width, double height, std::string_view fill,
                      std::string_view edge, double round) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:.0f}\" fill=\"{}\" "
      "stroke=\"{}\"/>\n",
      left, top, width, height, round, fill, edge);
}

std::string document(double width, double height, std::string_view title, std::string_view body) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 "
             "{0:.0f} {1:.0f}\" font-family=\"sans-serif\">\n"
             "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
             width, height) +
         words(28, 30, 17, "start", "#1c2733", title) + std::string(body) + "</svg>\n";
}

}  // namespace scalesim::report::svg
