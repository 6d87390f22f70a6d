// What a system's file may say, key by key with its borders; how files stand on files, and how the command
// line and the GPU's architecture change them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "core/error.h"
#include "core/toml.h"
#include "tests/support/error_of.h"
#include "tests/support/shipped.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"
#include "topology/system/node_traits.h"
#include "topology/system/system_file.h"

namespace scalesim::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SystemFile parsed(const std::string& text, const std::string& name = "mine") {
  return parse_system(TomlTable::parse(text, "mine.toml"), name, shipped());
}

std::string error_in(const std::string& text) {
  return error_of([&] { parsed(text); });
}

TEST(SystemKeys, EveryOneIsRead) {
  const SystemFile system = parsed(R"(
name = "other"
description = "what it is"
source = "a document"
gpu = "a100"
gpus_per_node = 6
nodes = 7
wiring = "nvlink-mesh"
hosts = 2
sockets = 4
cpu_vendor = "GenuineIntel"
cpu_model = 143
pcie_generation = 3
gpus_per_switch = 5
nics = "3x100Gb"
nic = "connectx-7-ndr"
nvlinks = ["0-1:2", "2-3"]
cpu_link = "450 GB/s"
inter_socket = "20 GB/s"
fabric = "fat-tree"
oversubscription = 2.5
hop_latency = "0.7 us"
rdma = false
sharp = true
technology = "RoCE"
power = "6.5 kW"
)");
  EXPECT_EQ(system.name, "other");
  EXPECT_EQ(system.description, "what it is");
  EXPECT_EQ(system.source, "a document");
  EXPECT_EQ(system.provenance, Provenance::datasheet);
  EXPECT_TRUE(system.node.empty());
  EXPECT_TRUE(system.captures.empty());
  EXPECT_DOUBLE_EQ(system.node_power->value(), 6500);
  EXPECT_EQ(system.priced_gpu, "a100-sxm4-80gb");
  EXPECT_EQ(system.priced_gpus, 6);
  const SystemTraits& traits = system.traits;
  EXPECT_EQ(traits.gpu->name, "a100-sxm4-80gb");
  EXPECT_EQ(traits.gpus_per_node, 6);
  EXPECT_EQ(traits.nodes, 7);
  EXPECT_EQ(traits.wiring, "nvlink-mesh");
  EXPECT_EQ(traits.hosts, 2);
  EXPECT_EQ(traits.sockets, 4);
  EXPECT_EQ(traits.cpu_vendor, "GenuineIntel");
  EXPECT_EQ(traits.cpu_model, 143);
  EXPECT_EQ(traits.pcie_generation, 3);
  EXPECT_EQ(traits.gpus_per_switch, 5);
  EXPECT_EQ(traits.nics->count, 3);
  EXPECT_DOUBLE_EQ(traits.nics->rate.value(), 12.5e9);
  EXPECT_EQ(traits.nic->name, "connectx-7-ndr");
  ASSERT_EQ(traits.direct->size(), 2u);
  EXPECT_EQ(traits.direct->front().count, 2);
  EXPECT_EQ(traits.direct->back().b, 3);
  EXPECT_DOUBLE_EQ(traits.cpu_link->value(), 450e9);
  EXPECT_DOUBLE_EQ(traits.inter_socket->value(), 20e9);
  EXPECT_EQ(traits.fabric, "fat_tree");
  EXPECT_EQ(traits.oversubscription, 2.5);
  EXPECT_DOUBLE_EQ(traits.hop_latency->value(), 0.7e-6);
  EXPECT_EQ(traits.rdma, false);
  EXPECT_EQ(traits.sharp, true);
  EXPECT_EQ(traits.technology->family, NetworkFamily::ethernet);
}

TEST(SystemKeys, WhatIsNotSaidStaysOpen) {
  const SystemFile system = parsed("wiring = \"pcie\"\n", "mine");
  EXPECT_EQ(system.name, "mine");
  EXPECT_EQ(system.description, "");
  EXPECT_EQ(system.source, "mine.toml");
  EXPECT_EQ(system.priced_gpu, "");
  EXPECT_EQ(system.priced_gpus, 0);
  EXPECT_FALSE(system.node_power.has_value());
  EXPECT_TRUE(system.prices.empty());
  EXPECT_TRUE(system.by_architecture.empty());
  const SystemTraits& traits = system.traits;
  EXPECT_FALSE(traits.gpu || traits.gpus_per_node || traits.nodes || traits.hosts || traits.sockets);
  EXPECT_FALSE(traits.cpu_model || traits.pcie_generation || traits.gpus_per_switch || traits.cpu_vendor);
  EXPECT_FALSE(traits.nics || traits.nic || traits.direct || traits.cpu_link || traits.inter_socket);
  EXPECT_FALSE(traits.fabric || traits.oversubscription || traits.hop_latency || traits.rdma);
  EXPECT_FALSE(traits.sharp || traits.technology);
}

TEST(SystemKeys, NumbersHaveTheirBorders) {
  struct Row {
    const char* key;
    int low, high;
  };
  const Row kRows[] = {{"gpus_per_node", 1, 1024}, {"nodes", 1, 1000000},        {"hosts", 1, 1024},
                       {"sockets", 1, 1024},       {"cpu_model", 0, 4095},       {"pcie_generation", 1, 8},
                       {"gpus_per_switch", 0, 64}, {"oversubscription", 1, 1000}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.key);
    const auto with = [&](int value) {
      return error_in("wiring = \"pcie\"\n" + std::string(row.key) + " = " + std::to_string(value) + "\n");
    };
    EXPECT_EQ(with(row.low), "no error");
    EXPECT_EQ(with(row.high), "no error");
    EXPECT_THAT(with(row.low - 1), HasSubstr("mine.toml:2"));
    EXPECT_THAT(with(row.high + 1), HasSubstr("mine.toml:2"));
  }
}

TEST(SystemKeys, MistakesNameTheirLineAndWhatWouldBeRight) {
  struct Row {
    const char* text;
    const char* said;
  };
  const Row kRows[] = {
      {"wiring = \"pcie\"\nfabric = \"mesh\"\n", "mine.toml:2"},
      {"wiring = \"pcie\"\nnic = \"connectx-9\"\n", "mine.toml:2"},
      {"wiring = \"pcie\"\nnvlinks = [\"0-0\"]\n", "mine.toml:2"},
      {"wiring = \"pcie\"\nnvlinks = [\"0-0\"]\n", "'0-0' is not a pair of GPUs"},
      {"wiring = \"pcie\"\nprovenance = \"hearsay\"\n", "mine.toml:2"},
      {"wiring = \"nvlnk\"\n", "did you mean 'nvlink'"},
      {"wiring = \"mesh\"\n", "pcie, pcie-switch, nvbridge, nvlink, nvlink-mesh or nvswitch"},
      {"wiring = \"pcie\"\n[by_architecture.Ada]\nsokets = 1\n", "sokets"},
      {"node = []\n", "'node' is an empty list: name a preset or captured files"},
      {"node = \"nowhere.txt\"\n", "'scalesim list systems' shows all"},
      {"gpu = \"a100\"\n",
       "a system needs either 'node' (a preset or a captured file to "
       "stand on) or 'wiring'"}};
  for (const Row& row : kRows) EXPECT_THAT(error_in(row.text), HasSubstr(row.said)) << row.text;
}

// The inside of a node belongs to the capture it stands on, each such key is refused at its own line.
TEST(SystemKeys, ACapturedNodeIsNotDescribedAgain) {
  for (const char* line :
       {"wiring = \"pcie\"", "gpus_per_node = 2", "hosts = 1", "sockets = 2", "cpu_vendor = \"ARM\"",
        "cpu_model = 1", "pcie_generation = 4", "gpus_per_switch = 2", "nvlinks = [\"0-1\"]",
        "cpu_link = \"1 GB/s\"", "inter_socket = \"1 GB/s\""}) {
    const std::string key = std::string(line).substr(0, std::string(line).find(' '));
    const std::string said = error_in("node = \"nowhere.txt\"\n" + std::string(line) + "\n");
    EXPECT_THAT(said, HasSubstr("mine.toml:2"));
    EXPECT_THAT(said, HasSubstr("'" + key +
                                "' describes the inside of a node, which nowhere.txt already shows: remove"));
  }
}

TEST(SystemKeys, ClaimsFollowTheNetworkPorts) {
  const std::string ports = "wiring = \"pcie\"\nnics = \"1x100Gb\"\n";
  EXPECT_EQ(parsed(ports).provenance, Provenance::datasheet);
  EXPECT_EQ(parsed(ports + "from_memory = [\"nics\"]\n").provenance, Provenance::assumed);
  EXPECT_EQ(parsed(ports + "from_memory = [\"wiring\"]\n").provenance, Provenance::datasheet);
  EXPECT_EQ(parsed(ports + "from_memory = [\"all\"]\n").provenance, Provenance::assumed);
  EXPECT_EQ(parsed(ports + "from_memory = [\"all\"]\ndocumented = [\"nics\"]\n").provenance,
            Provenance::datasheet);
  EXPECT_EQ(parsed(ports + "provenance = \"assumed\"\n").provenance, Provenance::assumed);
}

TEST(SystemKeys, ANodeIsAPresetByNameOrByAListOfOne) {
  EXPECT_EQ(parsed("node = \"dgx-a100\"\n").node, "dgx-a100");
  EXPECT_EQ(parsed("node = [\"dgx-a100\"]\n").node, "dgx-a100");
  EXPECT_TRUE(parsed("node = \"dgx-a100\"\n").captures.empty());
}

TEST(SystemTexts, AreToldFromCaptures) {
  EXPECT_TRUE(is_system_text("# mine\nwiring = \"pcie\"\n"));
  EXPECT_TRUE(is_system_text("wiring = \n"));  // a slip in a system is to be told as one
  EXPECT_FALSE(is_system_text(""));
  EXPECT_FALSE(is_system_text("\tGPU0\tGPU1\nGPU0\t X \tNV4\nGPU1\tNV4\t X \n"));
  EXPECT_FALSE(is_system_text("Dear Sir or Madam,\n"));
}

/// Every field set, to `n` where it is a number.
SystemTraits filled(int n) {
  const std::string word = std::to_string(n);
  SystemTraits traits;
  traits.gpu = GpuSpec{};
  traits.gpu->name = word;
  traits.gpus_per_node = traits.nodes = traits.hosts = traits.sockets = traits.cpu_model = n;
  traits.pcie_generation = traits.gpus_per_switch = n;
  traits.wiring = traits.cpu_vendor = traits.fabric = word;
  traits.nics = NicGroup{n, {}};
  traits.nic = NicSpec{};
  traits.nic->name = word;
  traits.direct = std::vector<DirectLinks>(static_cast<std::size_t>(n));
  traits.cpu_link = traits.inter_socket = BytesPerSecond(n);
  traits.oversubscription = n;
  traits.hop_latency = Seconds(n);
  traits.rdma = traits.sharp = n > 1;
  traits.technology = NetworkTechnology{word, NetworkFamily::efa};
  return traits;
}

void expect_filled(const SystemTraits& traits, int n) {
  const std::string word = std::to_string(n);
  EXPECT_EQ(traits.gpu->name, word);
  for (const auto& number : {traits.gpus_per_node, traits.nodes, traits.hosts, traits.sockets,
                             traits.cpu_model, traits.pcie_generation, traits.gpus_per_switch})
    EXPECT_EQ(number, n);
  for (const auto& text : {traits.wiring, traits.cpu_vendor, traits.fabric}) EXPECT_EQ(text, word);
  EXPECT_EQ(traits.nics->count, n);
  EXPECT_EQ(traits.nic->name, word);
  EXPECT_EQ(traits.direct->size(), static_cast<std::size_t>(n));
  EXPECT_EQ(traits.cpu_link->value(), n);
  EXPECT_EQ(traits.inter_socket->value(), n);
  EXPECT_EQ(traits.oversubscription, n);
  EXPECT_EQ(traits.hop_latency->value(), n);
  EXPECT_EQ(traits.rdma, n > 1);
  EXPECT_EQ(traits.sharp, n > 1);
  EXPECT_EQ(traits.technology->name, word);
}

TEST(SystemOverlay, ReplacesWhatIsSetAndNothingElse) {
  SystemTraits over = filled(1);
  over.overlay(filled(2));
  expect_filled(over, 2);
  over.overlay(SystemTraits{});
  expect_filled(over, 2);
  SystemTraits empty;
  empty.overlay(filled(1));
  expect_filled(empty, 1);
}

TEST(Wishes, AreCheckedByOption) {
  const auto said = [](auto set) {
    ClusterOptions options;
    set(options);
    return error_of([&] { wishes_of(options, shipped()); });
  };
  EXPECT_EQ(said([](ClusterOptions& o) { o.gpus_per_node = 0; }), "--gpus-per-node 0: must be at least 1");
  EXPECT_EQ(said([](ClusterOptions& o) { o.nodes = -1; }), "--nodes -1: must be at least 1");
  EXPECT_EQ(said([](ClusterOptions& o) { o.nics_per_node = 0; }), "NICs per node 0: must be at least 1");
  EXPECT_EQ(said([](ClusterOptions& o) { o.gpus_per_node = o.nodes = o.nics_per_node = 1; }), "no error");
  EXPECT_EQ(said([](ClusterOptions& o) { o.oversubscription = 0.99; }),
            "--oversubscription 0.99: must lie between 1 (full bandwidth) and 1000");
  EXPECT_THAT(said([](ClusterOptions& o) { o.oversubscription = 1000.5; }), HasSubstr("1000.5"));
  EXPECT_EQ(said([](ClusterOptions& o) { o.oversubscription = 1; }), "no error");
  EXPECT_EQ(said([](ClusterOptions& o) { o.oversubscription = 1000; }), "no error");
  EXPECT_THAT(said([](ClusterOptions& o) { o.gpu = "rtx409"; }), HasSubstr("rtx4090"));
}

TEST(Wishes, AreTakenOver) {
  ClusterOptions options;
  options.gpu = "h100";
  options.gpus_per_node = 3;
  options.nodes = 4;
  options.fabric = "rail";
  options.oversubscription = 2;
  options.sharp = true;
  const SystemTraits wishes = wishes_of(options, shipped());
  EXPECT_EQ(wishes.gpu->name, "h100-sxm");
  EXPECT_EQ(wishes.gpus_per_node, 3);
  EXPECT_EQ(wishes.nodes, 4);
  EXPECT_EQ(wishes.fabric, "rail_optimised");
  EXPECT_EQ(wishes.oversubscription, 2);
  EXPECT_EQ(wishes.sharp, true);
  EXPECT_FALSE(wishes.nics.has_value());
}

TEST(Wishes, ARateAloneIsOnePort) {
  ClusterOptions options;
  EXPECT_EQ(wished_nics(options, {4, BytesPerSecond(5)}).count, 4);
  EXPECT_EQ(wished_nics(options, {}).count, 0);
  options.nic_rate = BytesPerSecond(7);
  EXPECT_EQ(wished_nics(options, {}).count, 1);
  EXPECT_EQ(wished_nics(options, {4, BytesPerSecond(5)}).count, 4);
  EXPECT_EQ(wished_nics(options, {4, BytesPerSecond(5)}).rate.value(), 7);
  options.nics_per_node = 3;
  EXPECT_EQ(wished_nics(options, {4, BytesPerSecond(5)}).count, 3);
}

SystemFile with_ports(int gpus, const std::string& nics) {
  return parsed("wiring = \"pcie\"\ngpu = \"l40s\"\ngpus_per_node = " + std::to_string(gpus) + "\nnics = \"" +
                nics + "\"\n");
}

// Ports follow the GPUs by proportion, rounded, at least one; a single port stays.
TEST(Settling, PortsFollowTheGpus) {
  for (const auto& [usual, ports, gpus, left] : {std::tuple{8, 8, 4, 4},
                                                 {8, 8, 3, 3},
                                                 {8, 4, 3, 2},
                                                 {8, 4, 1, 1},
                                                 {8, 2, 1, 1},
                                                 {8, 8, 16, 16},
                                                 {4, 4, 2, 2},
                                                 {4, 2, 8, 4},
                                                 {8, 1, 16, 1},
                                                 {8, 2, 16, 4}}) {
    ClusterOptions options;
    options.gpus_per_node = gpus;
    const SystemTraits settled =
        settle(with_ports(usual, std::to_string(ports) + "x100Gb"), options, shipped());
    EXPECT_EQ(settled.nics->count, left) << ports << " ports, " << gpus << " GPUs";
    EXPECT_EQ(settled.gpus_per_node, gpus);
  }
  EXPECT_EQ(settle(with_ports(8, "8x100Gb"), {}, shipped()).nics->count, 8);
}

TEST(Settling, EightGpusWhereNobodySays) {
  EXPECT_EQ(settle(parsed("wiring = \"pcie\"\ngpu = \"l4\"\n"), {}, shipped()).gpus_per_node, 8);
  EXPECT_EQ(settle(parsed("wiring = \"pcie\"\ngpu = \"l4\"\n"), {}, shipped()).nics->count, 0);
  EXPECT_EQ(error_of([] { settle(parsed("wiring = \"pcie\"\n"), {}, shipped()); }),
            "system 'mine' names no GPU: add --gpu NAME");
}

TEST(Settling, AnArchitectureChangesTheFileAndTheCommandLineBoth) {
  const SystemFile file = parsed(
      "wiring = \"pcie\"\ngpu = \"l4\"\nsockets = 2\nnodes = 3\n"
      "[by_architecture.Ampere]\nsockets = 4\nnodes = 5\n[by_architecture.Hopper]\nsockets = 6\n");
  EXPECT_EQ(settle(file, {}, shipped()).sockets, 2);
  ClusterOptions options;
  options.gpu = "a100-pcie";
  EXPECT_EQ(settle(file, options, shipped()).sockets, 4);
  EXPECT_EQ(settle(file, options, shipped()).nodes, 5);
  EXPECT_EQ(settle(file, options, shipped()).gpu->name, "a100-pcie-80gb");
  options.nodes = 9;
  EXPECT_EQ(settle(file, options, shipped()).nodes, 9);
}

TEST(Settling, TheAdapterIsOneOfThePortsRate) {
  const SystemFile file =
      parsed("wiring = \"pcie\"\ngpu = \"l4\"\nnics = \"2x400Gb\"\nnic = \"connectx-7-ndr\"\n");
  EXPECT_EQ(settle(file, {}, shipped()).nic->name, "connectx-7-ndr");
  ClusterOptions options;
  options.nic_rate = BytesPerSecond(51e9);
  EXPECT_FALSE(settle(file, options, shipped()).nic.has_value());
  options.nic_rate = BytesPerSecond(25e9);
  EXPECT_EQ(settle(file, options, shipped()).nic->rate.value(), 25e9);
}

NodePlan planned(const std::string& text) {
  const SystemFile file = parsed(text);
  return plan_node(file, settle(file, {}, shipped()));
}

TEST(NodePlans, HaveTheUsualWhereNothingIsSaid) {
  const NodePlan plan = planned("wiring = \"pcie\"\ngpu = \"l4\"\n");
  EXPECT_EQ(plan.name, "mine");
  EXPECT_EQ(plan.source, "mine.toml");
  EXPECT_EQ(plan.gpus, 8);
  EXPECT_EQ(plan.hosts, 1);
  EXPECT_EQ(plan.sockets, 2);
  EXPECT_EQ(plan.cpu_vendor, "");
  EXPECT_EQ(plan.cpu_model, 0);
  EXPECT_EQ(plan.pcie_generation, 0);
  EXPECT_EQ(plan.gpus_per_switch, 0);
  EXPECT_EQ(plan.nics, 0);
  EXPECT_EQ(plan.nic_name, "");
  EXPECT_TRUE(plan.direct.empty());
  EXPECT_FALSE(plan.cpu_link || plan.inter_socket);
  EXPECT_EQ(planned("wiring = \"pcie-switch\"\ngpu = \"l4\"\n").gpus_per_switch, 4);
  EXPECT_EQ(planned("wiring = \"pcie-switch\"\ngpu = \"l4\"\ngpus_per_switch = 2\n").gpus_per_switch, 2);
}

TEST(NodePlans, WiringsAreThoseOfTheGpu) {
  struct Row {
    const char* wiring;
    const char* gpu;
    NodeWiring is;
  };
  const Row kRows[] = {{"pcie", "a100", NodeWiring::pcie},
                       {"pcie-switch", "l4", NodeWiring::pcie_switch},
                       {"nvbridge", "a100-pcie", NodeWiring::nvbridge},
                       {"nvlink-mesh", "a100", NodeWiring::nvlink_mesh},
                       {"nvswitch", "v100", NodeWiring::nvswitch},
                       {"nvlink", "v100", NodeWiring::nvlink_mesh},
                       {"nvlink", "a100", NodeWiring::nvswitch}};
  for (const Row& row : kRows)
    EXPECT_EQ(planned("wiring = \"" + std::string(row.wiring) + "\"\ngpu = \"" + row.gpu + "\"\n").wiring,
              row.is)
        << row.wiring << " " << row.gpu;
  const auto said = [](const std::string& wiring, const std::string& gpu) {
    return error_of([&] { planned("wiring = \"" + wiring + "\"\ngpu = \"" + gpu + "\"\n"); });
  };
  EXPECT_EQ(said("nvbridge", "l4"),
            "system 'mine' joins its GPUs by NVLink bridges, but l4 has no NVLink or other link of its own: "
            "use --system pcie");
  EXPECT_EQ(said("nvbridge", "h100"),
            "system 'mine' joins its GPUs by NVLink bridges, but h100-sxm is an SXM or OAM part and takes no "
            "bridges: use --system nvlink");
  for (const char* wiring : {"nvlink", "nvlink-mesh", "nvswitch"}) {
    EXPECT_EQ(
        said(wiring, "a100-pcie"),
        "system 'mine' joins its GPUs by NVLink, but a100-pcie-80gb has only bridges between pairs: use "
        "--system nvbridge");
    EXPECT_THAT(said(wiring, "l4"), HasSubstr("use --system pcie"));
  }
}

TEST(NodePlans, AHostHasAFewSockets) {
  const auto with = [](int hosts, int sockets) {
    return error_of([&] {
      planned("wiring = \"pcie\"\ngpu = \"l4\"\nhosts = " + std::to_string(hosts) +
              "\nsockets = " + std::to_string(sockets) + "\n");
    });
  };
  EXPECT_EQ(with(1, 1), "no error");
  EXPECT_EQ(with(1, 32), "no error");
  EXPECT_EQ(with(1, 33), "system 'mine': 33 sockets on 1 hosts: a host has between 1 and 32");
  EXPECT_EQ(with(3, 3), "no error");
  EXPECT_EQ(with(3, 2), "system 'mine': 2 sockets on 3 hosts: a host has between 1 and 32");
  EXPECT_EQ(with(2, 64), "no error");
  EXPECT_THAT(with(2, 65), HasSubstr("65 sockets on 2 hosts"));
}

TEST(NodePlans, AnAdapterOfAnotherRateIsNotShown) {
  const std::string node = "wiring = \"pcie\"\ngpu = \"l4\"\nnic = \"connectx-7-ndr\"\n";
  const NodePlan right = planned(node + "nics = \"2x400Gb\"\n");
  EXPECT_EQ(right.nic_name, "ConnectX-7");
  EXPECT_EQ(right.nic_pcie_generation, 5);
  EXPECT_EQ(right.nics, 2);
  EXPECT_EQ(right.nic_rate.value(), 50e9);
  EXPECT_EQ(planned(node).nic_name, "");  // no ports
}

Cluster load(const std::string& name, const ClusterOptions& options, const DataCatalogue& catalogue) {
  return load_cluster(name, options, catalogue);
}

TEST(StandingOnAPreset, TheUpperFileWinsKeyByKey) {
  DataCatalogue catalogue = shipped();
  catalogue.add("systems/base.toml",
                "wiring = \"pcie\"\ngpu = \"l40s\"\nsource = \"below\"\ndescription = \"base\"\nnodes = 2\n"
                "nics = \"1x100Gb\"\npower = \"5 kW\"\nfrom_memory = [\"nics\"]\n"
                "[[price]]\nmoney = \"9 USD\"\nkind = \"list, whole node\"\nsource = \"s\"\n"
                "[by_architecture.Ada]\nsockets = 1\n");
  catalogue.add("systems/mine.toml", "node = \"base\"\nsource = \"above\"\nnodes = 3\n");
  const Cluster plain = load("mine", {}, catalogue);
  EXPECT_EQ(plain.name, "mine");
  EXPECT_EQ(plain.nodes, 3);
  EXPECT_EQ(plain.description, "base");
  EXPECT_EQ(plain.provenance, Provenance::assumed);  // the weaker claim
  EXPECT_EQ(plain.node.source, "above; below");
  EXPECT_EQ(plain.prices.size(), 1u);
  EXPECT_DOUBLE_EQ(plain.node_power->value(), 5000);
  EXPECT_EQ(plain.node.count(ComponentKind::numa_node), 1);
  EXPECT_FALSE(plain.fabric.sharp);
  EXPECT_TRUE(plain.fabric.rdma);
  EXPECT_EQ(plain.fabric.kind, "single_switch");
  EXPECT_EQ(plain.fabric.technology.name, "Ethernet");

  catalogue.add("systems/mine.toml",
                "node = \"base\"\ndescription = \"top\"\nsockets = 4\npower = \"6 kW\"\nrdma = false\n"
                "[[price]]\nmoney = \"8 USD\"\nkind = \"list, whole node\"\nsource = \"s\"\n"
                "[[price]]\nmoney = \"7 USD\"\nkind = \"chassis\"\nsource = \"s\"\n");
  const Cluster priced = load("mine", {}, catalogue);
  EXPECT_EQ(priced.description, "top");
  EXPECT_EQ(priced.node.count(ComponentKind::numa_node), 4);  // over the base's architecture
  EXPECT_DOUBLE_EQ(priced.node_power->value(), 6000);
  ASSERT_EQ(priced.prices.size(), 2u);
  EXPECT_DOUBLE_EQ(priced.prices.front().money.amount, 8);
  EXPECT_FALSE(priced.fabric.rdma);
  // the price is of eight L40S or however many: another GPU keeps the chassis only
  ClusterOptions options;
  options.gpu = "l4";
  EXPECT_EQ(load("mine", options, catalogue).prices.size(), 1u);
  EXPECT_FALSE(load("mine", options, catalogue).node_power.has_value());
}

TEST(StandingOnAPreset, EightLayersAreTheMost) {
  DataCatalogue catalogue = shipped();
  catalogue.add("systems/layer0.toml", "wiring = \"pcie\"\ngpu = \"l4\"\n");
  for (int i = 1; i <= 9; ++i)
    catalogue.add("systems/layer" + std::to_string(i) + ".toml",
                  "node = \"layer" + std::to_string(i - 1) + "\"\n");
  EXPECT_EQ(error_of([&] { load("layer8", {}, catalogue); }), "no error");
  EXPECT_THAT(error_of([&] { load("layer9", {}, catalogue); }), HasSubstr("'node' leads in a circle"));
}

TEST(ClusterOptionsApply, LeastGpusAskForEnoughNodes) {
  for (const auto& [gpus, nodes] : {std::pair{1, 1}, {8, 1}, {9, 2}, {16, 2}, {17, 3}}) {
    ClusterOptions options;
    options.least_gpus = gpus;
    EXPECT_EQ(load("dgx-a100", options, shipped()).nodes, nodes) << gpus;
  }
  ClusterOptions fixed;
  fixed.least_gpus = 64;
  fixed.nodes = 2;
  EXPECT_EQ(load("dgx-a100", fixed, shipped()).nodes, 2);
}

TEST(ClusterOptionsApply, PortsOfTheCommandLineAreAssumed) {
  ClusterOptions options;
  EXPECT_THAT(load("hgx-a100-4", options, shipped()).inputs.back().name, testing::Not(HasSubstr("network")));
  options.nodes = 2;
  options.nic_rate = BytesPerSecond(12.5e9);
  const Input network = load("hgx-a100-4", options, shipped()).inputs.back();
  EXPECT_EQ(network.provenance, Provenance::assumed);
  EXPECT_EQ(network.source, "the command line");
  EXPECT_DOUBLE_EQ(network.value, 12.5e9);
  EXPECT_THAT(network.name, HasSubstr("x per node, each"));
}

// A node's price and power are of its own number of GPUs.
TEST(ClusterOptionsApply, FewerGpusForgetTheWholeNodesPrice) {
  ClusterOptions options;
  options.gpus_per_node = 4;
  EXPECT_TRUE(load("dgx-a100", options, shipped()).prices.empty());
  EXPECT_FALSE(load("dgx-a100", options, shipped()).node_power.has_value());
  options.gpus_per_node = 8;
  EXPECT_EQ(load("dgx-a100", options, shipped()).prices.size(), 1u);
}

TEST(ClusterTexts, AreASystemOrACapture) {
  const Cluster cluster =
      cluster_of_files({{"box.toml", "wiring = \"pcie\"\ngpu = \"l4\"\ngpus_per_node = 2\n"}}, {}, shipped());
  EXPECT_EQ(cluster.name, "box");
  EXPECT_EQ(cluster.gpus(), 2);
  ClusterOptions options;
  options.gpu = "rtx3090";
  const std::string matrix = "\tGPU0\tGPU1\nGPU0\t X \tPHB\nGPU1\tPHB\t X \n";
  EXPECT_EQ(cluster_of_files({{"topo.txt", matrix}}, options, shipped()).gpus_per_node, 2);
  options.gpus_per_node = 3;
  EXPECT_EQ(error_of([&] {
              cluster_of_files({{"topo.txt", matrix}}, options, shipped());
            }),
            "--gpus-per-node 3: topo.txt shows 2 GPUs; --gpus chooses how many of them work");
}

}  // namespace
}  // namespace scalesim::topology
