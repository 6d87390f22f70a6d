// Dragonfly (Kim, Dally, Scott, Abts, ISCA 2008): groups of routers joined all to all, groups joined all to
// all over global links. Balanced: p ports to nodes, a = 2p routers per group, h = p global links per router,
// radix = 4p - 1.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {
namespace {

int divide_up(int a, int b) { return (a + b - 1) / b; }

class DragonflyPlan {
 public:
  explicit DragonflyPlan(const FabricShape& shape)
      : shape_(shape),
        ports_(std::max(1, (shape.radix + 1) / 4)),
        routers_(divide_up(shape.endpoints(), ports_)),
        per_group_(std::min(2 * ports_, routers_)),
        groups_(divide_up(routers_, per_group_)) {
    if (groups_ == 1) return;
    const int global = per_group_ * ports_;
    if (groups_ - 1 > global)
      throw InputError(
          fmt::format("{} network ports need {} dragonfly groups of {}-port routers: the most is {}",
                      shape.endpoints(), groups_, shape.radix, global + 1));
    trunks_ = std::max(1, static_cast<int>(global / (groups_ - 1) / shape.oversubscription));
  }

  FabricSize size() const {
    FabricSize size;
    size.leaves = groups_ * per_group_;
    size.node_cables = shape_.endpoints();
    size.switch_cables =
        long(groups_) * per_group_ * (per_group_ - 1) / 2 + long(groups_) * (groups_ - 1) / 2 * trunks_;
    size.tiers = groups_ > 1 ? 2 : 1;
    return size;
  }

  /// The global links decide: those to one group for neighbours, those to all groups for traffic to everyone.
  double share(FabricTraffic traffic) const {
    if (groups_ == 1) return 1;
    if (traffic == FabricTraffic::neighbours) return std::min(1.0, double(trunks_) / shape_.ports_per_node);
    const double ports = double(per_group_) * ports_;
    const double outside = 1 - (ports / shape_.ports_per_node - 1) / (shape_.nodes - 1);
    return std::min(1.0, trunks_ * (groups_ - 1) / (ports * std::max(outside, 1.0 / shape_.nodes)));
  }

  /// Minimal routes only: at most one local, one global, one local hop; the shortest of them.
  std::vector<FabricRoute> routes(int from, int to) const {
    const int a = from / ports_;
    const int b = to / ports_;
    const FabricLink in{from, device(a), shape_.port_rate};
    const FabricLink out{device(b), to, shape_.port_rate};
    if (a == b) return {{in, out}};
    if (a / per_group_ == b / per_group_) return {{in, local(a, b), out}};
    std::vector<FabricRoute> found;
    for (const auto& [ends, cables] : trunks(a / per_group_, b / per_group_)) {
      FabricRoute route{in};
      if (ends.first != a) route.push_back(local(a, ends.first));
      route.push_back({device(ends.first), device(ends.second), shape_.port_rate * cables});
      if (ends.second != b) route.push_back(local(ends.second, b));
      route.push_back(out);
      found.push_back(std::move(route));
    }
    const auto shorter = [](const FabricRoute& x, const FabricRoute& y) { return x.size() < y.size(); };
    const std::size_t least = std::min_element(found.begin(), found.end(), shorter)->size();
    std::erase_if(found, [&](const FabricRoute& route) { return route.size() > least; });
    return found;
  }

 private:
  int device(int router) const { return shape_.endpoints() + router; }
  FabricLink local(int a, int b) const { return {device(a), device(b), shape_.port_rate}; }

  /// Channel t of group `from` towards group `to` leaves from this router.
  int gateway(int from, int to, int t) const {
    const int offset = (to - from - 1 + groups_) % groups_;
    return from * per_group_ + (offset * trunks_ + t) / ports_ % per_group_;
  }
  /// Router pairs that carry global cables between two groups, and how many.
  std::map<std::pair<int, int>, int> trunks(int from, int to) const {
    std::map<std::pair<int, int>, int> result;
    for (int t = 0; t < trunks_; ++t) ++result[{gateway(from, to, t), gateway(to, from, t)}];
    return result;
  }

  FabricShape shape_;
  int ports_;
  int routers_;
  int per_group_;
  int groups_;
  int trunks_ = 0;
};

class Dragonfly : public FabricLayout {
 public:
  std::string_view name() const override { return "dragonfly"; }
  std::string_view option() const override { return "dragonfly"; }
  int list_order() const override { return 5; }
  bool is_direct() const override { return true; }
  FabricSize size(const FabricShape& shape) const override { return DragonflyPlan(shape).size(); }
  std::vector<FabricRoute> routes(const FabricShape& shape, int from, int to) const override {
    return DragonflyPlan(shape).routes(from, to);
  }
  double share(const FabricShape& shape, FabricTraffic traffic) const override {
    return DragonflyPlan(shape).share(traffic);
  }
};

}  // namespace

std::unique_ptr<FabricLayout> make_fabric_dragonfly() { return std::make_unique<Dragonfly>(); }

}  // namespace scalesim::topology
