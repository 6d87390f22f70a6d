// Collects the links of all routes between a few nodes.
#include "topology/fabric/fabric_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace scalesim::topology {
namespace {

std::vector<int> nodes_to_show(int nodes, int most) {
  std::vector<int> shown;
  const int first = nodes <= most ? nodes : (most + 1) / 2;
  for (int i = 0; i < first; ++i) shown.push_back(i);
  for (int i = std::max(first, nodes - most / 2); i < nodes; ++i) shown.push_back(i);
  return shown;
}

using Pairs = std::map<std::pair<int, int>, BytesPerSecond>;

/// Port p of every node to port p of every other: as collectives use a fabric.
Pairs links_between(const FabricLayout& layout, const FabricShape& shape, const std::vector<int>& nodes) {
  Pairs links;
  for (const int from : nodes)
    for (const int to : nodes)
      for (int port = 0; from < to && port < shape.ports_per_node; ++port)
        for (const FabricRoute& route :
             layout.routes(shape, shape.endpoint(from, port), shape.endpoint(to, port)))
          for (const FabricLink& link : route) links.emplace(std::minmax(link.from, link.to), link.bandwidth);
  return links;
}

/// Tiers by distance from the ports.
std::vector<FabricSwitch> switches_of(const Pairs& links, int endpoints) {
  std::map<int, int> tier;
  for (const auto& [ends, rate] : links)
    if (ends.first < endpoints && ends.second >= endpoints) tier.emplace(ends.second, 0);
  for (int level = 1; level < 3; ++level)
    for (const auto& [ends, rate] : links) {
      if (ends.first < endpoints) continue;
      for (const auto& [near, far] : {ends, std::pair(ends.second, ends.first)})
        if (tier.count(near) > 0 && tier.at(near) == level - 1) tier.emplace(far, level);
    }
  std::vector<FabricSwitch> switches;
  for (const auto& [device, level] : tier) switches.push_back({device, level});
  std::stable_sort(switches.begin(), switches.end(),
                   [](const FabricSwitch& a, const FabricSwitch& b) { return a.tier < b.tier; });
  return switches;
}

}  // namespace

FabricGraph fabric_graph(const Cluster& cluster, int most) {
  FabricGraph graph;
  graph.nodes = nodes_to_show(cluster.nodes, most);
  graph.shape = fabric_shape(cluster);
  if (cluster.nodes < 2 || cluster.nics_per_node < 1) return graph;
  const auto layout = make_fabric(cluster.fabric.kind);
  graph.size = layout->size(graph.shape);
  graph.neighbours = layout->share(graph.shape, FabricTraffic::neighbours);
  graph.everyone = layout->share(graph.shape, FabricTraffic::everyone);
  const Pairs links = links_between(*layout, graph.shape, graph.nodes);
  graph.switches = switches_of(links, graph.shape.endpoints());
  for (const auto& [ends, rate] : links) graph.links.push_back({ends.first, ends.second, rate});
  return graph;
}

std::string fabric_text(const Cluster& cluster, const FabricSize& size) {
  std::string kind = cluster.fabric.kind;
  std::replace(kind.begin(), kind.end(), '_', '-');
  std::string text = kind + " fabric";
  const std::string& technology = cluster.fabric.technology.name;
  if (!technology.empty()) text += " (" + technology + ")";
  const auto plural = [](int count, std::string_view what) {
    return fmt::format("{} {} switch{}", count, what, count == 1 ? "" : "es");
  };
  if (size.switches() == 0) return text + " without switches";
  if (make_fabric(cluster.fabric.kind)->is_one_switch()) return text;
  text += " of " + plural(size.leaves, "leaf");
  if (size.aggregations > 0) text += ", " + plural(size.aggregations, "aggregation");
  if (size.spines > 0) text += ", " + plural(size.spines, "spine");
  return text;
}

}  // namespace scalesim::topology
