// A machine as a picture: sockets side by side, below each its switches, GPUs and NICs; NVLinks below the
// GPUs.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/units_text.h"
#include "report/drawing/machine.h"
#include "report/drawing/svg.h"
#include "topology/capture/text/text.h"

namespace scalesim::report {

using namespace topology;
namespace {

constexpr double kBox = 104, kBoxHeight = 62, kGap = 14, kLevel = 92, kMargin = 28, kTop = 84,
                 kSwitchHeight = 30;
constexpr std::size_t kMostFindings = 8;
const std::optional<BytesPerSecond> kThin = BytesPerSecond(6e9);  ///< how links inside a chip are drawn

struct Spot {
  double x = 0, y = 0, width = kBox;  ///< x is the middle, y the top
};

/// Where every component stands.
class Layout {
 public:
  explicit Layout(const Machine& machine)
      : machine_(machine),
        children_(machine.components.size()),
        parent_(machine.components.size(), -1),
        spots_(machine.components.size()) {
    for (const Link& link : machine.links)
      if (is_tree_link(link) && hangs_below(machine, link.to, link.from) && parent_[at(link.to)] < 0)
        adopt(link);
    for (std::size_t i = 0; i < parent_.size(); ++i)
      if (parent_[i] < 0 && kind(i) != ComponentKind::nvswitch)
        deepest_ = std::max(deepest_, levels(static_cast<int>(i)));
    double x = kMargin;
    for (std::size_t i = 0; i < parent_.size(); ++i) {
      if (parent_[i] >= 0 || kind(i) == ComponentKind::nvswitch) continue;
      const double start = x;
      x = std::max(place(static_cast<int>(i), 0, x + kGap), start + kGap + kBox) + kGap;
      if (kind(i) == ComponentKind::numa_node) frames_.push_back({start, x - start});
      x += kGap;
    }
    width_ = std::max(x + kMargin - kGap, 420.0);
  }

  const Spot& spot(int component) const { return spots_[at(component)]; }
  int parent(int component) const { return parent_[at(component)]; }
  double width() const { return width_; }
  double device_top() const { return kTop + kLevel * (deepest_ - 1); }
  double device_bottom() const { return device_top() + kBoxHeight; }
  const std::vector<std::pair<double, double>>& frames() const { return frames_; }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  ComponentKind kind(std::size_t i) const { return machine_.components[i].kind; }
  void adopt(const Link& link) {
    parent_[at(link.to)] = link.from;
    children_[at(link.from)].push_back(link.to);
  }
  int levels(int i) const {
    int most = 0;
    for (int child : children_[at(i)]) most = std::max(most, levels(child));
    return most + 1;
  }
  /// Places `i` and what hangs below it from `x` on; returns where the next one may start.
  double place(int i, int level, double x) {
    Spot& spot = spots_[at(i)];
    const bool device = kind(at(i)) == ComponentKind::gpu || kind(at(i)) == ComponentKind::nic;
    spot.y = device ? kTop + kLevel * (deepest_ - 1) : kTop + kLevel * level;
    const double start = x;
    for (int child : children_[at(i)]) x = place(child, level + 1, x);
    if (children_[at(i)].empty()) x += kBox + kGap;
    spot.x = (start + x - kGap) / 2;
    spot.width = device ? kBox : std::clamp(x - start - kGap, kBox, 220.0);
    return x;
  }

  const Machine& machine_;
  std::vector<std::vector<int>> children_;
  std::vector<int> parent_;
  std::vector<Spot> spots_;
  std::vector<std::pair<double, double>> frames_;  ///< left edge and width of each NUMA node
  int deepest_ = 1;
  double width_ = 0;
};

/// One component: a box with up to three lines of text.
std::string box(const Component& component, const Spot& spot, const Link* up) {
  const bool device = component.kind == ComponentKind::gpu || component.kind == ComponentKind::nic;
  const double height = device ? kBoxHeight : kSwitchHeight;
  std::string text = fmt::format(
      "<g><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"5\" "
      "fill=\"{}\" stroke=\"#5a6572\"/>\n",
      svg::escaped(component.name + " " + component.bus_id), spot.x - spot.width / 2, spot.y, spot.width,
      height, svg::fill_of(component.kind));
  if (!device)
    return text +
           svg::words(spot.x, spot.y + 19, 12, "middle", "#1c2733", svg::shortened(component.name, 26)) +
           "</g>\n";
  text +=
      svg::words(spot.x, spot.y + 18, 13, "middle", "#1c2733",
                 fmt::format("{} {}", component.kind == ComponentKind::gpu ? "GPU" : "NIC", component.index));
  text += svg::words(spot.x, spot.y + 34, 10, "middle", "#1c2733", svg::shortened(component.name, 18));
  const std::string rate = component.network_rate
                               ? fmt::format("{:.0f} Gb/s", component.network_rate->value() * 8e-9)
                           : up != nullptr && up->bandwidth ? "PCIe " + to_text(*up->bandwidth)
                                                            : "";
  return text + svg::words(spot.x, spot.y + 50, 10, "middle", "#43505e", rate) + "</g>\n";
}

class Picture {
 public:
  explicit Picture(const MachineReport& report)
      : report_(report),
        machine_(report.machine),
        layout_(machine_),
        up_(machine_.components.size(), nullptr) {}

  std::string svg() {
    frames();
    wires();
    fabric();
    std::string boxes;
    for (std::size_t i = 0; i < machine_.components.size(); ++i)
      if (machine_.components[i].kind != ComponentKind::nvswitch)
        boxes += box(machine_.components[i], layout_.spot(static_cast<int>(i)), up_[i]);
    findings();
    const double width = layout_.width(), height = bottom_ + kMargin;
    return svg::document(width, height, title(), below_ + boxes + above_);
  }

 private:
  const Component& part(int i) const { return machine_.components[static_cast<std::size_t>(i)]; }

  std::string title() const {
    std::string name = machine_.name;
    for (const Component& component : machine_.components)
      if (name.empty() && component.kind == ComponentKind::gpu) name = component.name;
    return fmt::format("{}{}{}", name, name.empty() ? "" : ": ", device_counts(report_));
  }

  void frames() {
    bottom_ = layout_.device_bottom() + 12;
    for (const auto& [x, width] : layout_.frames())
      below_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"8\" fill=\"#f3f6fa\" "
          "stroke=\"#c3ccd6\"/>\n",
          x, kTop - 18, width, bottom_ - kTop + 18);
  }

  void wires() {
    for (const Link& link : machine_.links) {
      const Spot &a = layout_.spot(link.from), &b = layout_.spot(link.to);
      if (is_tree_link(link) && layout_.parent(link.to) == link.from) {
        const bool cable = link.kind == LinkKind::pcie;
        if (cable) up_[static_cast<std::size_t>(link.to)] = &link;
        below_ += svg::line(a.x, a.y + kSwitchHeight, b.x, b.y, cable ? link.bandwidth : kThin, "#7a8794");
      }
      if (link.kind == LinkKind::c2c && part(link.from).kind == ComponentKind::gpu)
        below_ += svg::line(a.x + 6, a.y, b.x + 6, b.y + kSwitchHeight, link.bandwidth, "#c0504d");
      if (link.kind == LinkKind::inter_socket && link.from < link.to) sockets(link, a, b);
    }
  }

  /// Neighbours get a straight line, others an arc above, so that four sockets stay readable.
  void sockets(const Link& link, const Spot& a, const Spot& b) {
    const double rise = std::min(34.0, 6 + (b.x - a.x) / 40);
    below_ += fmt::format(
        "<path d=\"M{:.1f} {:.1f} Q{:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" stroke=\"#4a76b8\" "
        "stroke-width=\"{:.1f}\"{}/>\n",
        a.x, a.y, (a.x + b.x) / 2, a.y - rise * 2, b.x, b.y, svg::stroke(link.bandwidth),
        link.bandwidth ? "" : " stroke-dasharray=\"4 3\"");
    if (machine_.count(ComponentKind::numa_node) == 2)
      below_ += svg::words((a.x + b.x) / 2, a.y - rise - 6, 11, "middle", "#2f5590",
                           "socket link, " + svg::rate_of(link.bandwidth));
  }

  void fabric() {
    const double gpu_bottom = layout_.device_bottom();
    double lowest = gpu_bottom + 12;
    for (std::size_t i = 0; i < machine_.components.size(); ++i)
      if (machine_.components[i].kind == ComponentKind::nvswitch)
        lowest = std::max(lowest, switch_bar(static_cast<int>(i), gpu_bottom + 52));
    for (const Link& link : machine_.links) {
      const bool direct = (link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi) &&
                          link.from < link.to && part(link.from).kind == ComponentKind::gpu &&
                          part(link.to).kind == ComponentKind::gpu;
      if (direct) lowest = std::max(lowest, arc(link, gpu_bottom));
    }
    bottom_ = std::max(bottom_, lowest);
  }

  double switch_bar(int fabric, double y) {
    double left = 1e9, right = 0;
    const Link* example = nullptr;
    for (const Link& link : machine_.links) {
      if (link.to != fabric || part(link.from).kind != ComponentKind::gpu) continue;
      example = &link;
      const Spot& gpu = layout_.spot(link.from);
      left = std::min(left, gpu.x - kBox / 2);
      right = std::max(right, gpu.x + kBox / 2);
      below_ += svg::line(gpu.x, layout_.device_bottom(), gpu.x, y, link.bandwidth, "#3f8f2f");
    }
    if (example == nullptr) return y;
    above_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"6\" fill=\"{}\" "
        "stroke=\"#3f8f2f\"/>\n",
        left, y, right - left, kSwitchHeight, svg::fill_of(ComponentKind::nvswitch));
    above_ += svg::words((left + right) / 2, y + 20, 12, "middle", "#1c2733",
                         fmt::format("{}: {} NVLinks per GPU, {}", part(fabric).name, example->count,
                                     svg::rate_of(example->bandwidth)));
    return y + kSwitchHeight;
  }

  /// An arc below the GPUs, deeper the farther they stand apart.
  double arc(const Link& link, double y) {
    const double a = layout_.spot(link.from).x, b = layout_.spot(link.to).x;
    const double depth = 26 + std::abs(b - a) * 0.16;
    const std::string label = link.kind == LinkKind::nvlink ? fmt::format("NV{}", link.count) : "xGMI";
    below_ += fmt::format(
        "<path d=\"M{:.1f} {:.1f} C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" "
        "stroke=\"#3f8f2f\" stroke-width=\"{:.1f}\" stroke-opacity=\"0.75\"><title>{}</title></path>\n",
        a, y, a, y + depth * 1.33, b, y + depth * 1.33, b, y, svg::stroke(link.bandwidth),
        label + ", " + svg::rate_of(link.bandwidth));
    above_ += svg::words((a + b) / 2, y + depth - 4, 10, "middle", "#2c6b20", label);
    return y + depth + 4;
  }

  void findings() {
    bottom_ += 8;
    std::size_t shown = 0;
    for (const Finding& finding : report_.findings) {
      if (shown == kMostFindings) break;
      ++shown;
      const std::string_view colour = finding.severity >= Severity::warning  ? "#b3261e"
                                      : finding.severity == Severity::advice ? "#8a5a00"
                                                                             : "#43505e";
      double indent = 0;
      for (const std::string& row : rows_of(fmt::format("{}: {}", to_text(finding.severity), finding.text))) {
        bottom_ += indent > 0 ? 14 : 18;
        above_ += svg::words(kMargin + indent, bottom_, 11, "start", colour, row);
        indent = 14;
      }
    }
  }

  /// `text` cut between words into what fits the picture's width.
  std::vector<std::string> rows_of(const std::string& text) const {
    const auto most = static_cast<std::size_t>(std::max(40.0, (layout_.width() - 2 * kMargin) / 6.1));
    std::vector<std::string> rows(1);
    for (const std::string_view word : words_of(text)) {
      if (!rows.back().empty() && rows.back().size() + 1 + word.size() > most) rows.emplace_back();
      rows.back() += (rows.back().empty() ? "" : " ") + std::string(word);
    }
    return rows;
  }

  const MachineReport& report_;
  const Machine& machine_;
  Layout layout_;
  std::vector<const Link*> up_;
  std::string below_, above_;  ///< drawn before and after the boxes
  double bottom_ = 0;
};

}  // namespace

std::string svg_drawing(const MachineReport& report) { return Picture(report).svg(); }

}  // namespace scalesim::report
