// Servers built from a few figures, the classes of their pairs, the best ring over them, NCCL's constants;
// GPU files, network ports and prices at their borders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/error.h"
#include "core/toml.h"
#include "tests/support/error_of.h"
#include "topology/machine/nccl_constants.h"
#include "topology/machine/node_builder.h"
#include "topology/machine/nvlink_generations.h"
#include "topology/machine/relations.h"
#include "topology/machine/ring.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/parts/nic_group.h"
#include "topology/parts/price.h"

namespace scalesim::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NodePlan server(int gpus, int sockets) {
  NodePlan plan;
  plan.name = "box";
  plan.source = "a document";
  plan.gpu.product = "Test GPU";
  plan.gpu.vendor = "NVIDIA";
  plan.gpu.pcie_generation = 4;
  plan.gpus = gpus;
  plan.sockets = sockets;
  return plan;
}

using Ends = std::tuple<int, int, LinkKind, double>;  ///< from, to, kind, GB/s

/// One direction of each link, after checking that the other follows it.
std::vector<Ends> cables(const Machine& machine) {
  std::vector<Ends> all;
  for (std::size_t i = 0; i + 1 < machine.links.size(); i += 2) {
    const Link& there = machine.links[i];
    const Link& back = machine.links[i + 1];
    EXPECT_EQ(there.from, back.to);
    EXPECT_EQ(there.to, back.from);
    EXPECT_EQ(there.bandwidth->value(), back.bandwidth->value());
    all.emplace_back(there.from, there.to, there.kind, there.bandwidth->value() / 1e9);
  }
  return all;
}

std::vector<int> numa_of(const Machine& machine, ComponentKind kind) {
  std::vector<int> all;
  for (const int part : machine.of_kind(kind))
    all.push_back(*machine.components[static_cast<std::size_t>(part)].numa);
  return all;
}

constexpr LinkKind kPcie = LinkKind::pcie;
constexpr LinkKind kSocket = LinkKind::inter_socket;

// Components: sockets 0 and 1, switches 2 and 3, GPUs 4 .. 7, ports 8 and 9. A gen5 host (48 GB/s), gen4 GPUs
// (24), gen3 adapters (12); AMD sockets 16.
TEST(BuiltNodes, HaveSwitchesGpusAndPortsInOrder) {
  NodePlan plan = server(4, 2);
  plan.cpu_vendor = "AuthenticAMD";
  plan.cpu_model = 17;
  plan.pcie_generation = 5;
  plan.gpus_per_switch = 2;
  plan.nics = 2;
  plan.nic_rate = BytesPerSecond(25e9);
  plan.nic_pcie_generation = 3;
  const Machine machine = build_node(plan);
  EXPECT_EQ(machine.name, "box");
  EXPECT_EQ(machine.source, "a document");
  EXPECT_EQ(machine.peer_access, true);
  EXPECT_THAT(cables(machine),
              ElementsAre(Ends{0, 1, kSocket, 16}, Ends{2, 0, kPcie, 48}, Ends{3, 1, kPcie, 48},
                          Ends{4, 2, kPcie, 24}, Ends{5, 2, kPcie, 24}, Ends{6, 3, kPcie, 24},
                          Ends{7, 3, kPcie, 24}, Ends{8, 2, kPcie, 12}, Ends{9, 3, kPcie, 12}));
  EXPECT_THAT(numa_of(machine, ComponentKind::numa_node), ElementsAre(0, 1));
  EXPECT_THAT(numa_of(machine, ComponentKind::pcie_switch), ElementsAre(0, 1));
  EXPECT_THAT(numa_of(machine, ComponentKind::gpu), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(numa_of(machine, ComponentKind::nic), ElementsAre(0, 1));
  EXPECT_EQ(machine.components[0].name, "NUMA node 0");
  EXPECT_EQ(machine.components[1].socket, 1);
  EXPECT_EQ(machine.components[1].cpu_vendor, "AuthenticAMD");
  EXPECT_EQ(machine.components[1].cpu_model, 17);
  EXPECT_EQ(machine.components[3].name, "PCIe switch 1");
  EXPECT_EQ(machine.components[7].name, "Test GPU");
  EXPECT_EQ(machine.components[7].index, 3);
  EXPECT_TRUE(machine.components[7].gpu.has_value());
  EXPECT_EQ(machine.components[9].name, "nic1");
  EXPECT_DOUBLE_EQ(machine.components[9].network_rate->value(), 25e9);
  EXPECT_EQ(machine.links[0].provenance, Provenance::assumed);
  EXPECT_THAT(machine.links[0].source, HasSubstr("NCCL's constant"));
  EXPECT_EQ(machine.links[2].provenance, Provenance::datasheet);
  EXPECT_THAT(machine.links[2].source, HasSubstr("rate / 80"));
}

// The host is as fast as the GPU where nothing else is said; a slower host or adapter slows its own link.
TEST(BuiltNodes, LinksRunAtTheSlowerEnd) {
  struct Row {
    int host, adapter;
    double gpu, port;
  };
  const Row kRows[] = {{0, 0, 24, 24}, {3, 0, 12, 12}, {5, 0, 24, 48}, {5, 4, 24, 24}, {3, 5, 12, 12}};
  for (const Row& row : kRows) {
    NodePlan plan = server(1, 1);
    plan.pcie_generation = row.host;
    plan.nic_pcie_generation = row.adapter;
    plan.nics = 1;
    plan.nic_name = "card";
    const Machine machine = build_node(plan);
    EXPECT_THAT(cables(machine), ElementsAre(Ends{1, 0, kPcie, row.gpu}, Ends{2, 0, kPcie, row.port}))
        << row.host << " " << row.adapter;
    EXPECT_EQ(machine.components[2].name, "card");
  }
  NodePlan narrow = server(1, 1);
  narrow.gpu.pcie_lanes = 8;
  EXPECT_THAT(cables(build_node(narrow)), ElementsAre(Ends{1, 0, kPcie, 12}));
}

// Item i of n sits on socket i * sockets / n, rounded down.
TEST(BuiltNodes, DealTheirPartsToTheSocketsEvenly) {
  NodePlan plan = server(5, 2);
  plan.nics = 3;
  const Machine machine = build_node(plan);
  EXPECT_THAT(numa_of(machine, ComponentKind::gpu), ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(numa_of(machine, ComponentKind::nic), ElementsAre(0, 0, 1));
  plan.gpus_per_switch = 2;  // three switches: the last with one GPU
  const Machine switched = build_node(plan);
  EXPECT_THAT(numa_of(switched, ComponentKind::pcie_switch), ElementsAre(0, 0, 1));
  EXPECT_THAT(numa_of(switched, ComponentKind::gpu), ElementsAre(0, 0, 0, 0, 1));
  EXPECT_THAT(numa_of(switched, ComponentKind::nic), ElementsAre(0, 0, 1));
}

// Four sockets of one host are six pairs, of two hosts one pair each, of four hosts none.
TEST(BuiltNodes, SocketsAreJoinedWithinAHost) {
  for (const auto& [hosts, pairs] : {std::pair{1, 6}, {2, 2}, {4, 0}}) {
    NodePlan plan = server(4, 4);
    plan.hosts = hosts;
    plan.inter_socket = BytesPerSecond(20e9);
    int joined = 0;
    for (const Link& link : build_node(plan).links)
      if (link.kind == kSocket) {
        ++joined;
        EXPECT_DOUBLE_EQ(link.bandwidth->value(), 20e9);
        EXPECT_EQ(link.provenance, Provenance::datasheet);
        EXPECT_EQ(link.source, "a document");
        EXPECT_EQ(link.from * hosts / 4, link.to * hosts / 4);
      }
    EXPECT_EQ(joined, 2 * pairs) << hosts;
  }
}

TEST(BuiltNodes, SuperchipsReachTheirCpuWithoutPcie) {
  NodePlan plan = server(2, 2);
  plan.cpu_link = BytesPerSecond(450e9);
  plan.gpu.peer_access_over_pcie = false;
  const Machine machine = build_node(plan);
  EXPECT_THAT(cables(machine), ElementsAre(Ends{0, 1, kSocket, 6}, Ends{2, 0, LinkKind::c2c, 450},
                                           Ends{3, 1, LinkKind::c2c, 450}));
  EXPECT_EQ(machine.links[2].provenance, Provenance::datasheet);
  EXPECT_EQ(machine.peer_access, false);
}

// Links of their own only for two GPUs and more, and not on PCIe servers.
TEST(BuiltNodes, UseTheGpusLinksByTheWiring) {
  for (const auto& [wiring, gpus, links] : {std::tuple{NodeWiring::pcie, 2, 0},
                                            {NodeWiring::pcie_switch, 2, 0},
                                            {NodeWiring::nvbridge, 2, 1},
                                            {NodeWiring::nvlink_mesh, 2, 1},
                                            {NodeWiring::nvswitch, 2, 2},
                                            {NodeWiring::nvswitch, 1, 0}}) {
    NodePlan plan = server(gpus, 1);
    plan.wiring = wiring;
    plan.gpu.links = GpuLinks{"NVLink3", 4, BytesPerSecond(25e9), false};
    int nvlinks = 0;
    for (const Link& link : build_node(plan).links) nvlinks += link.kind == LinkKind::nvlink;
    EXPECT_EQ(nvlinks, 2 * links) << to_text(wiring) << " " << gpus;
  }
}

TEST(Wirings, HaveTheirTexts) {
  EXPECT_EQ(to_text(NodeWiring::pcie), "pcie");
  EXPECT_EQ(to_text(NodeWiring::pcie_switch), "pcie_switch");
  EXPECT_EQ(to_text(NodeWiring::nvbridge), "nvbridge");
  EXPECT_EQ(to_text(NodeWiring::nvlink_mesh), "nvlink_mesh");
  EXPECT_EQ(to_text(NodeWiring::nvswitch), "nvswitch");
}

int put(Machine& machine, ComponentKind kind) {
  Component part;
  part.kind = kind;
  part.index = machine.count(kind);
  machine.components.push_back(part);
  return static_cast<int>(machine.components.size()) - 1;
}

void cable(Machine& machine, int a, int b, LinkKind kind, std::optional<double> rate, int count = 1) {
  Link link;
  link.kind = kind;
  link.count = count;
  if (rate) link.bandwidth = BytesPerSecond(*rate);
  join_both_ways(machine, a, b, link);
}

std::string shown(const std::vector<PairRelation>& pairs) {
  std::string text;
  for (const PairRelation& pair : pairs)
    text += to_text(pair.a) + "-" + to_text(pair.b) + " " + pair.path.text +
            (pair.path.count ? std::to_string(*pair.path.count) : "") +
            (pair.bandwidth ? " " + std::to_string(std::lround(pair.bandwidth->value())) : "") + "; ";
  return text;
}

// GPU 0 and 1 below one switch; GPU 2 below a switch below that one; GPU 3 on a root port; port 0 at the
// other socket. The narrowest link counts.
TEST(DerivedPairs, GoByWhatLiesBetween) {
  Machine machine;
  const int cpu0 = put(machine, ComponentKind::numa_node), cpu1 = put(machine, ComponentKind::numa_node);
  const int upper = put(machine, ComponentKind::pcie_switch),
            lower = put(machine, ComponentKind::pcie_switch);
  const int gpu0 = put(machine, ComponentKind::gpu), gpu1 = put(machine, ComponentKind::gpu);
  const int gpu2 = put(machine, ComponentKind::gpu), gpu3 = put(machine, ComponentKind::gpu);
  const int port = put(machine, ComponentKind::nic);
  cable(machine, cpu0, cpu1, kSocket, 5);
  cable(machine, upper, cpu0, kPcie, 20);
  cable(machine, lower, upper, kPcie, 11);
  cable(machine, gpu0, upper, kPcie, 9);
  cable(machine, gpu1, upper, kPcie, 8);
  cable(machine, gpu2, lower, kPcie, 12);
  cable(machine, gpu3, cpu0, kPcie, 7);
  cable(machine, port, cpu1, kPcie, std::nullopt);
  EXPECT_EQ(shown(derived_relations(machine)),
            "gpu0-gpu1 PIX 8; gpu0-gpu2 PXB 9; gpu0-gpu3 PHB 7; gpu0-nic0 SYS; gpu1-gpu2 PXB 8; "
            "gpu1-gpu3 PHB 7; gpu1-nic0 SYS; gpu2-gpu3 PHB 7; gpu2-nic0 SYS; gpu3-nic0 SYS; ");
}

TEST(DerivedPairs, BelowTwoHostBridgesAreNodeApart) {
  Machine machine;
  const int cpu = put(machine, ComponentKind::numa_node);
  const int one = put(machine, ComponentKind::host_bridge), other = put(machine, ComponentKind::host_bridge);
  for (const int bridge : {one, one, other})
    cable(machine, put(machine, ComponentKind::gpu), bridge, kPcie, 3);
  cable(machine, one, cpu, kPcie, 4);
  cable(machine, other, cpu, kPcie, 2);
  EXPECT_EQ(shown(derived_relations(machine)), "gpu0-gpu1 PHB 3; gpu0-gpu2 NODE 2; gpu1-gpu2 NODE 2; ");
}

// GPUs of two hosts meet in the network; a GPU of which nothing is known has no relation.
TEST(DerivedPairs, OfTwoHostsAreNet) {
  Machine machine;
  for (int host = 0; host < 2; ++host) {
    const int cpu = put(machine, ComponentKind::numa_node);
    cable(machine, put(machine, ComponentKind::gpu), cpu, kPcie, 3);
  }
  put(machine, ComponentKind::gpu);
  EXPECT_EQ(shown(derived_relations(machine)), "gpu0-gpu1 NET; ");
}

// Two of three sockets in a row are SYS; over all three it is a way that nvidia-smi would not print.
TEST(DerivedPairs, OverTwoSocketLinksAreNet) {
  Machine machine;
  std::vector<int> cpus;
  for (int i = 0; i < 3; ++i) {
    cpus.push_back(put(machine, ComponentKind::numa_node));
    cable(machine, put(machine, ComponentKind::gpu), cpus.back(), kPcie, 3);
  }
  cable(machine, cpus[0], cpus[1], kSocket, 2);
  cable(machine, cpus[1], cpus[2], kSocket, 1);
  EXPECT_EQ(shown(derived_relations(machine)), "gpu0-gpu1 SYS 2; gpu0-gpu2 NET; gpu1-gpu2 SYS 1; ");
}

// Parallel links add up; over a switch the fewer links count; links of other makers have no number.
TEST(DerivedPairs, CountTheirLinks) {
  Machine direct;
  const int a = put(direct, ComponentKind::gpu), b = put(direct, ComponentKind::gpu);
  cable(direct, a, b, LinkKind::nvlink, 50, 2);
  cable(direct, a, b, LinkKind::nvlink, 75, 3);
  EXPECT_EQ(shown(derived_relations(direct)), "gpu0-gpu1 NV5 125; ");
  cable(direct, a, b, LinkKind::nvlink, std::nullopt, 1);
  EXPECT_EQ(shown(derived_relations(direct)), "gpu0-gpu1 NV6; ");
  Machine switched;
  const int left = put(switched, ComponentKind::gpu), right = put(switched, ComponentKind::gpu);
  const int middle = put(switched, ComponentKind::nvswitch);
  cable(switched, left, middle, LinkKind::nvlink, 300, 12);
  cable(switched, right, middle, LinkKind::nvlink, 250, 10);
  EXPECT_EQ(shown(derived_relations(switched)), "gpu0-gpu1 NV10 250; ");
  Machine fabric;
  const int x = put(fabric, ComponentKind::gpu), y = put(fabric, ComponentKind::gpu);
  cable(fabric, x, y, LinkKind::xgmi, 64, 1);
  EXPECT_EQ(shown(derived_relations(fabric)), "gpu0-gpu1 XGMI 64; ");
}

// What was printed stays; bandwidth is added where none was, whichever end comes first.
TEST(PrintedPairs, GetTheirBandwidthFromTheLinks) {
  Machine machine;
  const int a = put(machine, ComponentKind::gpu), b = put(machine, ComponentKind::gpu);
  cable(machine, a, b, LinkKind::nvlink, 50, 2);
  EXPECT_EQ(shown(pair_relations(machine)), "gpu0-gpu1 NV2 50; ");
  const DeviceId first{ComponentKind::gpu, 0}, second{ComponentKind::gpu, 1}, port{ComponentKind::nic, 0};
  machine.relations = {{second, first, {"PIX", std::nullopt}, std::nullopt},
                       {first, port, {"SYS", std::nullopt}, std::nullopt}};
  EXPECT_EQ(shown(pair_relations(machine)), "gpu1-gpu0 PIX 50; gpu0-nic0 SYS; ");
  machine.relations.front().bandwidth = BytesPerSecond(7);
  EXPECT_EQ(shown(pair_relations(machine)), "gpu1-gpu0 PIX 7; gpu0-nic0 SYS; ");
}

TEST(Nearness, OrdersTheClasses) {
  const std::pair<const char*, int> kRows[] = {{"X", -1},  {"NV", 0},  {"XGMI", 0}, {"PSB", 1},
                                               {"PIX", 2}, {"PXB", 3}, {"PHB", 4},  {"NODE", 5},
                                               {"SYS", 6}, {"SOC", 6}, {"NET", 8}};
  for (const auto& [text, rank] : kRows) EXPECT_EQ(nearness({text, std::nullopt}), rank) << text;
}

/// GPUs with relations between all of them.
struct Printed {
  Machine machine;
  std::vector<PairRelation> pairs;

  explicit Printed(int gpus) {
    for (int i = 0; i < gpus; ++i) put(machine, ComponentKind::gpu);
  }
  void say(int a, int b, const char* text, std::optional<int> count, std::optional<double> rate = {}) {
    PairRelation pair{{ComponentKind::gpu, a}, {ComponentKind::gpu, b}, {text, count}, std::nullopt};
    if (rate) pair.bandwidth = BytesPerSecond(*rate);
    pairs.push_back(pair);
  }
  Ring ring() const { return best_ring(machine, pairs); }
};

TEST(BestRing, NeedsTwoGpusAndAllRelations) {
  EXPECT_TRUE(Printed(1).ring().gpus.empty());
  Printed two(2);
  EXPECT_TRUE(two.ring().gpus.empty());
  two.say(1, 0, "PIX", std::nullopt);
  EXPECT_THAT(two.ring().gpus, ElementsAre(0, 1));
  EXPECT_EQ(two.ring().slowest.path.text, "PIX");
  for (const auto& [gpus, found] : {std::pair{128, 128u}, {129, 0u}}) {
    Printed many(gpus);
    for (int a = 0; a < gpus; ++a)
      for (int b = a + 1; b < gpus; ++b) many.say(a, b, "PIX", std::nullopt);
    EXPECT_EQ(many.ring().gpus.size(), found);
  }
}

// Bandwidths 0-2, 2-1, 1-3, 3-0 are good, 0-1 and 2-3 poor: the ring 0 2 1 3 avoids both, and its slowest hop
// is the 5 between 1 and 3.
TEST(BestRing, GoesByBandwidthWhereAllIsKnown) {
  Printed known(4);
  known.say(0, 1, "NV", 9, 1);
  known.say(2, 3, "NV", 9, 2);
  known.say(0, 2, "SYS", std::nullopt, 8);
  known.say(1, 2, "SYS", std::nullopt, 7);
  known.say(1, 3, "SYS", std::nullopt, 5);
  known.say(0, 3, "SYS", std::nullopt, 6);
  EXPECT_THAT(known.ring().gpus, ElementsAre(0, 2, 1, 3));
  EXPECT_DOUBLE_EQ(known.ring().slowest.bandwidth->value(), 5);
  // one unknown: by class, and 0-1 and 2-3 are the best hops
  known.pairs.back().bandwidth.reset();
  EXPECT_THAT(known.ring().gpus, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(known.ring().slowest.path.text, "SYS");
}

// By class first, then by the number of NVLinks: NV2 beats NV1, PIX loses to both.
TEST(BestRing, CountsLinksWithinAClass) {
  Printed printed(4);
  printed.say(0, 1, "NV", 1);
  printed.say(2, 3, "NV", 1);
  printed.say(0, 2, "NV", 2);
  printed.say(1, 2, "NV", 2);
  printed.say(1, 3, "NV", 2);
  printed.say(0, 3, "NV", 2);
  EXPECT_THAT(printed.ring().gpus, ElementsAre(0, 2, 1, 3));
  EXPECT_EQ(printed.ring().slowest.path.count, 2);
  printed.pairs[2].path = {"PIX", 900};
  EXPECT_THAT(printed.ring().gpus, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(printed.ring().slowest.path.count, 1);
}

TEST(NcclRates, OfSocketsGoByVendorAndModel) {
  struct Row {
    const char* vendor;
    int model;
    double rate;
  };
  const Row kRows[] = {{"AuthenticAMD", 0, 16},
                       {"AuthenticAMD", 0xCF, 16},
                       {"GenuineIntel", 0x54, 6},
                       {"GenuineIntel", 0x55, 10},
                       {"GenuineIntel", 0x8E, 10},
                       {"GenuineIntel", 0x8F, 22},
                       {"GenuineIntel", 0xCE, 22},
                       {"GenuineIntel", 0xCF, 40},
                       {"POWER", 0, 32},
                       {"IBM", 0, 32},
                       {"ARM", 0, 6},
                       {"", 0xCF, 6}};
  for (const Row& row : kRows)
    EXPECT_DOUBLE_EQ(nccl_inter_socket_bandwidth(row.vendor, row.model).value(), row.rate * 1e9)
        << row.vendor << row.model;
}

TEST(NcclRates, OfLinksReplaceOnlyWhatNcclHasAConstantFor) {
  Machine machine;
  const int known = put(machine, ComponentKind::numa_node), unknown = put(machine, ComponentKind::numa_node);
  machine.components[static_cast<std::size_t>(known)].cpu_vendor = "AuthenticAMD";
  const auto rate = [&](int from, LinkKind kind, std::optional<double> own, int capability, int count = 1) {
    Link link;
    link.from = from;
    link.to = 1 - from;
    link.kind = kind;
    link.count = count;
    if (own) link.bandwidth = BytesPerSecond(*own);
    return nccl_link_bandwidth(machine, link, capability).value();
  };
  EXPECT_DOUBLE_EQ(rate(known, LinkKind::nvlink, 1e9, 80, 3), 60e9);
  EXPECT_DOUBLE_EQ(rate(known, LinkKind::nvlink, 1e9, 0, 3), 1e9);
  EXPECT_DOUBLE_EQ(rate(known, kSocket, 1e9, 80), 16e9);
  EXPECT_DOUBLE_EQ(rate(unknown, kSocket, 1e9, 80), 1e9);
  for (const LinkKind kind : {kPcie, LinkKind::c2c, LinkKind::xgmi, LinkKind::on_chip}) {
    EXPECT_DOUBLE_EQ(rate(known, kind, 3e9, 80, 2), 3e9);
    EXPECT_DOUBLE_EQ(rate(known, kind, std::nullopt, 80, 2), 12e9);
  }
}

// Each generation begins at its compute capability.
TEST(NvlinkRates, ChangeAtTheFirstPartOfAGeneration) {
  struct Row {
    int capability;
    double nominal, nccl;  ///< GB/s; nominal 0: no NVLink
  };
  const Row kRows[] = {{0, 0, 20},     {59, 0, 20},       {60, 20, 18}, {69, 20, 18}, {70, 25, 20},
                       {85, 25, 20},   {86, 14.0625, 12}, {87, 25, 20}, {89, 25, 20}, {90, 25, 20.6},
                       {99, 25, 20.6}, {100, 50, 40.1},   {-1, 0, 20}};
  for (const Row& row : kRows) {
    EXPECT_DOUBLE_EQ(nominal_nvlink_bandwidth(row.capability).value_or(BytesPerSecond{}).value(),
                     row.nominal * 1e9)
        << row.capability;
    EXPECT_DOUBLE_EQ(nccl_nvlink_bandwidth(row.capability).value(), row.nccl * 1e9) << row.capability;
  }
}

GpuSpec gpu_of(const std::string& head, const std::string& peaks = "fp32 = \"10 TFLOPS\"\n") {
  return parse_gpu(TomlTable::parse("vendor = \"V\"\narchitecture = \"A\"\nmemory = \"1 GiB\"\n"
                                    "memory_bandwidth = \"100 GB/s\"\nsource = \"s\"\n" +
                                        head + "[peak]\n" + peaks,
                                    "mine.toml"),
                   "mine");
}

TEST(GpuFigures, HaveTheirBorders) {
  struct Row {
    const char* key;
    int low, high;
  };
  const Row kRows[] = {{"multiprocessors", 1, 100000}, {"pcie_generation", 1, 8}, {"pcie_lanes", 1, 32}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.key);
    const auto with = [&](int value) {
      return error_of([&] { gpu_of(std::string(row.key) + " = " + std::to_string(value) + "\n"); });
    };
    EXPECT_EQ(with(row.low), "no error");
    EXPECT_EQ(with(row.high), "no error");
    EXPECT_THAT(with(row.low - 1), HasSubstr("mine.toml:6"));
    EXPECT_THAT(with(row.high + 1), HasSubstr("mine.toml:6"));
  }
  for (const char* share : {"0.001", "1"}) {
    const std::string text = share;
    EXPECT_NEAR(gpu_of("sustained_fraction = " + text + "\n").sustained_fraction, std::stod(text), 1e-12);
  }
  for (const char* share : {"0.0009", "1.001"})
    EXPECT_THROW(gpu_of("sustained_fraction = " + std::string(share) + "\n"), InputError) << share;
  for (const char* key : {"l2", "power", "boost_clock", "fp64", "fp64_matrix", "int8"}) {
    const std::string unit = key == std::string("l2")            ? "MiB"
                             : key == std::string("power")       ? "W"
                             : key == std::string("boost_clock") ? "MHz"
                                                                 : "TFLOPS";
    EXPECT_EQ(error_of([&] { gpu_of(std::string(key) + " = \"1 " + unit + "\"\n"); }), "no error") << key;
    EXPECT_THAT(error_of([&] { gpu_of(std::string(key) + " = \"0 " + unit + "\"\n"); }),
                HasSubstr("key '" + std::string(key) + "' must be greater than zero"));
  }
}

TEST(GpuFigures, AreOpenWhereTheFileSaysNothing) {
  const GpuSpec gpu = gpu_of("");
  EXPECT_EQ(gpu.product, "mine");
  EXPECT_EQ(gpu.compute_capability, 0);
  EXPECT_EQ(gpu.multiprocessors, 0);
  EXPECT_EQ(gpu.pcie_generation, 0);
  EXPECT_EQ(gpu.pcie_lanes, 16);
  EXPECT_TRUE(gpu.peer_access_over_pcie);
  EXPECT_FALSE(gpu.links || gpu.fp64 || gpu.fp64_matrix || gpu.int8);
  EXPECT_EQ(gpu.l2.value(), 0);
  EXPECT_EQ(gpu.sustained_fraction, 1);
  EXPECT_EQ(gpu.year, 0);
  EXPECT_DOUBLE_EQ(gpu.memory.value(), 1073741824.0);
}

TEST(GpuFigures, CapabilitiesAreMajorAndMinor) {
  for (const auto& [text, number] : {std::pair{"8.9", 89}, {"10.0", 100}, {"1.0", 10}, {"12.1", 121}})
    EXPECT_EQ(gpu_of("compute_capability = \"" + std::string(text) + "\"\n").compute_capability, number);
  for (const char* text : {"8", "8.", ".9", "0.9", "8.10", "8.-1", "-1.0", "8.9x", ""})
    EXPECT_THAT(error_of([&] { gpu_of("compute_capability = \"" + std::string(text) + "\"\n"); }),
                HasSubstr("'" + std::string(text) + "' is not a compute capability: write \"8.9\""));
}

// The narrowest format that loses neither range nor digits.
TEST(GpuFigures, APeakIsThatOfTheNextWiderFormat) {
  using P = Precision;
  struct Row {
    const char* peaks;
    P asked;
    double tera;  ///< 0: none
  };
  const Row kRows[] = {{"bf16 = \"3 TFLOPS\"\nfp16 = \"4 TFLOPS\"\n", P::fp8, 3},
                       {"tf32 = \"2 TFLOPS\"\nfp16 = \"4 TFLOPS\"\n", P::fp8, 4},
                       {"tf32 = \"2 TFLOPS\"\nfp32 = \"1 TFLOPS\"\n", P::fp8, 2},
                       {"tf32 = \"2 TFLOPS\"\nbf16 = \"3 TFLOPS\"\n", P::fp16, 2},
                       {"fp32 = \"1 TFLOPS\"\nbf16 = \"3 TFLOPS\"\n", P::fp16, 1},
                       {"tf32 = \"2 TFLOPS\"\nfp16 = \"4 TFLOPS\"\n", P::bf16, 2},
                       {"fp32 = \"1 TFLOPS\"\nfp16 = \"4 TFLOPS\"\n", P::bf16, 1},
                       {"fp32 = \"1 TFLOPS\"\nfp16 = \"4 TFLOPS\"\n", P::tf32, 1},
                       {"fp8 = \"8 TFLOPS\"\nfp16 = \"4 TFLOPS\"\n", P::fp8, 8},
                       {"tf32 = \"2 TFLOPS\"\n", P::fp32, 0},
                       {"bf16 = \"2 TFLOPS\"\n", P::fp16, 0}};
  for (const Row& row : kRows) {
    const GpuSpec gpu = gpu_of("", row.peaks);
    const std::string said =
        error_of([&] { EXPECT_DOUBLE_EQ(gpu.peak_at(row.asked).value(), row.tera * 1e12); });
    if (row.tera == 0) {
      EXPECT_THAT(said, HasSubstr("GPU 'mine' has no published rate for "));
    } else {
      EXPECT_EQ(said, "no error") << row.peaks;
    }
  }
}

TEST(GpuFigures, LinksNeedACountAndARate) {
  const auto with = [](const std::string& count, const std::string& rate) {
    return gpu_of("[links]\ngeneration = \"L\"\ncount = " + count + "\nper_link = \"" + rate + "\"\n");
  };
  EXPECT_DOUBLE_EQ(with("1024", "2 GB/s").links->total().value(), 2048e9);
  EXPECT_FALSE(with("1", "2 GB/s").links->bridge_only);
  EXPECT_THROW(with("0", "2 GB/s"), InputError);
  EXPECT_THROW(with("1025", "2 GB/s"), InputError);
  EXPECT_THROW(with("1", "0 GB/s"), InputError);
}

TEST(PortTexts, CountFromOneTo1024) {
  EXPECT_EQ(parse_nic("1024x1Gb").count, 1024);
  EXPECT_EQ(parse_nic("1x1Gb").count, 1);
  EXPECT_THROW(parse_nic("1025x1Gb"), InputError);
  for (const char* unit : {"Gb", "gb", "G", "GbE", "Gbe", "gbe", "Gbps", "gbps", "Gbit", "Gb/s"})
    EXPECT_DOUBLE_EQ(parse_nic(std::string("2x100") + unit).rate.value(), 12.5e9) << unit;
  EXPECT_EQ(error_of([] { parse_nic("0x1Gb"); }),
            "'0x1Gb' is not a set of network ports: write how many per node and how fast, such as '8x400Gb'");
}

// 7 CNY to the dollar: the first price of the asked kind in the currency, else the first of the kind.
TEST(Prices, OfTheAskedKindAndCurrencyComeFirst) {
  const ExchangeRates rates{{{"USD", 1}, {"CNY", 7}}, "2026", "test"};
  const std::vector<Price> prices = {{{70, "CNY"}, "list", "s", ""},
                                     {{5, "USD"}, "cloud per hour", "s", ""},
                                     {{30, "USD"}, "street", "s", ""},
                                     {{40, "USD"}, "list", "s", ""}};
  EXPECT_DOUBLE_EQ(choose_price(prices, false, "USD", rates)->money.amount, 30);
  EXPECT_DOUBLE_EQ(choose_price(prices, false, "CNY", rates)->money.amount, 70);
  EXPECT_DOUBLE_EQ(choose_price(prices, true, "USD", rates)->money.amount, 5);
  EXPECT_DOUBLE_EQ(choose_price(prices, true, "CNY", rates)->money.amount, 35);
  EXPECT_DOUBLE_EQ(choose_price({prices[0]}, false, "USD", rates)->money.amount, 10);
  EXPECT_EQ(choose_price({prices[0]}, false, "USD", rates)->money.currency, "USD");
  EXPECT_FALSE(choose_price({prices[0]}, true, "USD", rates).has_value());
  EXPECT_FALSE(choose_price({}, false, "USD", rates).has_value());
}

}  // namespace
}  // namespace scalesim::topology
