// Torus: no switches; every node passes traffic on to its neighbours in up to three dimensions, as TPU pods
// do. A node's network bandwidth is divided evenly over its directions.
#include <algorithm>
#include <array>

#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {
namespace {

using Coordinates = std::array<int, 3>;

/// The most cubic a * b * c = nodes; with fewer dimensions the last are 1.
Coordinates extents(int nodes, int dimensions) {
  Coordinates best{nodes, 1, 1};
  if (dimensions < 2) return best;
  for (int a = 1; a <= nodes; ++a) {
    if (nodes % a != 0) continue;
    for (int b = 1; b <= nodes / a; ++b) {
      if ((nodes / a) % b != 0) continue;
      const Coordinates shape{a, b, nodes / a / b};
      if (dimensions < 3 && shape[2] > 1) continue;
      const auto sum = [](const Coordinates& c) { return c[0] + c[1] + c[2]; };
      if (sum(shape) < sum(best)) best = shape;
    }
  }
  std::sort(best.rbegin(), best.rend());
  return best;
}

class TorusPlan {
 public:
  explicit TorusPlan(const FabricShape& shape)
      : shape_(shape),
        dimensions_(std::clamp(shape.ports_per_node / 2, 1, 3)),
        extent_(extents(shape.nodes, dimensions_)) {}

  FabricSize size() const {
    FabricSize size;
    size.node_cables = long(shape_.nodes) * used_dimensions();
    return size;
  }

  /// A ring over all nodes uses every direction; traffic to everyone crosses as many links as nodes lie apart
  /// on average.
  double share(FabricTraffic traffic) const {
    if (traffic == FabricTraffic::neighbours || shape_.nodes < 2) return 1;
    double hops = 0;
    for (int other = 1; other < shape_.nodes; ++other) {
      const Coordinates c = place(other);
      for (std::size_t d = 0; d < c.size(); ++d) hops += std::min(c[d], extent_[d] - c[d]);
    }
    return std::min(1.0, (shape_.nodes - 1) / hops);
  }

  std::vector<FabricRoute> routes(int from, int to) const {
    const int a = from / shape_.ports_per_node;
    const int b = to / shape_.ports_per_node;
    std::vector<FabricRoute> routes;
    std::array<int, 3> order{0, 1, 2};
    do {
      for (int turns = 0; turns < 8; ++turns) {
        const FabricRoute route = walk(from, to, a, b, order, turns);
        if (!route.empty() && !contains(routes, route)) routes.push_back(route);
      }
    } while (std::next_permutation(order.begin(), order.end()));
    return routes;
  }

 private:
  int used_dimensions() const {
    return static_cast<int>(std::count_if(extent_.begin(), extent_.end(), [](int e) { return e > 1; }));
  }
  int router(int node) const { return shape_.endpoints() + node; }
  Coordinates place(int node) const {
    return {node % extent_[0], node / extent_[0] % extent_[1], node / extent_[0] / extent_[1]};
  }
  int node(const Coordinates& c) const { return c[0] + extent_[0] * (c[1] + extent_[1] * c[2]); }

  /// One link of the torus; in a dimension of two nodes both directions are the same neighbour, so its links
  /// add up.
  BytesPerSecond width(int dimension) const {
    const BytesPerSecond share =
        shape_.port_rate * shape_.ports_per_node / (2.0 * std::max(used_dimensions(), 1));
    return extent_[static_cast<std::size_t>(dimension)] == 2 ? share * 2 : share;
  }

  /// Dimension by dimension in `order`; bit d of `turns` takes the backward way where both ways are equally
  /// long. Empty when `turns` asks for a choice that does not exist.
  FabricRoute walk(int from, int to, int a, int b, const std::array<int, 3>& order, int turns) const {
    FabricRoute route{{from, router(a), shape_.port_rate}};
    Coordinates here = place(a);
    const Coordinates goal = place(b);
    for (const int d : order) {
      const auto i = static_cast<std::size_t>(d);
      const int extent = extent_[i];
      const int forward = (goal[i] - here[i] + extent) % extent;
      const bool tie = forward > 0 && 2 * forward == extent && extent > 2;
      const bool back_asked = (turns >> d & 1) != 0;
      if (back_asked && !tie) return {};
      const int step = back_asked || 2 * forward > extent ? extent - 1 : 1;
      while (here[i] != goal[i]) {
        const int before = router(node(here));
        here[i] = (here[i] + step) % extent;
        route.push_back({before, router(node(here)), width(d)});
      }
    }
    route.push_back({router(b), to, shape_.port_rate});
    return route;
  }

  static bool contains(const std::vector<FabricRoute>& routes, const FabricRoute& route) {
    const auto same_link = [](const FabricLink& x, const FabricLink& y) {
      return x.from == y.from && x.to == y.to;
    };
    return std::any_of(routes.begin(), routes.end(), [&](const FabricRoute& known) {
      return std::equal(known.begin(), known.end(), route.begin(), route.end(), same_link);
    });
  }

  FabricShape shape_;
  int dimensions_;
  Coordinates extent_;
};

class Torus : public FabricLayout {
 public:
  std::string_view name() const override { return "torus"; }
  std::string_view option() const override { return "torus"; }
  int list_order() const override { return 4; }
  bool is_direct() const override { return true; }
  FabricSize size(const FabricShape& shape) const override { return TorusPlan(shape).size(); }
  std::vector<FabricRoute> routes(const FabricShape& shape, int from, int to) const override {
    return TorusPlan(shape).routes(from, to);
  }
  double share(const FabricShape& shape, FabricTraffic traffic) const override {
    return TorusPlan(shape).share(traffic);
  }
};

}  // namespace

std::unique_ptr<FabricLayout> make_fabric_torus() { return std::make_unique<Torus>(); }

}  // namespace scalesim::topology
