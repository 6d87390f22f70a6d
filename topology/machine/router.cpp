// The walk over the graph of components, as NCCL does it (topo-format 3.3): a label per component, replaced
// while a better one is found.
#include "topology/machine/router.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.h"
#include "topology/machine/nccl_constants.h"

namespace scalesim::topology {
namespace {

constexpr double kLocalBandwidth = 5000e9;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool is_gpu_link(LinkKind kind) { return kind == LinkKind::nvlink || kind == LinkKind::xgmi; }

/// The class a link has by itself.
PathType class_of(const Machine& machine, const Link& link) {
  const ComponentKind from = machine.components[at(link.from)].kind;
  const ComponentKind to = machine.components[at(link.to)].kind;
  if (is_gpu_link(link.kind)) return PathType::nvl;
  if (link.kind == LinkKind::c2c) return PathType::c2c;
  if (link.kind == LinkKind::inter_socket) return PathType::sys;
  for (const ComponentKind end : {from, to})
    if (end == ComponentKind::numa_node || end == ComponentKind::host_bridge) return PathType::phb;
  if (link.kind == LinkKind::on_chip) return PathType::loc;
  if (from == ComponentKind::pcie_switch && to == ComponentKind::pcie_switch) return PathType::pxb;
  return PathType::pix;
}

/// A path of class `so_far` continued over a link of class `next`. The way from a superchip's GPU over C2C
/// and the CPU's PCIe is a class of its own.
PathType continued(PathType so_far, PathType next) {
  const bool chip_then_bus = (so_far == PathType::c2c && next == PathType::phb) ||
                             (so_far == PathType::phb && next == PathType::c2c);
  return chip_then_bus ? PathType::p2c : std::max(so_far, next);
}

int compute_capability(const Machine& machine, const Link& link) {
  for (const int end : {link.from, link.to})
    if (const auto& gpu = machine.components[at(end)].gpu) return gpu->compute_capability;
  return 0;
}

/// Whether data may take a link. An NVSwitch's own PCIe link is there to manage it.
bool carries_data(const Machine& machine, const Link& link, const RoutingRules& rules) {
  const auto touches = [&](ComponentKind kind) {
    return machine.components[at(link.from)].kind == kind || machine.components[at(link.to)].kind == kind;
  };
  if (is_tree_link(link)) return rules.host && !touches(ComponentKind::nvswitch);
  if (link.kind == LinkKind::inter_socket) return rules.host;
  const bool to_cpu = link.kind == LinkKind::c2c || touches(ComponentKind::numa_node);
  return rules.chip_to_cpu || !to_cpu;
}

}  // namespace

std::string_view to_text(PathType type) {
  constexpr std::array<std::string_view, 12> kTexts = {"LOC", "NVL", "NVB", "C2C", "PIX", "PXB",
                                                       "P2C", "PXN", "PHB", "SYS", "NET", "DIS"};
  return kTexts.at(static_cast<std::size_t>(type));
}

struct Router::Label {
  PathType type = PathType::dis;
  double bandwidth = 0;
  int hops = std::numeric_limits<int>::max();
  int link = -1;  ///< the last link of the path
};

bool Router::better(const Label& a, const Label& b) const {
  if (rules_.order != PathOrder::links_bandwidth && a.type != b.type) return a.type < b.type;
  if (rules_.order != PathOrder::class_bandwidth_links && a.hops != b.hops) return a.hops < b.hops;
  return a.bandwidth != b.bandwidth ? a.bandwidth > b.bandwidth : a.hops < b.hops;
}

double Router::rate(const Machine& machine, const Link& link) const {
  if (rules_.rating == LinkRating::machine) return link.bandwidth.value_or(BytesPerSecond{}).value();
  const int capability =
      rules_.compute_capability > 0 ? rules_.compute_capability : compute_capability(machine, link);
  return nccl_link_bandwidth(machine, link, capability).value();
}

Router::Router(const Machine& machine, const RoutingRules& rules) : rules_(rules) {
  for (const Component& component : machine.components) kinds_.push_back(component.kind);
  for (const Link& link : machine.links) {
    sources_.push_back(link.from);
    rates_.push_back(rate(machine, link));
  }
  add_edges(machine);
}

/// The links that the rules let data take, sorted by the component they leave.
void Router::add_edges(const Machine& machine) {
  std::vector<int> followed;
  first_edge_.assign(machine.components.size() + 1, 0);
  for (int i = 0; i < static_cast<int>(machine.links.size()); ++i) {
    if (!carries_data(machine, machine.links[at(i)], rules_)) continue;
    followed.push_back(i);
    ++first_edge_[at(machine.links[at(i)].from) + 1];
  }
  for (std::size_t i = 1; i < first_edge_.size(); ++i) first_edge_[i] += first_edge_[i - 1];
  edges_.resize(followed.size());
  std::vector<int> next = first_edge_;
  for (const int i : followed) {
    const Link& link = machine.links[at(i)];
    edges_[at(next[at(link.from)]++)] = {link.to, i, class_of(machine, link), rates_[at(i)]};
  }
}

/// A GPU passes data on only between two NVLink neighbours.
bool Router::passes_on(int component, const Label& label) const {
  if (kinds_[at(component)] == ComponentKind::gpu)
    return rules_.gpus_relay && label.hops == 1 && label.type == PathType::nvl;
  return kinds_[at(component)] != ComponentKind::nic;
}

void Router::relax(std::vector<Label>& labels, std::vector<int>& queue, int from, const Edge& edge,
                   int base) const {
  const Label& here = labels[at(from)];
  Label offer{continued(here.type, edge.type), std::min(here.bandwidth, edge.bandwidth), here.hops + 1,
              edge.link};
  if (from != base && kinds_[at(from)] == ComponentKind::gpu) {
    if (edge.type != PathType::nvl || kinds_[at(edge.to)] != ComponentKind::gpu) return;
    offer.type = PathType::nvb;
  }
  if (edge.to == base || !better(offer, labels[at(edge.to)])) return;
  labels[at(edge.to)] = offer;
  queue.push_back(edge.to);
}

std::vector<Router::Label> Router::walk(int from) const {
  std::vector<Label> labels(kinds_.size());
  labels[at(from)] = {PathType::loc, kLocalBandwidth, 0, -1};
  std::vector<int> queue = {from};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const int here = queue[head];
    if (here != from && !passes_on(here, labels[at(here)])) continue;
    for (int e = first_edge_[at(here)]; e < first_edge_[at(here) + 1]; ++e)
      relax(labels, queue, here, edges_[at(e)], from);
  }
  return labels;
}

Path Router::read_back(const std::vector<Label>& labels, int from, int to) const {
  const Label& label = labels[at(to)];
  Path path{label.type, BytesPerSecond(label.bandwidth), {}};
  double narrowest = label.bandwidth;
  for (int here = to; here != from && labels[at(here)].link >= 0;
       here = sources_[at(labels[at(here)].link)]) {
    path.links.push_back(labels[at(here)].link);
    narrowest = std::min(narrowest, rates_[at(path.links.back())]);
    SCALESIM_CHECK(path.links.size() <= kinds_.size());
  }
  // A component on the way may have found a closer, narrower path after this one was laid over it.
  path.bandwidth = BytesPerSecond(narrowest);
  std::reverse(path.links.begin(), path.links.end());
  return path;
}

Path Router::path(int from, int to) const { return read_back(walk(from), from, to); }

std::vector<Path> Router::paths(int from, const std::vector<int>& to) const {
  const std::vector<Label> labels = walk(from);
  std::vector<Path> result;
  for (const int target : to) result.push_back(read_back(labels, from, target));
  return result;
}

std::vector<Path> Router::from(int component) const {
  std::vector<Path> paths;
  for (const Label& label : walk(component))
    paths.push_back({label.type, BytesPerSecond(label.bandwidth), {}});
  return paths;
}

int Router::local_cpu(int component) const {
  const std::vector<Label> labels = walk(component);
  int best = -1;
  for (int i = 0; i < static_cast<int>(kinds_.size()); ++i)
    if (kinds_[at(i)] == ComponentKind::numa_node && labels[at(i)].type != PathType::dis &&
        (best < 0 || better(labels[at(i)], labels[at(best)])))
      best = i;
  return best;
}

Path Router::path_through_cpu(int from, int to) const {
  const int cpu = local_cpu(from);
  if (cpu < 0) return {};
  Path way = path(from, cpu);
  const Path rest = path(cpu, to);
  way.type = std::max({PathType::phb, way.type, rest.type});
  way.bandwidth = std::min(way.bandwidth, rest.bandwidth);
  way.links.insert(way.links.end(), rest.links.begin(), rest.links.end());
  return way;
}

}  // namespace scalesim::topology
