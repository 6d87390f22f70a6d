// The router: which links a transfer crosses, how NCCL classes the path, and how the two ends then talk.
// Routes are computed when asked for; what is kept is linear in the number of links.
#pragma once

#include <string_view>
#include <vector>

#include "core/units.h"
#include "topology/machine/machine.h"
#include "topology/machine/path_type.h"

namespace scalesim::topology {

/// A way from one component to another. `links` are indices into Machine::links, in order.
struct Path {
  PathType type = PathType::dis;
  BytesPerSecond bandwidth{};  ///< of the narrowest link; LOC counts as 5,000 GB/s
  std::vector<int> links;
};

/// Whose opinion of a link's bandwidth counts: the machine's own figures or NCCL's constants
/// (nccl_constants.h).
enum class LinkRating { machine, nccl };

/// Which way is the best one. NCCL's table of paths, its graph search and nvidia-smi choose differently among
/// the same links.
enum class PathOrder {
  class_bandwidth_links,  ///< lowest class, then most bandwidth, then fewest links: NCCL's table of paths
  class_links_bandwidth,  ///< lowest class, then fewest links: the matrix of nvidia-smi
  links_bandwidth         ///< fewest links, then most bandwidth: NCCL's graph search
};

struct RoutingRules {
  PathOrder order = PathOrder::class_bandwidth_links;
  LinkRating rating = LinkRating::machine;
  int compute_capability = 0;  ///< for LinkRating::nccl; 0: that of the GPU at the link
  bool gpus_relay = true;      ///< a GPU passes on from one NVLink neighbour to another
  bool chip_to_cpu = true;     ///< a GPU's links to the CPU other than PCIe (C2C, NVLink of POWER9) count
  bool host = true;            ///< PCIe, and what joins sockets, counts
};

/// Routes through one machine. Holds a copy of what it needs; safe to use by many threads.
class Router {
 public:
  explicit Router(const Machine& machine, const RoutingRules& rules = {});

  /// The best way by the order of the rules. Components are indices into Machine::components. NICs and, but
  /// for relays, GPUs pass nothing on.
  Path path(int from, int to) const;
  /// The same to each of `to`, with one walk.
  std::vector<Path> paths(int from, const std::vector<int>& to) const;
  /// Class and bandwidth (no links) from one component to every component.
  std::vector<Path> from(int component) const;

  /// The NUMA node whose path from `component` is closest; -1 when there is none.
  int local_cpu(int component) const;
  /// The path through the CPU next to `from`, which NCCL takes for GPUs that may not be peers.
  Path path_through_cpu(int from, int to) const;

 private:
  struct Label;
  struct Edge {
    int to = 0;
    int link = 0;
    PathType type = PathType::pix;
    double bandwidth = 0;
  };
  void add_edges(const Machine& machine);
  double rate(const Machine& machine, const Link& link) const;
  bool better(const Label& a, const Label& b) const;
  bool passes_on(int component, const Label& label) const;
  std::vector<Label> walk(int from) const;
  void relax(std::vector<Label>& labels, std::vector<int>& queue, int from, const Edge& edge, int base) const;
  Path read_back(const std::vector<Label>& labels, int from, int to) const;

  RoutingRules rules_;
  std::vector<ComponentKind> kinds_;
  std::vector<int> first_edge_;  ///< edges_ of component i are [first_edge_[i], first_edge_[i + 1])
  std::vector<Edge> edges_;
  std::vector<int> sources_;   ///< Link::from by link
  std::vector<double> rates_;  ///< bandwidth by link
};

/// How two GPUs of one machine exchange data.
enum class Transport { self, p2p, shared_memory, net };
std::string_view to_text(Transport transport);

struct PeerPath {
  Transport transport = Transport::p2p;
  Path path;
};

/// NCCL's choice between two GPUs (comm-model 2.3): peer to peer up to PXB, up to SYS with at most two GPUs
/// on AMD; never over PCIe between parts that cannot (GeForce of the 40 series and others,
/// Machine::peer_access or GpuSpec::peer_access_over_pcie); otherwise through host memory, by the CPU next to
/// the first GPU. `a` and `b` are component indices of GPUs.
PeerPath peer_path(const Machine& machine, const Router& router, int a, int b);

/// The path NCCL uses from GPU component to NIC component (comm-model 2.4): PXN through the NVLink peer that
/// is the NIC's own GPU where that saves the way over the CPU or is faster.
Path nic_path(const Machine& machine, const Router& router, int gpu, int nic);

/// Classes between all GPUs and NICs of a machine: `type(i, j)` of the i-th and j-th of `devices`.
struct PathMatrix {
  std::vector<int> devices;  ///< component indices: GPUs by index, then NICs
  std::vector<PathType> types;
  PathType type(std::size_t i, std::size_t j) const { return types[i * devices.size() + j]; }
};
PathMatrix all_path_types(const Machine& machine);

/// A link that several paths cross; `users` are indices into the list of paths asked about.
struct SharedLink {
  int link = 0;
  std::vector<int> users;
};
/// Every link crossed by more than one of `paths`, by link number.
std::vector<SharedLink> shared_links(const std::vector<Path>& paths);

}  // namespace scalesim::topology
