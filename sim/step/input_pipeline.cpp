// Walks from each GPU up to the host's memory and counts who shares each link.
#include "sim/step/input_pipeline.h"

#include <algorithm>
#include <map>
#include <queue>

namespace scalesim::sim {
namespace {

using topology::ComponentKind;
using topology::Link;
using topology::LinkKind;
using topology::Machine;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

bool carries_copies(const Link& link) { return is_tree_link(link) || link.kind == LinkKind::c2c; }

/// Links from the nearest NUMA node down to `gpu`, by number; empty when there is no way.
std::vector<int> way_from_host(const Machine& machine, int gpu) {
  std::map<int, int> link_to = {{gpu, -1}};
  std::queue<int> next({gpu});
  for (; !next.empty(); next.pop()) {
    const int here = next.front();
    if (machine.components[at(here)].kind == ComponentKind::numa_node) {
      std::vector<int> way;
      for (int c = here; link_to.at(c) >= 0; c = machine.links[at(link_to.at(c))].to)
        way.push_back(link_to.at(c));
      return way;
    }
    for (std::size_t l = 0; l < machine.links.size(); ++l)
      if (machine.links[l].to == here && carries_copies(machine.links[l]) &&
          link_to.emplace(machine.links[l].from, static_cast<int>(l)).second)
        next.push(machine.links[l].from);
  }
  return {};
}

}  // namespace

BytesPerSecond host_copy_rate(const topology::Cluster& cluster, int gpus) {
  const BytesPerSecond own = topology::pcie_bandwidth(cluster.gpu.pcie_generation, cluster.gpu.pcie_lanes);
  std::vector<int> cards = cluster.node.of_kind(ComponentKind::gpu);
  cards.resize(std::min(cards.size(), at(gpus)));
  std::map<int, int> users;
  for (const int card : cards)
    for (const int link : way_from_host(cluster.node, card)) ++users[link];
  BytesPerSecond rate = own;
  for (const auto& [link, count] : users)
    rate = std::min(rate, cluster.node.links[at(link)].bandwidth.value_or(own) / count);
  return rate;
}

InputTimes input_times(const Scenario& scenario, const topology::Cluster& cluster,
                       const StepConstants& constants, double samples, int gpus, BytesPerSecond copy_rate) {
  const int nodes = (gpus + cluster.gpus_per_node - 1) / cluster.gpus_per_node;
  const double per_host = samples / nodes;
  InputTimes times;
  if (scenario.host_samples_per_second) {
    times.decode = Seconds(per_host / *scenario.host_samples_per_second);
  } else if (scenario.host_cores && constants.decode_rate > 0) {
    times.decode = Seconds(per_host / (*scenario.host_cores * constants.decode_rate));
  }
  if (scenario.disk) times.disk = scenario.sample_on_disk * per_host / *scenario.disk;
  if (copy_rate > BytesPerSecond(0) && scenario.model.tokens_per_sample == 0) {
    constexpr double kElement = 4;  // fp32
    const double bytes = static_cast<double>(scenario.model.input.elements()) * kElement;
    times.copy = Bytes(bytes * samples / gpus) / copy_rate;
  }
  return times;
}

}  // namespace scalesim::sim
