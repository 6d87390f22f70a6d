// Where the parts of one node stand in the picture of a cluster: ports at its upper edge, GPUs at the lower,
// between them what both are plugged into; NUMA nodes are columns.
#pragma once

#include <map>
#include <vector>

#include "topology/machine/machine.h"

namespace scalesim::report {

constexpr double kChipWidth = 44, kGroupWidth = 120;

struct Chip {
  std::vector<int> components;  ///< one, or all that a single box stands for
  double x = 0;                 ///< middle, from the left edge of the node
};

/// A NUMA node with what hangs below it, as a column of the node's picture.
struct Region {
  int socket = -1;
  double left = 0, width = 0;
};

class NodeLayout {
 public:
  explicit NodeLayout(const topology::Machine& machine);

  const std::vector<Chip>& gpus() const { return gpus_; }
  const std::vector<Chip>& ports() const { return ports_; }
  const std::vector<Region>& regions() const { return regions_; }
  /// Switches, and NUMA nodes that devices are plugged into directly: component and middle.
  const std::map<int, double>& hubs() const { return hubs_; }
  int parent(int component) const { return parent_[at(component)]; }
  double width() const { return width_; }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  topology::ComponentKind kind(int i) const { return machine_.components[at(i)].kind; }
  int socket_of(int component) const;
  std::vector<Chip> chips(topology::ComponentKind wanted) const;
  void place();
  std::vector<Chip*> members(std::vector<Chip>& row, int socket) const;
  void place_hubs();

  const topology::Machine& machine_;
  std::vector<int> parent_;
  std::vector<Chip> gpus_, ports_;
  std::vector<Region> regions_;
  std::map<int, double> hubs_;
  double width_ = 0;
};

}  // namespace scalesim::report
