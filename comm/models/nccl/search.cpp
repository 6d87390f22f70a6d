// Depth-first search over channels and over the GPUs of each channel.
#include "comm/models/nccl/search.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "topology/machine/nccl_constants.h"
#include "topology/machine/router.h"

namespace scalesim::comm {

namespace {

using topology::ComponentKind;
using topology::LinkKind;
using topology::Machine;

constexpr int most_channels = 32;
constexpr int most_steps = 20000;
constexpr double tiny = 1e-6;

/// A directed way from GPU to GPU: links, and how much of the speed each of them carries.
struct Path {
  std::vector<int> links;
  double pcie_overhead = 1;  ///< Intel's root complex carries GPU-to-GPU flows at 1/1.2
  PathType type = PathType::dis;
};

topology::RoutingRules rules_of_search(int capability, bool nvlink_only) {
  topology::RoutingRules rules;
  rules.order = topology::PathOrder::links_bandwidth;
  rules.rating = topology::LinkRating::nccl;
  rules.compute_capability = capability;
  rules.gpus_relay = false;
  rules.host = !nvlink_only;
  return rules;
}

/// A superchip's way over C2C alone is as good as NVLink to a ring; with the CPU's PCIe behind it, it crosses
/// the host bridge.
PathType class_between_gpus(PathType type) {
  if (type == PathType::c2c) return PathType::nvl;
  return type == PathType::p2c ? PathType::phb : type;
}

/// Links with what is left of them, and the paths between the group's GPUs.
class Network {
 public:
  Network(const Machine& machine, int gpus, int capability, bool nvlink_only) : machine_(machine) {
    for (const topology::Link& link : machine.links) {
      left_.push_back(topology::nccl_link_bandwidth(machine, link, capability).value() / 1e9);
    }
    gpus_ = machine.of_kind(ComponentKind::gpu);
    SCALESIM_CHECK(gpus >= 2 && static_cast<size_t>(gpus) <= gpus_.size());
    gpus_.resize(static_cast<size_t>(gpus));
    const topology::Router router(machine, rules_of_search(capability, nvlink_only));
    for (const int from : gpus_)
      for (topology::Path& found : router.paths(from, gpus_)) paths_.push_back(read(std::move(found)));
  }

  int size() const { return static_cast<int>(gpus_.size()); }
  const Path& path(int from, int to) const { return paths_[static_cast<size_t>(from * size() + to)]; }
  double left(int from, int to) const {
    const Path& way = path(from, to);
    double least = way.links.empty() ? 0 : std::numeric_limits<double>::infinity();
    for (const int link : way.links)
      least = std::min(least, left_[static_cast<size_t>(link)] / share(way, link));
    return least;
  }
  /// What all rings together can take of the best-connected GPU; the search stops there.
  double total() const {
    double most = 0;
    for (const int gpu : gpus_) {
      double nvlink = 0, pcie = 0;
      for (size_t i = 0; i < machine_.links.size(); ++i) {
        if (machine_.links[i].from != gpu) continue;
        (over_pcie(static_cast<int>(i)) ? pcie : nvlink) += left_[i];
      }
      most = std::max({most, nvlink, pcie});
    }
    return most;
  }

  /// No GPU can send on more channels of this speed than its own links hold, one by one.
  int most_at(double speed) const {
    int least = most_channels;
    for (const int gpu : gpus_) {
      int nvlink = 0, pcie = 0;
      for (size_t i = 0; i < machine_.links.size(); ++i) {
        if (machine_.links[i].from != gpu) continue;
        (over_pcie(static_cast<int>(i)) ? pcie : nvlink) += static_cast<int>((left_[i] + tiny) / speed);
      }
      least = std::min(least, std::max(nvlink, pcie));
    }
    return least;
  }

  bool reserve(int from, int to, double speed) {
    if (left(from, to) + tiny < speed) return false;
    take(path(from, to), speed);
    return true;
  }
  void give_back(int from, int to, double speed) { take(path(from, to), -speed); }

 private:
  bool over_pcie(int link) const {
    const LinkKind kind = machine_.links[static_cast<size_t>(link)].kind;
    return kind == LinkKind::pcie || kind == LinkKind::on_chip || kind == LinkKind::inter_socket;
  }
  double share(const Path& way, int link) const {
    return machine_.links[static_cast<size_t>(link)].kind == LinkKind::pcie ? way.pcie_overhead : 1;
  }
  void take(const Path& way, double speed) {
    for (const int link : way.links) left_[static_cast<size_t>(link)] -= speed * share(way, link);
  }

  Path read(topology::Path found) const {
    Path way{std::move(found.links), 1, class_between_gpus(found.type)};
    const bool intel = std::any_of(way.links.begin(), way.links.end(), [&](int link) {
      const int to = machine_.links[static_cast<size_t>(link)].to;
      return machine_.components[static_cast<size_t>(to)].cpu_vendor == "GenuineIntel";
    });
    if (way.type == PathType::phb && intel) way.pcie_overhead = 1.2;
    return way;
  }

  const Machine& machine_;
  std::vector<int> gpus_;
  std::vector<double> left_;
  std::vector<Path> paths_;
};

/// Finds as many rings of one speed as fit.
class RingSearch {
 public:
  RingSearch(Network& network, double speed, bool same_channels)
      : network_(network), speed_(speed), same_(same_channels), most_(network.most_at(speed)) {}

  int run() {
    channel(0);
    return best_;
  }
  PathType farthest() const { return farthest_; }

 private:
  bool stop() const { return best_ >= most_ || steps_ > most_steps || (best_ * speed_ + tiny >= goal_); }

  void channel(int found) {
    if (found > best_) {
      best_ = found;
      farthest_ = PathType::loc;
      for (const std::vector<int>& ring : rings_) note_types(ring);
    }
    if (stop()) return;
    // The last channel's order once more first: regular machines need nothing else.
    if (found > 0 && replay(rings_.back())) {
      rings_.push_back(rings_.back());
      channel(found + 1);
      unreserve(rings_.back());
      rings_.pop_back();
      if (stop()) return;
    }
    if (found > 0 && same_) return;
    std::vector<int> ring = {0};
    extend(ring, found);
  }

  bool replay(const std::vector<int>& ring) {
    for (size_t i = 0; i < ring.size(); ++i) {
      if (network_.reserve(ring[i], ring[(i + 1) % ring.size()], speed_)) continue;
      for (size_t k = i; k-- > 0;) network_.give_back(ring[k], ring[k + 1], speed_);
      return false;
    }
    return true;
  }
  void unreserve(const std::vector<int>& ring) {
    for (size_t i = 0; i < ring.size(); ++i) network_.give_back(ring[i], ring[(i + 1) % ring.size()], speed_);
  }

  /// Tries every next GPU, the one with most bandwidth left and fewest links first.
  void extend(std::vector<int>& ring, int found) {
    if (stop() || ++steps_ > most_steps) return;
    const int here = ring.back();
    if (static_cast<int>(ring.size()) == network_.size()) {
      if (!network_.reserve(here, ring.front(), speed_)) return;
      rings_.push_back(ring);
      channel(found + 1);
      rings_.pop_back();
      network_.give_back(here, ring.front(), speed_);
      return;
    }
    std::vector<int> next;
    for (int gpu = 0; gpu < network_.size(); ++gpu) {
      if (std::find(ring.begin(), ring.end(), gpu) == ring.end() && network_.left(here, gpu) + tiny >= speed_)
        next.push_back(gpu);
    }
    std::stable_sort(next.begin(), next.end(), [&](int a, int b) {
      const double left_a = network_.left(here, a), left_b = network_.left(here, b);
      return left_a != left_b ? left_a > left_b
                              : network_.path(here, a).links.size() < network_.path(here, b).links.size();
    });
    for (const int gpu : next) {
      if (!network_.reserve(here, gpu, speed_)) continue;
      ring.push_back(gpu);
      extend(ring, found);
      ring.pop_back();
      network_.give_back(here, gpu, speed_);
      if (stop()) return;
    }
  }

  void note_types(const std::vector<int>& ring) {
    for (size_t i = 0; i < ring.size(); ++i) {
      farthest_ = std::max(farthest_, network_.path(ring[i], ring[(i + 1) % ring.size()]).type);
    }
  }

  Network& network_;
  double speed_;
  bool same_;
  int most_;
  double goal_ = network_.total();
  int best_ = 0;
  int steps_ = 0;
  PathType farthest_ = PathType::loc;
  std::vector<std::vector<int>> rings_;
};

std::optional<NcclGraph> rings_over(const Machine& machine, int gpus, int capability, bool nvlink_only) {
  NcclGraph best;
  const Network fresh(machine, gpus, capability, nvlink_only);
  const double goal = fresh.total();
  for (const double speed : nccl_search_speeds(capability, true)) {
    if (best.channels > 0 && speed <= 0.49 * best.bandwidth_intra) break;
    for (const bool same : {true, false}) {
      Network network = fresh;
      RingSearch search(network, speed, same);
      const int channels = search.run();
      if (channels * speed <= best.channels * best.bandwidth_intra + tiny) continue;
      best.channels = channels;
      best.bandwidth_intra = best.bandwidth_inter = speed;
      best.type_intra = search.farthest();
      best.same_channels = same;
    }
    if (best.channels * best.bandwidth_intra + tiny >= goal) break;
  }
  if (best.channels == 0) return std::nullopt;
  return best;
}

}  // namespace

std::optional<NcclGraph> search_rings(const Machine& machine, int gpus, int compute_capability) {
  std::optional<NcclGraph> rings = rings_over(machine, gpus, compute_capability, true);
  if (!rings) rings = rings_over(machine, gpus, compute_capability, false);
  if (!rings) return std::nullopt;
  return split_fast_channels(*rings, compute_capability);
}

NcclSystem searched_system(const topology::Cluster& cluster, const NcclNode& node) {
  NcclSystem system = closed_form_system(node, 1);
  const auto on_board = static_cast<int>(cluster.node.of_kind(ComponentKind::gpu).size());
  if (node.gpus > on_board || cluster.gpu.vendor != "NVIDIA") return system;
  const std::optional<NcclGraph> rings = search_rings(cluster.node, node.gpus, node.compute_capability);
  if (!rings) return system;
  const double tree_speed = system.tree.bandwidth_intra / system.ring.bandwidth_intra;
  system.ring = *rings;
  system.tree = *rings;
  system.tree.pattern = NcclPattern::balanced_tree;
  system.tree.bandwidth_intra = system.tree.bandwidth_inter = rings->bandwidth_intra * tree_speed;
  system.channels = std::min(64, 2 * rings->channels);
  return system;
}

NcclSystem nccl_system(const topology::Cluster& cluster, const NcclNode& node, int nodes) {
  const bool search = nodes == 1 && node.fabric == NcclFabric::nvlink_mesh;
  return search ? searched_system(cluster, node) : closed_form_system(node, nodes);
}

}  // namespace scalesim::comm
