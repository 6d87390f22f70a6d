// What NCCL makes of the paths: peer access, the relay over an NVLink peer to a NIC, and matrices of all
// pairs.
#include <algorithm>
#include <map>

#include "core/error.h"
#include "topology/machine/router.h"

namespace scalesim::topology {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool over_nvlink(PathType type) { return type == PathType::nvl || type == PathType::nvb; }

/// Whether the parts themselves may read each other's memory over PCIe.
bool peers_over_pcie(const Machine& machine, int a, int b) {
  if (machine.peer_access) return *machine.peer_access;
  for (const int gpu : {a, b})
    if (const auto& spec = machine.components[at(gpu)].gpu; spec && !spec->peer_access_over_pcie)
      return false;
  return true;
}

/// The furthest class at which NCCL lets GPUs be peers.
PathType peer_level(const Machine& machine) {
  const auto& parts = machine.components;
  const bool amd = std::any_of(parts.begin(), parts.end(),
                               [](const Component& part) { return part.cpu_vendor == "AuthenticAMD"; });
  return amd && machine.count(ComponentKind::gpu) <= 2 ? PathType::sys : PathType::pxb;
}

/// The GPU a NIC belongs to: the closest one, and the first of equals.
int local_gpu(const Machine& machine, const Router& router, int nic) {
  const std::vector<Path> paths = router.from(nic);
  int best = -1;
  for (const int gpu : machine.of_kind(ComponentKind::gpu)) {
    const Path& path = paths[at(gpu)];
    if (path.type == PathType::dis) continue;
    if (best < 0 || path.type < paths[at(best)].type ||
        (path.type == paths[at(best)].type && path.bandwidth > paths[at(best)].bandwidth))
      best = gpu;
  }
  return best;
}

/// What a GPU reaches of a NIC without crossing the CPU.
BytesPerSecond network_rate(const Machine& machine, const Router& router, int gpu) {
  const std::vector<Path> paths = router.from(gpu);
  BytesPerSecond best{};
  for (const int nic : machine.of_kind(ComponentKind::nic)) {
    const auto line_rate = machine.components[at(nic)].network_rate;
    if (paths[at(nic)].type <= PathType::pxb && line_rate)
      best = std::max(best, std::min(*line_rate, paths[at(nic)].bandwidth));
  }
  return best;
}

}  // namespace

std::string_view to_text(Transport transport) {
  switch (transport) {
    case Transport::self:
      return "self";
    case Transport::p2p:
      return "p2p";
    case Transport::shared_memory:
      return "shared_memory";
    case Transport::net:
      return "net";
  }
  return "";
}

PeerPath peer_path(const Machine& machine, const Router& router, int a, int b) {
  Path path = router.path(a, b);
  if (a == b) return {Transport::self, std::move(path)};
  const bool allowed =
      path.type <= peer_level(machine) && (over_nvlink(path.type) || peers_over_pcie(machine, a, b));
  PeerPath choice{Transport::p2p, std::move(path)};
  if (!allowed) choice = {Transport::shared_memory, router.path_through_cpu(a, b)};
  const BytesPerSecond network = std::min(network_rate(machine, router, a), network_rate(machine, router, b));
  if (network > choice.path.bandwidth) return {Transport::net, {PathType::net, network, {}}};
  return choice;
}

Path nic_path(const Machine& machine, const Router& router, int gpu, int nic) {
  Path direct = router.path(gpu, nic);
  const int relay = local_gpu(machine, router, nic);
  if (relay < 0 || relay == gpu) return direct;
  const Path to_relay = router.path(gpu, relay);
  const Path from_relay = router.path(relay, nic);
  if (to_relay.type != PathType::nvl || from_relay.type > PathType::p2c) return direct;
  const BytesPerSecond relayed = std::min(to_relay.bandwidth, from_relay.bandwidth);
  if (direct.type < PathType::phb && relayed <= direct.bandwidth) return direct;
  Path path{PathType::pxn, relayed, to_relay.links};
  path.links.insert(path.links.end(), from_relay.links.begin(), from_relay.links.end());
  return path;
}

PathMatrix all_path_types(const Machine& machine) {
  const Router router(machine);
  PathMatrix matrix{machine.of_kind(ComponentKind::gpu), {}};
  const std::vector<int> nics = machine.of_kind(ComponentKind::nic);
  matrix.devices.insert(matrix.devices.end(), nics.begin(), nics.end());
  for (const int from : matrix.devices) {
    const std::vector<Path> paths = router.from(from);
    for (const int to : matrix.devices) matrix.types.push_back(paths[at(to)].type);
  }
  return matrix;
}

std::vector<SharedLink> shared_links(const std::vector<Path>& paths) {
  std::map<int, std::vector<int>> users;
  for (int i = 0; i < static_cast<int>(paths.size()); ++i)
    for (const int link : paths[at(i)].links) users[link].push_back(i);
  std::vector<SharedLink> shared;
  for (auto& [link, who] : users)
    if (who.size() > 1) shared.push_back({link, std::move(who)});
  return shared;
}

}  // namespace scalesim::topology
