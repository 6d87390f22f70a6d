// NCCL's walk over the component graph (topo-format 3.3): a label per component, replaced while a better one
// is found.
#include "topology/machine/paths.h"

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

}  // namespace

std::string_view to_text(PathType type) {
  constexpr std::array<std::string_view, 12> kTexts = {"LOC", "NVL", "NVB", "C2C", "PIX", "PXB",
                                                       "P2C", "PXN", "PHB", "SYS", "NET", "DIS"};
  return kTexts.at(static_cast<std::size_t>(type));
}

struct Routes::Label {
  PathType type = PathType::dis;
  double bandwidth = 0;
  int hops = std::numeric_limits<int>::max();
  int link = -1;  ///< the last link of the path

  bool better_than(const Label& other) const {
    if (type != other.type) return type < other.type;
    if (bandwidth != other.bandwidth) return bandwidth > other.bandwidth;
    return hops < other.hops;
  }
};

Routes::Routes(const Machine& machine, LinkRating rating)
    : first_edge_(machine.components.size() + 1, 0),
      edges_(machine.links.size()),
      rates_(machine.links.size()) {
  for (const Component& component : machine.components) kinds_.push_back(component.kind);
  for (const Link& link : machine.links) {
    ++first_edge_[at(link.from) + 1];
    sources_.push_back(link.from);
  }
  for (std::size_t i = 1; i < first_edge_.size(); ++i) first_edge_[i] += first_edge_[i - 1];
  std::vector<int> next = first_edge_;
  for (int i = 0; i < static_cast<int>(machine.links.size()); ++i) {
    const Link& link = machine.links[at(i)];
    const double own = link.bandwidth.value_or(BytesPerSecond{}).value();
    const double rated = rating == LinkRating::machine
                             ? own
                             : nccl_link_bandwidth(machine, link, compute_capability(machine, link)).value();
    rates_[at(i)] = rated;
    edges_[at(next[at(link.from)]++)] = {link.to, i, class_of(machine, link), rated};
  }
}

void Routes::relax(std::vector<Label>& labels, std::vector<int>& queue, int from, const Edge& edge,
                   int base) const {
  const Label& here = labels[at(from)];
  Label offer{continued(here.type, edge.type), std::min(here.bandwidth, edge.bandwidth), here.hops + 1,
              edge.link};
  if (from != base && kinds_[at(from)] == ComponentKind::gpu) {
    // A GPU passes data on only between two NVLink neighbours.
    const bool relays = here.hops == 1 && here.type == PathType::nvl && edge.type == PathType::nvl &&
                        kinds_[at(edge.to)] == ComponentKind::gpu;
    if (!relays) return;
    offer.type = PathType::nvb;
  }
  if (kinds_[at(from)] == ComponentKind::nic && from != base) return;
  if (edge.to == base || !offer.better_than(labels[at(edge.to)])) return;
  labels[at(edge.to)] = offer;
  queue.push_back(edge.to);
}

std::vector<Routes::Label> Routes::walk(int from) const {
  std::vector<Label> labels(kinds_.size());
  labels[at(from)] = {PathType::loc, kLocalBandwidth, 0, -1};
  std::vector<int> queue = {from};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const int here = queue[head];
    for (int e = first_edge_[at(here)]; e < first_edge_[at(here) + 1]; ++e)
      relax(labels, queue, here, edges_[at(e)], from);
  }
  return labels;
}

Path Routes::read_back(const std::vector<Label>& labels, int from, int to) const {
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

Path Routes::path(int from, int to) const { return read_back(walk(from), from, to); }

std::vector<Path> Routes::paths(int from, const std::vector<int>& to) const {
  const std::vector<Label> labels = walk(from);
  std::vector<Path> result;
  for (const int target : to) result.push_back(read_back(labels, from, target));
  return result;
}

std::vector<Path> Routes::from(int component) const {
  std::vector<Path> paths;
  for (const Label& label : walk(component))
    paths.push_back({label.type, BytesPerSecond(label.bandwidth), {}});
  return paths;
}

int Routes::local_cpu(int component) const {
  const std::vector<Label> labels = walk(component);
  int best = -1;
  for (int i = 0; i < static_cast<int>(kinds_.size()); ++i)
    if (kinds_[at(i)] == ComponentKind::numa_node && labels[at(i)].type != PathType::dis &&
        (best < 0 || labels[at(i)].better_than(labels[at(best)])))
      best = i;
  return best;
}

Path Routes::path_through_cpu(int from, int to) const {
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
