// Columns, chips and hubs of a node.
#include "report/drawing/cluster_layout.h"

#include <algorithm>

namespace scalesim::report {

using namespace topology;
namespace {

constexpr int kMostChips = 16;  ///< GPUs or ports drawn one by one; more are one box
constexpr double kGap = 8;

void spread(const std::vector<Chip*>& row, const Region& region) {
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i]->x = region.left + region.width * (static_cast<double>(i) + 0.5) / static_cast<double>(row.size());
}

}  // namespace

NodeLayout::NodeLayout(const Machine& machine) : machine_(machine), parent_(machine.components.size(), -1) {
  for (const Link& link : machine.links)
    if ((is_tree_link(link) || link.kind == LinkKind::c2c) && hangs_below(machine, link.to, link.from) &&
        parent_[at(link.to)] < 0)
      parent_[at(link.to)] = link.from;
  for (const int port : machine.of_kind(ComponentKind::nic))  // what carries several ports is not drawn
    if (const int board = parent_[at(port)]; board >= 0 && kind(board) == ComponentKind::nic_board)
      parent_[at(port)] = parent_[at(board)];
  gpus_ = chips(ComponentKind::gpu);
  ports_ = chips(ComponentKind::nic);
  place();
}

int NodeLayout::socket_of(int component) const {
  int above = component;
  for (std::size_t steps = 0; above >= 0 && kind(above) != ComponentKind::numa_node && steps < parent_.size();
       ++steps)
    above = parent_[at(above)];
  return above;
}

std::vector<Chip> NodeLayout::chips(ComponentKind wanted) const {
  const std::vector<int> all = machine_.of_kind(wanted);
  std::vector<Chip> result;
  if (static_cast<int>(all.size()) > kMostChips) return {{all, 0}};
  for (const int component : all) result.push_back({{component}, 0});
  return result;
}

/// NUMA nodes side by side in the order of their devices; many of them, or devices in one box, share one
/// column.
void NodeLayout::place() {
  std::vector<int> sockets;
  for (const std::vector<Chip>* row : {&gpus_, &ports_})
    for (const Chip& chip : *row) {
      const int socket = chip.components.size() > 1 ? -1 : socket_of(chip.components.front());
      if (std::find(sockets.begin(), sockets.end(), socket) == sockets.end()) sockets.push_back(socket);
    }
  double x = kGap;
  for (const int socket : sockets) {
    Region region{socket, x, 0};
    std::size_t widest = 1;
    for (std::vector<Chip>* row : {&gpus_, &ports_}) widest = std::max(widest, members(*row, socket).size());
    region.width = std::max(socket < 0 ? 2.5 : 2.0, static_cast<double>(widest)) * (kChipWidth + kGap) + kGap;
    for (std::vector<Chip>* row : {&gpus_, &ports_}) spread(members(*row, socket), region);
    regions_.push_back(region);
    x += region.width + kGap;
  }
  width_ = std::max(x, 150.0);
  place_hubs();
}
std::vector<Chip*> NodeLayout::members(std::vector<Chip>& row, int socket) const {
  std::vector<Chip*> found;
  for (Chip& chip : row)
    if ((chip.components.size() > 1 ? -1 : socket_of(chip.components.front())) == socket)
      found.push_back(&chip);
  return found;
}
void NodeLayout::place_hubs() {
  std::map<int, std::pair<double, int>> sums;
  for (const std::vector<Chip>* row : {&gpus_, &ports_})
    for (const Chip& chip : *row) {
      const int above = chip.components.size() > 1 ? -1 : parent_[at(chip.components.front())];
      if (above < 0 || (row == &ports_ && kind(above) != ComponentKind::numa_node && sums.count(above) > 0))
        continue;
      sums[above].first += chip.x;
      ++sums[above].second;
    }
  for (const auto& [hub, sum] : sums) hubs_[hub] = sum.first / sum.second;
}

}  // namespace scalesim::report
