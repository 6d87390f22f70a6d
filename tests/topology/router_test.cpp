// Paths through machines: NCCL's classes on the generic servers, transports, relays over NVLink, shared
// links, speed.
#include "topology/machine/router.h"
#include "topology/system/load_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "topology/cluster/cluster.h"
#include "topology/machine/gpu_links.h"
#include "topology/machine/nccl_constants.h"
#include "topology/machine/nvlink_generations.h"
#include "topology/machine/relations.h"

namespace scalesim::topology {
namespace {

Cluster load(const std::string& name, const std::string& gpu = {}, int gpus = 0,
             const std::string& nics = {}) {
  ClusterOptions options;
  if (!gpu.empty()) options.gpu = gpu;
  if (gpus > 0) options.gpus_per_node = gpus;
  if (!nics.empty()) {
    options.nics_per_node = parse_nic(nics).count;
    options.nic_rate = parse_nic(nics).rate;
  }
  return load_cluster(name, options, DataCatalogue::embedded());
}

int gpu(const Machine& machine, int index) {
  return machine.of_kind(ComponentKind::gpu)[static_cast<std::size_t>(index)];
}
int nic(const Machine& machine, int index) {
  return machine.of_kind(ComponentKind::nic)[static_cast<std::size_t>(index)];
}

PathType type_between(const Machine& machine, int a, int b) { return Router(machine).path(a, b).type; }

TEST(Paths, OnAPcieServerPairsCrossTheHostBridgeOrTheSockets) {
  const Machine machine = load("pcie").node;
  EXPECT_EQ(type_between(machine, gpu(machine, 0), gpu(machine, 0)), PathType::loc);
  EXPECT_EQ(type_between(machine, gpu(machine, 0), gpu(machine, 3)), PathType::phb);
  EXPECT_EQ(type_between(machine, gpu(machine, 0), gpu(machine, 4)), PathType::sys);
  EXPECT_EQ(type_between(machine, gpu(machine, 0), nic(machine, 0)), PathType::phb);
  EXPECT_EQ(type_between(machine, gpu(machine, 7), nic(machine, 0)), PathType::sys);
  const Path across = Router(machine).path(gpu(machine, 0), gpu(machine, 4));
  EXPECT_EQ(across.links.size(), 3u);                // to the socket, over, down
  EXPECT_DOUBLE_EQ(across.bandwidth.value(), 16e9);  // two AMD sockets
  EXPECT_DOUBLE_EQ(Router(machine).path(gpu(machine, 0), gpu(machine, 3)).bandwidth.value(), 24e9);
}

TEST(Paths, ASwitchKeepsItsGpusTogether) {
  const Machine machine = load("pcie-switch").node;
  EXPECT_EQ(type_between(machine, gpu(machine, 0), gpu(machine, 3)), PathType::pix);
  EXPECT_EQ(type_between(machine, gpu(machine, 0), gpu(machine, 4)), PathType::sys);
  EXPECT_EQ(type_between(machine, gpu(machine, 0), nic(machine, 0)), PathType::pix);
}

TEST(Paths, TwoSwitchesInARowArePxb) {
  // gpu0 - switch0 - switch1 - gpu1, with a socket above switch0
  Machine machine;
  const auto add = [&](ComponentKind kind, int index) {
    Component part;
    part.kind = kind;
    part.index = index;
    machine.components.push_back(part);
  };
  add(ComponentKind::gpu, 0), add(ComponentKind::gpu, 1);
  add(ComponentKind::pcie_switch, 0), add(ComponentKind::pcie_switch, 1), add(ComponentKind::numa_node, 0);
  for (const auto& [a, b] : {std::pair{0, 2}, {1, 3}, {2, 3}, {2, 4}})
    for (const auto& [from, to] : {std::pair{a, b}, {b, a}}) {
      Link link;
      link.from = from;
      link.to = to;
      link.bandwidth = BytesPerSecond(24e9);
      machine.links.push_back(link);
    }
  EXPECT_EQ(type_between(machine, 0, 1), PathType::pxb);
  EXPECT_EQ(type_between(machine, 1, 4), PathType::phb);
}

TEST(Paths, NvlinkIsDirectOrThroughOneGpu) {
  const Machine machine = load("nvlink", "v100").node;
  const Router routes(machine);
  EXPECT_EQ(routes.path(gpu(machine, 0), gpu(machine, 3)).type, PathType::nvl);
  EXPECT_DOUBLE_EQ(routes.path(gpu(machine, 0), gpu(machine, 3)).bandwidth.value(), 50e9);  // two links of 25
  // GPU 0 and 7 are not neighbours: by 3 (two links, then one) or 4 (two and two)
  const Path relayed = routes.path(gpu(machine, 0), gpu(machine, 7));
  EXPECT_EQ(relayed.type, PathType::nvb);
  EXPECT_EQ(relayed.links.size(), 2u);
  EXPECT_DOUBLE_EQ(relayed.bandwidth.value(), 50e9);
  EXPECT_EQ(machine.links[static_cast<std::size_t>(relayed.links[0])].to, gpu(machine, 4));
}

TEST(Paths, OverNvswitchEveryPairIsEqual) {
  const Machine machine = load("dgx-a100").node;
  RoutingRules rules;
  rules.rating = LinkRating::nccl;
  const Router routes(machine, rules);
  for (int i = 1; i < 8; ++i) {
    const Path path = routes.path(gpu(machine, 0), gpu(machine, i));
    EXPECT_EQ(path.type, PathType::nvl);
    EXPECT_DOUBLE_EQ(path.bandwidth.value(), 240e9);  // 12 links of 20 GB/s as NCCL counts A100
  }
  EXPECT_DOUBLE_EQ(Router(machine).path(gpu(machine, 0), gpu(machine, 1)).bandwidth.value(), 300e9);
}

TEST(Transport, GeForceOfThe40SeriesGoesThroughHostMemory) {
  const Machine machine = load("pcie-switch", "rtx4090").node;
  const Router routes(machine);
  const PeerPath pair = peer_path(machine, routes, gpu(machine, 0), gpu(machine, 1));
  EXPECT_EQ(pair.transport, Transport::shared_memory);
  EXPECT_EQ(pair.path.type, PathType::phb);  // rerouted over the CPU although one switch joins them
  EXPECT_EQ(pair.path.links.size(), 4u);     // up to switch and CPU, and down again
}

TEST(Transport, ServerCardsArePeersUpToTwoSwitches) {
  const Machine machine = load("pcie-switch").node;
  const Router routes(machine);
  EXPECT_EQ(peer_path(machine, routes, gpu(machine, 0), gpu(machine, 1)).transport, Transport::p2p);
  EXPECT_EQ(peer_path(machine, routes, gpu(machine, 0), gpu(machine, 4)).transport, Transport::shared_memory);
  const Machine ports = load("pcie", "a100-pcie").node;
  EXPECT_EQ(peer_path(ports, Router(ports), gpu(ports, 0), gpu(ports, 1)).transport,
            Transport::shared_memory);
}

TEST(Transport, TwoGpusOnAmdArePeersAnywhere) {
  const Machine machine = load("pcie", "a100-pcie", 2).node;
  EXPECT_EQ(peer_path(machine, Router(machine), gpu(machine, 0), gpu(machine, 1)).transport, Transport::p2p);
}

TEST(Transport, ABridgeMakesGeForceCardsPeers) {
  const Machine machine = load("nvbridge", "rtx3090").node;
  const Router routes(machine);
  EXPECT_EQ(peer_path(machine, routes, gpu(machine, 0), gpu(machine, 1)).transport, Transport::p2p);
  EXPECT_EQ(peer_path(machine, routes, gpu(machine, 1), gpu(machine, 2)).transport, Transport::shared_memory);
}

TEST(Transport, AFasterNetworkIsPreferredToTheSockets) {
  // gen4 NICs of 200 Gb/s below the switches carry 24 GB/s (PCIe), two AMD sockets 16
  const Machine machine = load("pcie-switch", "a100-pcie", 8, "2x200Gb").node;
  const PeerPath pair = peer_path(machine, Router(machine), gpu(machine, 0), gpu(machine, 4));
  EXPECT_EQ(pair.transport, Transport::net);
  EXPECT_DOUBLE_EQ(pair.path.bandwidth.value(), 24e9);
}

TEST(NicPath, AnotherRailsNicIsReachedThroughItsGpu) {
  const Machine machine = load("dgx-h100").node;
  const Router routes(machine);
  EXPECT_EQ(nic_path(machine, routes, gpu(machine, 2), nic(machine, 2)).type, PathType::pix);
  const Path relayed = nic_path(machine, routes, gpu(machine, 2), nic(machine, 6));
  EXPECT_EQ(relayed.type, PathType::pxn);
  EXPECT_EQ(relayed.links.size(), 4u);  // GPU 2, NVSwitch, GPU 6, PCIe switch, NIC
  EXPECT_DOUBLE_EQ(relayed.bandwidth.value(), 48e9);
}

TEST(NicPath, WithoutNvlinkTheCpuIsCrossed) {
  const Machine machine = load("pcie").node;
  EXPECT_EQ(nic_path(machine, Router(machine), gpu(machine, 1), nic(machine, 0)).type, PathType::phb);
}

TEST(Paths, BothDirectionsHaveTheSameClassAndEveryPathIsConnected) {
  for (const std::string& name : DataCatalogue::embedded().names("systems")) {
    SCOPED_TRACE(name);
    const Machine machine = load(name).node;
    if (machine.components.size() > 100) continue;
    const Router routes(machine);
    const PathMatrix matrix = all_path_types(machine);
    for (std::size_t i = 0; i < matrix.devices.size(); ++i)
      for (std::size_t j = 0; j < matrix.devices.size(); ++j) {
        EXPECT_EQ(matrix.type(i, j), matrix.type(j, i));
        const Path path = routes.path(matrix.devices[i], matrix.devices[j]);
        int here = matrix.devices[i];
        for (const int link : path.links) {
          ASSERT_EQ(machine.links[static_cast<std::size_t>(link)].from, here);
          here = machine.links[static_cast<std::size_t>(link)].to;
          EXPECT_GE(machine.links[static_cast<std::size_t>(link)].bandwidth->value(), path.bandwidth.value());
        }
        EXPECT_EQ(here, matrix.devices[j]);
      }
  }
}

// GPU 0 and 1 meet at an NVSwitch (5 GB/s) and at a PCIe switch (10 GB/s), two links each.
Machine joined_twice() {
  Machine machine;
  for (const auto& [kind, index] : {std::pair{ComponentKind::gpu, 0},
                                    {ComponentKind::gpu, 1},
                                    {ComponentKind::nvswitch, 0},
                                    {ComponentKind::pcie_switch, 0}}) {
    Component part;
    part.kind = kind;
    part.index = index;
    machine.components.push_back(part);
  }
  for (const int part : {0, 1})
    for (const int middle : {2, 3}) {
      Link link;
      link.kind = middle == 2 ? LinkKind::nvlink : LinkKind::pcie;
      link.bandwidth = BytesPerSecond(middle == 2 ? 5e9 : 10e9);
      join_both_ways(machine, part, middle, link);
    }
  return machine;
}

TEST(RoutingRules, ClassesPreferNvlinkAndLinksTheWiderWay) {
  const Machine machine = joined_twice();
  RoutingRules rules;
  for (const PathOrder order : {PathOrder::class_bandwidth_links, PathOrder::class_links_bandwidth}) {
    rules.order = order;
    EXPECT_EQ(Router(machine, rules).path(0, 1).type, PathType::nvl);
  }
  rules.order = PathOrder::links_bandwidth;
  EXPECT_EQ(Router(machine, rules).path(0, 1).type, PathType::pix);
  EXPECT_DOUBLE_EQ(Router(machine, rules).path(0, 1).bandwidth.value(), 10e9);
}

TEST(RoutingRules, WithoutTheHostOnlyNvlinkIsLeft) {
  RoutingRules rules;
  rules.order = PathOrder::links_bandwidth;
  rules.host = false;
  EXPECT_EQ(Router(joined_twice(), rules).path(0, 1).type, PathType::nvl);
  const Machine pcie = load("pcie").node;
  EXPECT_EQ(Router(pcie, rules).path(gpu(pcie, 0), gpu(pcie, 1)).type, PathType::dis);
}

TEST(RoutingRules, WithoutRelaysFarGpusOfAMeshMeetAtTheCpu) {
  const Machine machine = load("nvlink", "v100").node;
  RoutingRules rules;
  rules.gpus_relay = false;
  EXPECT_EQ(Router(machine, rules).path(gpu(machine, 0), gpu(machine, 7)).type, PathType::sys);
}

TEST(Relations, ParallelNvlinksAddUp) {
  Machine machine = joined_twice();
  Link link;
  link.kind = LinkKind::nvlink;
  link.bandwidth = BytesPerSecond(25e9);
  for (const int count : {1, 2}) {  // one link and a bundle of two: NV3, 25 + 25 GB/s as rated
    link.count = count;
    join_both_ways(machine, 0, 1, link);
  }
  const std::vector<PairRelation> pairs = derived_relations(machine);
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].path.text, "NV");
  EXPECT_EQ(pairs[0].path.count, 3);
  EXPECT_DOUBLE_EQ(pairs[0].bandwidth->value(), 50e9);
}

TEST(SharedLinks, ThreeGpusBehindOneSwitchShareTheWayUp) {
  const Machine machine = load("pcie-switch").node;
  const Router routes(machine);
  const std::vector<Path> paths = {routes.path(gpu(machine, 0), gpu(machine, 4)),
                                   routes.path(gpu(machine, 1), gpu(machine, 5)),
                                   routes.path(gpu(machine, 2), gpu(machine, 3))};
  const std::vector<SharedLink> shared = shared_links(paths);
  // switch 0 -> socket 0 -> socket 1 -> switch 1: three links, both cross-socket paths on each
  ASSERT_EQ(shared.size(), 3u);
  for (const SharedLink& link : shared) EXPECT_THAT(link.users, testing::ElementsAre(0, 1));
}

TEST(Relations, TheMatrixOfAPresetAgreesWithItsPaths) {
  for (const std::string& name : DataCatalogue::embedded().names("systems")) {
    SCOPED_TRACE(name);
    const Machine machine = load(name).node;
    const Router routes(machine);
    std::map<DeviceId, int> part;
    for (const int i : machine.devices()) part[machine.components[static_cast<std::size_t>(i)].id()] = i;
    if (part.size() > 100) continue;
    for (const PairRelation& pair : derived_relations(machine)) {
      const PathType type = routes.path(part.at(pair.a), part.at(pair.b)).type;
      std::string text(to_text(type));
      if (type == PathType::nvl)
        text = machine.components[static_cast<std::size_t>(part.at(DeviceId{ComponentKind::gpu, 0}))]
                           .gpu->vendor == "AMD"
                   ? "XGMI"
                   : "NV";
      if (type == PathType::nvb)
        text = "SYS";  // nvidia-smi names direct NVLink only, and such pairs lie on two sockets
      EXPECT_EQ(pair.path.text, text) << to_text(pair.a) << " " << to_text(pair.b);
    }
  }
}

TEST(NcclConstants, LinksCarryWhatNcclSays) {
  // comm-model 2.2
  EXPECT_DOUBLE_EQ((nccl_nvlink_bandwidth(80) * 12).value(), 240e9);
  EXPECT_DOUBLE_EQ((nccl_nvlink_bandwidth(90) * 18).value(), 370.8e9);
  EXPECT_DOUBLE_EQ((nccl_nvlink_bandwidth(100) * 18).value(), 721.8e9);
  EXPECT_DOUBLE_EQ((nccl_nvlink_bandwidth(86) * 4).value(), 48e9);
  EXPECT_DOUBLE_EQ(nccl_nvlink_bandwidth(60).value(), 18e9);
  EXPECT_DOUBLE_EQ(nccl_nvlink_bandwidth(37).value(), 20e9);  // what NCCL counts when it knows nothing
  EXPECT_DOUBLE_EQ(nccl_inter_socket_bandwidth("GenuineIntel", 79).value(), 6e9);
  EXPECT_DOUBLE_EQ(nccl_inter_socket_bandwidth("GenuineIntel", 85).value(), 10e9);
  EXPECT_DOUBLE_EQ(nccl_inter_socket_bandwidth("GenuineIntel", 143).value(), 22e9);
  EXPECT_DOUBLE_EQ(nccl_inter_socket_bandwidth("GenuineIntel", 207).value(), 40e9);
  EXPECT_DOUBLE_EQ(nccl_inter_socket_bandwidth("AuthenticAMD", 49).value(), 16e9);
}

// topo-format 1.3: 20, 25, 14.0625 on sm86, 25, 50 GB/s.
TEST(NvlinkGenerations, NominalRatesAreThoseOfDataSheets) {
  EXPECT_EQ(nominal_nvlink_bandwidth(37), std::nullopt);
  EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(60)->value(), 20e9);
  EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(80)->value(), 25e9);
  EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(86)->value(), 14.0625e9);
  EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(89)->value(), 25e9);
  EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(90)->value(), 25e9);
  EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(120)->value(), 50e9);
}

}  // namespace
}  // namespace scalesim::topology
