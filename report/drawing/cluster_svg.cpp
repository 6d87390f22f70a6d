// A cluster as a picture: the fabric's switches on top, below them the nodes, each with its ports at the
// upper edge.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/units_text.h"
#include "report/drawing/cluster.h"
#include "report/drawing/cluster_layout.h"
#include "report/drawing/svg.h"
#include "topology/fabric/fabric_graph.h"

namespace scalesim::report {

using namespace topology;
namespace {

constexpr int kMostNodes = 4;
constexpr int kMostSwitches = 16;  ///< of one tier; the others are counted
constexpr double kChipHeight = 30, kMargin = 28, kTier = 92, kTop = 62, kRow = 76, kEllipsis = 90;
constexpr std::string_view kInk = "#1c2733", kWire = "#7a8794", kNvlink = "#3f8f2f", kSocket = "#4a76b8";
/// Colours of the wires to neighbouring leaf switches, so that one can follow them.
constexpr std::string_view kCables[] = {"#6b4fa0", "#b3578d", "#2f7f93", "#a5692a",
                                        "#4c6fc4", "#8a8f2a", "#a03c3c", "#3c7a55"};

class ClusterPicture {
 public:
  explicit ClusterPicture(const Cluster& cluster)
      : cluster_(cluster),
        machine_(cluster.node),
        graph_(fabric_graph(cluster, kMostNodes)),
        node_(cluster.node) {
    for (const FabricSwitch& each : graph_.switches) tiers_ = std::max(tiers_, each.tier + 1);
    const bool direct = graph_.switches.empty() && graph_.nodes.size() > 1;
    node_top_ = kTop + (direct ? 70 : tiers_ * kTier) + 12;
    hides_nodes_ = cluster.nodes > static_cast<int>(graph_.nodes.size());
    gap_ = 28;
    const double nodes = static_cast<double>(graph_.nodes.size()) * (node_.width() + gap_) - gap_ +
                         (hides_nodes_ ? kEllipsis : 0);
    constexpr double kLetter = 9.3, kSwitchRoom = 58;
    width_ = std::max({nodes, kLetter * static_cast<double>(title().size()), kSwitchRoom * widest_tier()}) +
             2 * kMargin;
    left_ = (width_ - nodes) / 2;
  }

  std::string svg() {
    place_switches();
    cables();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) node(i);
    if (hides_nodes_) hidden_nodes();
    const double end = legend(bottom() + 26);
    return svg::document(width_, end + 12, title(), ground_ + below_ + above_);
  }

 private:
  const Component& part(int i) const { return machine_.components[static_cast<std::size_t>(i)]; }
  double port_y() const { return node_top_ + 44; }
  double hub_y() const { return port_y() + kRow; }
  double gpu_y() const { return hub_y() + kRow; }
  double fabric_y() const { return gpu_y() + kRow - 14; }
  bool has_nvlink() const {
    return std::any_of(machine_.links.begin(), machine_.links.end(), [](const Link& link) {
      return link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi;
    });
  }
  double bottom() const { return (has_nvlink() ? fabric_y() + 36 : gpu_y() + kChipHeight) + 14; }

  double node_left(std::size_t position) const {
    const bool after_the_gap = hides_nodes_ && position >= (graph_.nodes.size() + 1) / 2;
    return left_ + static_cast<double>(position) * (node_.width() + gap_) + (after_the_gap ? kEllipsis : 0);
  }

  int widest_tier() const {
    std::map<int, int> switches;
    int most = 0;
    for (const FabricSwitch& each : graph_.switches) most = std::max(most, ++switches[each.tier]);
    return std::min(most, kMostSwitches);
  }

  std::string title() const {
    return fmt::format("{}: {} nodes, {} GPUs ({}), {}", cluster_.name, cluster_.nodes, cluster_.gpus(),
                       svg::shortened(cluster_.gpu.product, 40), fabric_text(cluster_, graph_.size));
  }

  struct Spot {
    double x = 0, top = 0;
    std::size_t colour = 0;
  };

  void place_switches() {
    for (int tier = 0; tier < tiers_; ++tier) {
      std::vector<int> devices;
      for (const FabricSwitch& each : graph_.switches)
        if (each.tier == tier) devices.push_back(each.device);
      const std::size_t shown = std::min<std::size_t>(devices.size(), kMostSwitches);
      const double top = node_top_ - 12 - kTier * (tier + 1);
      for (std::size_t i = 0; i < devices.size(); ++i) {
        const double place = (static_cast<double>(std::min(i, shown - 1)) + 0.5) / static_cast<double>(shown);
        const double x = kMargin + (width_ - 2 * kMargin) * place;
        spots_[devices[i]] = {x, top, i % std::size(kCables)};
        if (i < shown) switch_box(devices[i], tier, x, top, i + 1 == shown ? devices.size() - shown : 0);
      }
    }
  }
  void switch_box(int device, int tier, double x, double top, std::size_t hidden) {
    const std::string_view kTiers[] = {graph_.size.switches() > 0 ? "leaf" : "router", "spine", "core"};
    const double room = (width_ - 2 * kMargin) / kMostSwitches;
    const double width = std::clamp(room - 6, 40.0, 96.0);
    const std::string name =
        fmt::format("{} {}", kTiers[static_cast<std::size_t>(tier)], number_in_tier(device, tier));
    above_ += svg::rectangle(x - width / 2, top, width, 28, "#cdbfe3", "#5b4a86");
    above_ += svg::words(x, top + 18, width < 60 ? 10 : 12, "middle", kInk, name);
    if (hidden > 0)
      above_ += svg::words(x, top - 6, 11, "middle", "#5b4a86", fmt::format("and {} more", hidden));
  }
  int number_in_tier(int device, int tier) const {
    int first = device;
    for (const FabricSwitch& each : graph_.switches)
      if (each.tier == tier) first = std::min(first, each.device);
    return tier == 0 ? device - graph_.shape.endpoints() : device - first;
  }

  /// Middle of a port's chip; nothing for nodes that are not drawn.
  std::optional<double> port_x(int endpoint) const {
    const int node = endpoint / std::max(graph_.shape.ports_per_node, 1),
              port = endpoint % graph_.shape.ports_per_node;
    const auto found = std::find(graph_.nodes.begin(), graph_.nodes.end(), node);
    if (found == graph_.nodes.end() || node_.ports().empty()) return std::nullopt;
    const std::vector<Chip>& ports = node_.ports();
    const std::size_t chip =
        ports.size() == 1 ? 0 : std::min(static_cast<std::size_t>(port), ports.size() - 1);
    return node_left(static_cast<std::size_t>(found - graph_.nodes.begin())) + ports[chip].x;
  }

  void cables() {
    for (const FabricLink& link : graph_.links) {
      const auto upper = spots_.find(link.to);
      if (upper == spots_.end()) {
        direct_cable(link);
        continue;
      }
      const auto lower = spots_.find(link.from);
      const std::string_view colour =
          kCables[lower == spots_.end() ? upper->second.colour : lower->second.colour];
      if (lower != spots_.end()) {
        if (upper->second.top == lower->second.top) {
          between_routers(lower->second, upper->second, link.bandwidth);
          continue;
        }
        const bool rises = upper->second.top < lower->second.top;
        const Spot &top = rises ? upper->second : lower->second,
                   &foot = rises ? lower->second : upper->second;
        below_ += svg::line(foot.x, foot.top, top.x, top.top + 28, link.bandwidth, kCables[foot.colour]);
      } else if (const auto x = port_x(link.from)) {
        below_ += svg::line(*x, port_y(), upper->second.x, upper->second.top + 28, link.bandwidth, colour);
      }
    }
  }
  /// An arc above two devices of one tier.
  void between_routers(const Spot& a, const Spot& b, const std::optional<BytesPerSecond>& rate) {
    const double rise = 10 + std::abs(b.x - a.x) / 50;
    below_ += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f} Q{2:.1f} {3:.1f} {4:.1f} {5:.1f}\" fill=\"none\" stroke=\"{6}\" "
        "stroke-width=\"{7:.1f}\"/>\n",
        a.x, a.top + 4, (a.x + b.x) / 2, std::min(a.top, b.top) - rise, b.x, b.top + 4, kCables[a.colour],
        svg::stroke(rate));
  }
  /// Between the ports of two nodes, where there are no switches.
  void direct_cable(const FabricLink& link) {
    const auto a = port_x(link.from), b = port_x(link.to);
    if (!a || !b) return;
    below_ += fmt::format(
        "<path d=\"M{0:.1f} {1:.1f} Q{2:.1f} {3:.1f} {4:.1f} {1:.1f}\" fill=\"none\" stroke=\"{5}\" "
        "stroke-width=\"{6:.1f}\"/>\n",
        *a, port_y(), (*a + *b) / 2, kTop - 30, *b, kCables[0], svg::stroke(link.bandwidth));
  }

  void chip(const Chip& each, double left, double y, std::string_view prefix, std::string_view many) {
    const bool group = each.components.size() > 1;
    const double width = group ? kGroupWidth : kChipWidth;
    const Component& first = part(each.components.front());
    above_ += "<g><title>" + svg::escaped(first.name) + "</title>";
    above_ +=
        svg::rectangle(left + each.x - width / 2, y, width, kChipHeight, svg::fill_of(first.kind), "#5a6572");
    above_ += svg::words(left + each.x, y + 19, 11, "middle", kInk,
                         group ? fmt::format("{} {}", each.components.size(), many)
                               : fmt::format("{} {}", prefix, first.index)) +
              "</g>\n";
  }

  void node(std::size_t position) {
    const double left = node_left(position);
    ground_ += svg::rectangle(left, node_top_, node_.width(), bottom() - node_top_, "#ffffff", "#5a6572", 10);
    label(left + 10, node_top_ + 18, 12, kInk, fmt::format("node {}", graph_.nodes[position]), "#ffffff");
    for (const Region& region : node_.regions()) {
      ground_ += svg::rectangle(left + region.left, node_top_ + 24, region.width,
                                gpu_y() + kChipHeight + 8 - node_top_ - 24, "#f3f6fa", "#c3ccd6", 8);
      if (region.socket >= 0 && node_.hubs().count(region.socket) == 0) name_of(region, left);
    }
    sockets(left);
    wires(left);
    for (const auto& [hub, x] : node_.hubs()) {
      const Component& component = part(hub);
      const bool root = component.kind == ComponentKind::numa_node;
      const double width = root ? 92 : 62;
      above_ +=
          svg::rectangle(left + x - width / 2, hub_y(), width, 24, svg::fill_of(component.kind), "#5a6572");
      above_ += svg::words(
          left + x, hub_y() + 16, 10, "middle", kInk,
          root ? svg::shortened(component.name, 14)
               : fmt::format("{} {}", component.kind == ComponentKind::host_bridge ? "bridge" : "switch",
                             component.index));
    }
    for (const Chip& each : node_.ports()) chip(each, left, port_y(), "NIC", "NICs");
    for (const Chip& each : node_.gpus()) chip(each, left, gpu_y(), "GPU", "GPUs");
    if (has_nvlink()) nvlinks(left);
  }

  void name_of(const Region& region, double left) {
    label(left + region.left + 6, node_top_ + 37, 10, "#2f5590", svg::shortened(part(region.socket).name, 16),
          "#f3f6fa");
  }
  /// Words on a ground of their own, for cables pass behind them.
  void label(double x, double y, double size, std::string_view colour, const std::string& text,
             std::string_view ground) {
    above_ += svg::rectangle(x - 3, y - size, 0.62 * size * static_cast<double>(text.size()) + 4, size + 3,
                             ground, "none", 2);
    above_ += svg::words(x, y, size, "start", colour, text);
  }

  /// Between neighbouring columns; all sockets of a host are joined, the picture shows the chain.
  void sockets(double left) {
    for (std::size_t i = 1; i < node_.regions().size(); ++i) {
      const Region &a = node_.regions()[i - 1], &b = node_.regions()[i];
      for (const Link& link : machine_.links)
        if (link.kind == LinkKind::inter_socket && link.from == a.socket && link.to == b.socket)
          below_ += svg::line(left + a.left + a.width - 26, hub_y() + 34, left + b.left + 26, hub_y() + 34,
                              link.bandwidth, kSocket);
    }
  }

  void wires(double left) {
    for (const bool gpu : {true, false})
      for (const Chip& each : gpu ? node_.gpus() : node_.ports()) {
        const int above = each.components.size() > 1 ? -1 : node_.parent(each.components.front());
        const auto hub = node_.hubs().find(above);
        if (hub == node_.hubs().end()) continue;
        below_ +=
            svg::line(left + each.x, gpu ? gpu_y() : port_y() + kChipHeight, left + hub->second,
                      gpu ? hub_y() + 24 : hub_y(), rate_between(above, each.components.front()), kWire);
      }
  }
  std::optional<BytesPerSecond> rate_between(int a, int b) const {
    for (const Link& link : machine_.links)
      if (link.to == b && (link.from == a || part(link.from).kind == ComponentKind::nic_board))
        return link.bandwidth;
    return std::nullopt;
  }

  void nvlinks(double left) {
    double leftmost = 1e9, rightmost = 0;
    std::map<int, double> x_of;
    for (const Chip& each : node_.gpus()) {
      for (const int component : each.components) x_of[component] = each.x;
      const double half = (each.components.size() > 1 ? kGroupWidth : kChipWidth) / 2;
      leftmost = std::min(leftmost, each.x - half);
      rightmost = std::max(rightmost, each.x + half);
    }
    const bool switched = machine_.count(ComponentKind::nvswitch) > 0;
    for (const Link& link : machine_.links) {
      if ((link.kind != LinkKind::nvlink && link.kind != LinkKind::xgmi) || x_of.count(link.from) == 0)
        continue;
      const double a = left + x_of.at(link.from), y = gpu_y() + kChipHeight;
      if (part(link.to).kind == ComponentKind::nvswitch)
        below_ += svg::line(a, y, a, fabric_y(), link.bandwidth, kNvlink);
      else if (x_of.count(link.to) > 0 && link.from < link.to)
        below_ += fmt::format(
            "<path d=\"M{0:.1f} {1:.1f} Q{2:.1f} {3:.1f} {4:.1f} {1:.1f}\" fill=\"none\" stroke=\"{5}\" "
            "stroke-width=\"{6:.1f}\" stroke-opacity=\"0.7\"/>\n",
            a, y, (a + left + x_of.at(link.to)) / 2, y + 56, left + x_of.at(link.to), kNvlink,
            svg::stroke(link.bandwidth) / 2);
    }
    if (!switched) return;
    above_ += svg::rectangle(left + leftmost, fabric_y(), rightmost - leftmost, 24,
                             svg::fill_of(ComponentKind::nvswitch), kNvlink, 6);
    above_ += svg::words(left + (leftmost + rightmost) / 2, fabric_y() + 16, 11, "middle", kInk, "NVSwitch");
  }

  void hidden_nodes() {
    const double x = node_left((graph_.nodes.size() + 1) / 2) - gap_ / 2 - 45;
    const auto hidden = cluster_.nodes - static_cast<int>(graph_.nodes.size());
    above_ += svg::words(x, hub_y(), 20, "middle", "#43505e", "...");
    above_ += svg::words(x, hub_y() + 20, 12, "middle", "#43505e", fmt::format("{} more", hidden));
  }

  /// What the widths mean, in figures; returns the lower edge.
  double legend(double y) {
    const auto entry = [&](std::string_view colour, const std::string& what,
                           const std::optional<BytesPerSecond>& rate) {
      above_ += svg::line(kMargin, y - 4, kMargin + 34, y - 4, rate, colour);
      above_ += svg::words(kMargin + 42, y, 12, "start", kInk, what + ", " + svg::rate_of(rate) + " one way");
      y += 20;
    };
    if (graph_.nodes.size() > 1)
      entry(kCables[0], fmt::format("network port, {:.0f} Gb/s", cluster_.nic_rate.value() * 8e-9),
            cluster_.nic_rate);
    std::set<LinkKind> told;
    for (const Link& link : machine_.links) {
      if (!told.insert(link.kind).second) continue;
      if (link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi)
        entry(
            kNvlink,
            fmt::format("{} x {}", link.count, link.kind == LinkKind::nvlink ? "NVLink" : "Infinity Fabric"),
            link.bandwidth);
      if (link.kind == LinkKind::pcie) entry(kWire, "PCIe", link.bandwidth);
      if (link.kind == LinkKind::c2c) entry(kWire, "GPU to its CPU (C2C)", link.bandwidth);
      if (link.kind == LinkKind::inter_socket) entry(kSocket, "between NUMA nodes", link.bandwidth);
    }
    if (graph_.nodes.size() < 2) return y;
    above_ += svg::words(
        kMargin, y, 12, "start", "#43505e",
        fmt::format(
            "every port keeps {:.0f} % of its rate between neighbouring nodes, {:.0f} % to all nodes alike",
            100 * graph_.neighbours, 100 * graph_.everyone));
    return y + 8;
  }

  const Cluster& cluster_;
  const Machine& machine_;
  FabricGraph graph_;
  NodeLayout node_;
  std::map<int, Spot> spots_;           ///< switches, by device
  std::string ground_, below_, above_;  ///< frames, wires, boxes: in this order
  double node_top_ = 0, width_ = 0, left_ = 0, gap_ = 0;
  int tiers_ = 0;
  bool hides_nodes_ = false;
};

}  // namespace

std::string cluster_svg(const Cluster& cluster) { return ClusterPicture(cluster).svg(); }

}  // namespace scalesim::report
