// The terminal's view of a machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/units_text.h"
#include "report/drawing/machine.h"
#include "topology/machine/relations.h"
#include "topology/machine/ring.h"

namespace scalesim::report {

using namespace topology;
namespace {

constexpr std::size_t kMostColumns = 40;  ///< a wider matrix is left to --json
constexpr std::size_t kMostPaired = 512;  ///< no ring is sought over more devices

class Ink {
 public:
  explicit Ink(bool colour) : colour_(colour) {}
  std::string operator()(std::string_view text, std::string_view code) const {
    return colour_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }

 private:
  bool colour_;
};

std::string_view colour_of(const PairClass& path) {
  const int far = nearness(path);
  return far <= 0 ? "32" : far <= 3 ? "36" : far <= 5 ? "33" : "31";
}

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "1;31";
    case Severity::warning:
      return "31";
    case Severity::advice:
      return "33";
    case Severity::note:
      return "36";
  }
  return "0";
}

std::string class_text(const PairClass& path) {
  return path.text + (path.count ? std::to_string(*path.count) : "");
}

/// "NV12 300" with the rate in GB/s; "?" where it is not known.
std::string cell_text(const PairRelation& pair) {
  return class_text(pair.path) +
         (pair.bandwidth ? fmt::format(" {:.0f}", pair.bandwidth->value() / 1e9) : " ?");
}

std::vector<DeviceId> device_ids(const Machine& machine) {
  std::vector<DeviceId> ids;
  for (const int device : machine.devices())
    ids.push_back(machine.components[static_cast<std::size_t>(device)].id());
  return ids;
}

/// What the matrix shows, before it is cut into blocks.
struct Matrix {
  const std::vector<DeviceId>& ids;
  std::map<std::pair<DeviceId, DeviceId>, const PairRelation*> cell;
  std::size_t width = 7;  ///< of a column with the space behind it
};

/// The columns from `first` on, `count` of them.
std::string matrix_block(const Matrix& matrix, std::size_t first, std::size_t count, const Ink& ink) {
  const auto columns = matrix.ids.begin() + static_cast<std::ptrdiff_t>(first);
  std::string text = fmt::format("{:<7}", "");
  for (auto id = columns; id != columns + static_cast<std::ptrdiff_t>(count); ++id)
    text += fmt::format("{:<{}}", to_text(*id), matrix.width);
  text += first == 0 ? "  (class, GB/s one way)\n" : "\n";
  for (const DeviceId& row : matrix.ids) {
    text += fmt::format("{:<7}", to_text(row));
    for (auto id = columns; id != columns + static_cast<std::ptrdiff_t>(count); ++id) {
      const auto found = matrix.cell.find({row, *id});
      const bool known = found != matrix.cell.end();
      const std::string shown = row == *id ? "X" : known ? cell_text(*found->second) : "-";
      text += known ? ink(shown, colour_of(found->second->path)) : shown;
      text += std::string(matrix.width - shown.size(), ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string matrix_text(const std::vector<DeviceId>& ids, const std::vector<PairRelation>& pairs,
                        const Ink& ink, int width) {
  if (ids.size() > kMostColumns) return fmt::format("{} devices: the matrix is in --json\n", ids.size());
  if (pairs.empty()) return "how the devices are joined is not in the input\n";
  Matrix matrix{ids, {}};
  for (const PairRelation& pair : pairs) {
    matrix.cell[{pair.a, pair.b}] = matrix.cell[{pair.b, pair.a}] = &pair;
    matrix.width = std::max(matrix.width, cell_text(pair).size() + 1);
  }
  // The first line of the first block ends in the words that explain a cell, 24 columns long.
  const std::size_t room = width > 0 ? static_cast<std::size_t>(std::max(0, width - 7)) : SIZE_MAX;
  const bool whole = ids.size() * matrix.width + 24 <= room;
  const std::size_t block =
      whole ? ids.size() : std::max<std::size_t>(1, (room - std::min<std::size_t>(room, 24)) / matrix.width);
  std::string text;
  for (std::size_t first = 0; first < ids.size(); first += block)
    text += (first == 0 ? "" : "\n") + matrix_block(matrix, first, std::min(block, ids.size() - first), ink);
  return text;
}

/// Components below their parents, following PCIe links downwards.
class Tree {
 public:
  explicit Tree(const Machine& machine)
      : machine_(machine), children_(machine.components.size()), up_(machine.components.size(), nullptr) {
    for (const Link& link : machine.links)
      if (is_tree_link(link) && hangs_below(machine, link.to, link.from) && up_[at(link.to)] == nullptr) {
        children_[at(link.from)].push_back(link.to);
        up_[at(link.to)] = &link;
      }
  }
  std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < machine_.components.size(); ++i) {
      const Component& component = machine_.components[i];
      const bool fabric = component.kind == ComponentKind::nvswitch;
      if (component.kind == ComponentKind::numa_node || (up_[i] == nullptr && !fabric))
        text += line(static_cast<int>(i), "", "");
    }
    return text;
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  std::string label(int i) const {
    const Component& component = machine_.components[at(i)];
    std::string text = component.name;
    if (component.kind == ComponentKind::gpu || component.kind == ComponentKind::nic)
      text = to_text(component.id()) + (component.name.empty() ? "" : "  " + component.name);
    if (!component.bus_id.empty()) text += "  " + component.bus_id;
    if (component.socket && component.name.find("ocket") == std::string::npos)
      text += fmt::format("  socket {}", *component.socket);
    if (component.kind == ComponentKind::numa_node && !component.cpus.empty())
      text += "  cpus " + component.cpus;
    if (component.network_rate) text += fmt::format("  {:.0f} Gb/s", component.network_rate->value() * 8e-9);
    if (const Link* link = up_[at(i)]; link != nullptr && link->kind == LinkKind::pcie)
      text += link->bandwidth ? "  " + to_text(*link->bandwidth) : "";
    return text;
  }
  std::string line(int i, const std::string& before, const std::string& below) const {
    std::string text = before + label(i) + "\n";
    const std::vector<int>& children = children_[at(i)];
    for (std::size_t c = 0; c < children.size(); ++c) {
      const bool last = c + 1 == children.size();
      text += line(children[c], below + (last ? "`- " : "|- "), below + (last ? "   " : "|  "));
    }
    return text;
  }

  const Machine& machine_;
  std::vector<std::vector<int>> children_;
  std::vector<const Link*> up_;
};

/// NVLinks and xGMI in a line each kind: "gpu0..gpu7 on NVSwitch: 12 links, 300 GB/s each".
std::string fabric_text(const Machine& machine) {
  std::map<std::string, std::set<DeviceId>> groups;
  for (const Link& link : machine.links) {
    const Component& from = machine.components[static_cast<std::size_t>(link.from)];
    const Component& to = machine.components[static_cast<std::size_t>(link.to)];
    if (from.kind != ComponentKind::gpu || to.kind != ComponentKind::nvswitch) continue;
    groups[fmt::format("{} links to the NVSwitch, {}", link.count,
                       link.bandwidth ? to_text(*link.bandwidth) : "rate unknown")]
        .insert(from.id());
  }
  std::string text;
  for (const auto& [what, gpus] : groups) text += fmt::format("{} GPUs with {} each\n", gpus.size(), what);
  return text;
}

std::string ring_text(const Ring& ring) {
  if (ring.gpus.empty()) return {};
  return fmt::format("ring {}: slowest hop {}-{}, {}{}\n", fmt::join(ring.gpus, "-"), to_text(ring.slowest.a),
                     to_text(ring.slowest.b), class_text(ring.slowest.path),
                     ring.slowest.bandwidth ? ", " + to_text(*ring.slowest.bandwidth) : "");
}

std::string findings_text(const std::vector<Finding>& findings, const Ink& ink) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{}: {} [{}]\n", ink(to_text(finding.severity), colour_of(finding.severity)),
                        finding.text, finding.code);
    if (!finding.advice.empty()) text += fmt::format("  -> {}\n", finding.advice);
  }
  return text.empty() ? "no findings\n" : text;
}

}  // namespace

std::string device_counts(const MachineReport& report) {
  const auto plural = [](std::size_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  return plural(report.gpus.size(), "GPU") + ", " + plural(report.nics.size(), "NIC");
}

std::string text_drawing(const MachineReport& report, bool colour, int width) {
  const Ink ink(colour);
  const Machine& machine = report.machine;
  const std::vector<DeviceId> ids = device_ids(machine);
  const std::vector<PairRelation> pairs =
      ids.size() <= kMostPaired ? pair_relations(machine) : std::vector<PairRelation>();
  std::string text = fmt::format("{}\n\n", device_counts(report));
  text += matrix_text(ids, pairs, ink, width) + "\n";
  text += Tree(machine).text();
  text += fabric_text(machine);
  const std::string ring = ring_text(best_ring(machine, pairs));
  if (!ring.empty()) text += "\n" + ring;
  return text + "\n" + findings_text(report.findings, ink);
}

}  // namespace scalesim::report
