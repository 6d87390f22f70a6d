// Joins GPUs by bridges, meshes and switches.
#include "topology/machine/gpu_links.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/number.h"

namespace scalesim::topology {
namespace {

/// DGX-1: two quads joined all to all, and GPU i to i+4. With six links per GPU the listed pairs are double,
/// as `nvidia-smi topo -m` of a DGX-1 V100 shows.
std::vector<DirectLinks> hybrid_cube_mesh(int links_per_gpu) {
  const auto width = [&](int a, int b) {
    constexpr int kDouble[][2] = {{0, 3}, {0, 4}, {1, 2}, {1, 5}, {2, 3}, {4, 7}, {5, 6}, {6, 7}};
    for (const auto& pair : kDouble)
      if (pair[0] == a && pair[1] == b) return links_per_gpu >= 6 ? 2 : 1;
    return 1;
  };
  std::vector<DirectLinks> mesh;
  for (int quad = 0; quad < 8; quad += 4)
    for (int a = quad; a < quad + 4; ++a)
      for (int b = a + 1; b < quad + 4; ++b) mesh.push_back({a, b, width(a, b)});
  for (int a = 0; a < 4; ++a) mesh.push_back({a, a + 4, width(a, a + 4)});
  return mesh;
}

Link gpu_link(const GpuSpec& gpu, int count) {
  Link link;
  link.kind = gpu.vendor == "AMD" ? LinkKind::xgmi : LinkKind::nvlink;
  link.count = count;
  link.bandwidth = gpu.links->per_link * count;
  link.provenance = gpu.claims.provenance("links");
  link.source = fmt::format("{} x {}: {}", count, gpu.links->generation, gpu.claims.source_of("links"));
  return link;
}

/// The pairs that a wiring without a switch joins when nobody says otherwise.
std::vector<DirectLinks> usual_pairs(NodeWiring wiring, int gpus, int links_per_gpu) {
  if (wiring == NodeWiring::nvlink_mesh) return direct_mesh(gpus, links_per_gpu);
  std::vector<DirectLinks> bridges;
  for (int i = 0; i + 1 < gpus; i += 2) bridges.push_back({i, i + 1, links_per_gpu});
  return bridges;
}

}  // namespace

void join_both_ways(Machine& machine, int a, int b, Link link) {
  link.from = a;
  link.to = b;
  machine.links.push_back(link);
  std::swap(link.from, link.to);
  machine.links.push_back(std::move(link));
}

NodeWiring usual_nvlink_wiring(const GpuSpec& gpu, int gpus) {
  const bool switched = gpu.vendor == "NVIDIA" && (gpu.compute_capability >= 80 || gpus > 8);
  return switched ? NodeWiring::nvswitch : NodeWiring::nvlink_mesh;
}

Machine with_gpu_links(Machine machine, const GpuSpec& gpu, NodeWiring wiring,
                       const std::vector<DirectLinks>& direct) {
  SCALESIM_CHECK(gpu.links.has_value());
  const std::vector<int> gpus = machine.of_kind(ComponentKind::gpu);
  const int count = static_cast<int>(gpus.size());
  if (wiring == NodeWiring::nvswitch) {
    Component fabric;
    fabric.kind = ComponentKind::nvswitch;
    fabric.name = "NVSwitch";
    machine.components.push_back(std::move(fabric));
    const int nvswitch = static_cast<int>(machine.components.size()) - 1;
    for (const int part : gpus) join_both_ways(machine, part, nvswitch, gpu_link(gpu, gpu.links->count));
    return machine;
  }
  for (const DirectLinks& pair : direct.empty() ? usual_pairs(wiring, count, gpu.links->count) : direct)
    if (std::max(pair.a, pair.b) < count)
      join_both_ways(machine, gpus[static_cast<std::size_t>(pair.a)], gpus[static_cast<std::size_t>(pair.b)],
                     gpu_link(gpu, pair.count));
  return machine;
}

std::vector<DirectLinks> direct_mesh(int gpus, int links_per_gpu) {
  if (links_per_gpu >= gpus - 1) {
    std::vector<DirectLinks> all;
    for (int a = 0; a < gpus; ++a)
      for (int b = a + 1; b < gpus; ++b) all.push_back({a, b, links_per_gpu / (gpus - 1)});
    return all;
  }
  if (gpus > 8 || links_per_gpu < 4)
    throw InputError(
        fmt::format("{} GPUs with {} links each cannot be joined without a switch: use fewer GPUs per node",
                    gpus, links_per_gpu));
  std::vector<DirectLinks> board = hybrid_cube_mesh(links_per_gpu);
  std::erase_if(board, [&](const DirectLinks& pair) { return std::max(pair.a, pair.b) >= gpus; });
  return board;
}

DirectLinks parse_direct_links(const std::string& text) {
  DirectLinks pair;
  std::string_view rest = text;
  const auto number = [&](int& value) {
    const LeadingNumber<int> found = leading_integer<int>(rest);
    if (found) value = found.value;
    rest = found.rest;
    return found && value >= 0;
  };
  const auto accept = [&](char c) {
    const bool there = !rest.empty() && rest.front() == c;
    if (there) rest.remove_prefix(1);
    return there;
  };
  bool good = number(pair.a) && accept('-') && number(pair.b);
  if (good && !rest.empty()) good = accept(':') && number(pair.count);
  if (!good || !rest.empty() || pair.a == pair.b || pair.count < 1)
    throw InputError(
        fmt::format("'{}' is not a pair of GPUs: write \"0-3:2\" for two links between GPU 0 and 3", text));
  return pair;
}

}  // namespace scalesim::topology
