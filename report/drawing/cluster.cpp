// The cluster in words and as a Graphviz graph.
#include "report/drawing/cluster.h"

#include <fmt/format.h>

#include <map>

#include "core/units_text.h"
#include "report/drawing/machine.h"
#include "topology/fabric/fabric_graph.h"

namespace scalesim::report {

using namespace topology;
namespace {

constexpr int kMostNodes = 8;

}  // namespace

std::string cluster_text(const Cluster& cluster) {
  if (cluster.nodes < 2) return {};
  const FabricGraph graph = fabric_graph(cluster, 2);
  std::string text = fmt::format("{} nodes of {} ({} GPUs), {} x {:.0f} Gb/s each, joined by a {}\n",
                                 cluster.nodes, cluster.name, cluster.gpus(), cluster.nics_per_node,
                                 cluster.nic_rate.value() * 8e-9, fabric_text(cluster, graph.size));
  text += fmt::format(
      "every port keeps {:.0f} % of its rate between neighbouring nodes, {:.0f} % to all nodes alike",
      100 * graph.neighbours, 100 * graph.everyone);
  if (cluster.fabric.hop_latency.value() > 0)
    text += fmt::format("; {} per switch", to_text(cluster.fabric.hop_latency));
  return text + "\n";
}

std::string cluster_dot(const Cluster& cluster) {
  const FabricGraph graph = fabric_graph(cluster, kMostNodes);
  std::string text =
      "graph cluster {\n  rankdir=TB;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\" "
      "fontsize=9];\n";
  for (const FabricSwitch& each : graph.switches)
    text += fmt::format(
        "  s{} [label=\"{} switch {}\" shape=box style=\"filled,rounded\" fillcolor=\"#cdbfe3\"];\n",
        each.device,
        each.tier == 0   ? "leaf"
        : each.tier == 1 ? "spine"
                         : "core",
        each.device - graph.shape.endpoints());
  const std::vector<int> nics = cluster.node.of_kind(ComponentKind::nic);
  std::map<int, std::string> port;  // endpoint -> its NIC in the graph
  for (const int node : graph.nodes) {
    text += fmt::format("  subgraph cluster_{0} {{\n  label=\"node {0}\";\n", node);
    text += dot_components(cluster.node, fmt::format("n{}_", node));
    text += "  }\n";
    for (std::size_t i = 0; i < nics.size(); ++i)
      port[graph.shape.endpoint(node, static_cast<int>(i))] = fmt::format("n{}_c{}", node, nics[i]);
  }
  const auto end = [&](int device) {
    const auto found = port.find(device);
    return found == port.end() ? fmt::format("s{}", device) : found->second;
  };
  for (const FabricLink& link : graph.links)
    text += fmt::format("  {} -- {} [label=\"{}\" color=\"#6b4fa0\"];\n", end(link.to), end(link.from),
                        to_text(link.bandwidth));
  return text + "}\n";
}

}  // namespace scalesim::report
