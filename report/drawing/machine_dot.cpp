// A machine as a Graphviz graph.
#include <fmt/format.h>

#include <map>

#include "core/units_text.h"
#include "report/drawing/machine.h"

namespace scalesim::report {

using namespace topology;
namespace {

/// Quotes and backslashes would end the label.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result + "\"";
}

std::string_view style_of(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::gpu:
      return "shape=box style=filled fillcolor=\"#b7dfa8\"";
    case ComponentKind::nic:
      return "shape=box style=filled fillcolor=\"#f6d7a7\"";
    case ComponentKind::nvswitch:
      return "shape=box style=\"filled,rounded\" fillcolor=\"#8fce7a\"";
    case ComponentKind::pcie_switch:
      return "shape=box style=\"filled,rounded\" fillcolor=\"#d8dde3\"";
    case ComponentKind::host_bridge:
      return "shape=box style=filled fillcolor=\"#c9dbf2\"";
    case ComponentKind::nic_board:
      return "shape=box style=filled fillcolor=\"#e9c893\"";
    case ComponentKind::numa_node:
      return "shape=box3d style=filled fillcolor=\"#a9c8ee\"";
  }
  return "";
}

std::string node_label(const Component& component) {
  std::string label;
  if (component.kind == ComponentKind::gpu || component.kind == ComponentKind::nic)
    label = fmt::format("{}{} ", to_text(component.kind), component.index);
  return label + component.name;
}

std::string edge_label(const Link& link) {
  if (link.kind == LinkKind::on_chip) return {};
  std::string label(to_text(link.kind));
  if (link.count > 1) label += fmt::format(" x{}", link.count);
  return link.bandwidth ? label + " " + to_text(*link.bandwidth) : label;
}

}  // namespace

std::string dot_components(const Machine& machine, const std::string& prefix) {
  std::string text;
  for (std::size_t i = 0; i < machine.components.size(); ++i)
    text += fmt::format("  {}c{} [label={} {}];\n", prefix, i, quoted(node_label(machine.components[i])),
                        style_of(machine.components[i].kind));
  std::map<std::tuple<int, int, LinkKind>, const Link*> drawn;  // one edge for the two directions
  for (const Link& link : machine.links)
    if (drawn
            .emplace(std::tuple(std::min(link.from, link.to), std::max(link.from, link.to), link.kind), &link)
            .second)
      text += fmt::format(
          "  {0}c{1} -- {0}c{2} [label={3}{4}];\n", prefix, link.from, link.to, quoted(edge_label(link)),
          link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi ? " color=\"#3f8f2f\" penwidth=2"
                                                                       : "");
  return text;
}

std::string dot_drawing(const Machine& machine) {
  return "graph machine {\n  rankdir=TB;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\" "
         "fontsize=9];\n" +
         dot_components(machine, "") + "}\n";
}

}  // namespace scalesim::report
