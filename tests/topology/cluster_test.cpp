// Systems: presets, generic servers, files of the user's, and the errors of each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "topology/cluster/cluster.h"
#include "topology/machine/node_builder.h"
#include "topology/parts/nic.h"
#include "topology/system/load_cluster.h"

namespace scalesim::topology {
namespace {

using testing::HasSubstr;

Cluster load(const std::string& name, const ClusterOptions& options = {}) {
  return load_cluster(name, options, DataCatalogue::embedded());
}

ClusterOptions with_gpu(const std::string& gpu) {
  ClusterOptions options;
  options.gpu = gpu;
  return options;
}

std::string error_of(const std::string& name, const ClusterOptions& options = {},
                     const DataCatalogue& data = DataCatalogue::embedded()) {
  try {
    load_cluster(name, options, data);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}

/// Bandwidth of all links from a component of kind `from` with index `index`, of one kind of link.
double outgoing(const Machine& machine, ComponentKind from, int index, LinkKind kind) {
  double sum = 0;
  for (const Link& link : machine.links) {
    const Component& component = machine.components[static_cast<std::size_t>(link.from)];
    if (component.kind == from && component.index == index && link.kind == kind)
      sum += link.bandwidth->value();
  }
  return sum;
}

TEST(Systems, EveryPresetLoadsAndEveryLinkHasItsReverse) {
  for (const std::string& name : DataCatalogue::embedded().names("systems")) {
    SCOPED_TRACE(name);
    const Cluster cluster = load(name);
    EXPECT_EQ(cluster.node.count(ComponentKind::gpu), cluster.gpus_per_node);
    EXPECT_EQ(cluster.node.count(ComponentKind::nic), cluster.nics_per_node);
    EXPECT_FALSE(cluster.description.empty());
    EXPECT_FALSE(cluster.inputs.empty());
    ASSERT_EQ(cluster.node.links.size() % 2, 0u);
    for (std::size_t i = 0; i < cluster.node.links.size(); i += 2) {
      const Link& there = cluster.node.links[i];
      const Link& back = cluster.node.links[i + 1];
      EXPECT_EQ(there.from, back.to);
      EXPECT_EQ(there.to, back.from);
      ASSERT_TRUE(there.bandwidth.has_value());
      EXPECT_GT(there.bandwidth->value(), 0);
      EXPECT_EQ(there.bandwidth->value(), back.bandwidth->value());
      EXPECT_FALSE(there.source.empty());
    }
  }
}

TEST(Systems, APcieServerSplitsItsGpusOverTwoSockets) {
  const Cluster cluster = load("pcie");
  EXPECT_EQ(cluster.gpu.name, "rtx4090");
  EXPECT_EQ(cluster.wiring, NodeWiring::pcie);
  const std::vector<int> gpus = cluster.node.of_kind(ComponentKind::gpu);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(cluster.node.components[static_cast<std::size_t>(gpus[static_cast<std::size_t>(i)])].numa,
              i / 4);
  // gen4 x16: 16 * 120 / 80 = 24 GB/s
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::gpu, 0, LinkKind::pcie), 24e9);
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::gpu, 0, LinkKind::nvlink), 0);
  // NCCL rates two AMD sockets at 16 GB/s
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::numa_node, 0, LinkKind::inter_socket), 16e9);
  EXPECT_EQ(cluster.node.peer_access, false);
}

TEST(Systems, FourGpusShareOneSwitch) {
  const Cluster cluster = load("pcie-switch");
  EXPECT_EQ(cluster.node.count(ComponentKind::pcie_switch), 2);
  // each switch: 4 GPUs down and one x16 up; the first also holds the NIC
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::pcie_switch, 1, LinkKind::pcie), 5 * 24e9);
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::pcie_switch, 0, LinkKind::pcie), 6 * 24e9);
}

TEST(Systems, BridgesJoinPairsOnly) {
  const Cluster cluster = load("nvbridge", with_gpu("rtx3090"));
  int nvlinks = 0;
  for (const Link& link : cluster.node.links) nvlinks += link.kind == LinkKind::nvlink;
  EXPECT_EQ(nvlinks, 8);  // four pairs, both directions
  // four links of 112.5 GB/s in both directions together: 56.25 one way
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::gpu, 0, LinkKind::nvlink), 56.25e9);
}

TEST(Systems, AnNvlinkServerFollowsItsGpu) {
  const Cluster a100 = load("nvlink");
  EXPECT_EQ(a100.wiring, NodeWiring::nvswitch);
  EXPECT_EQ(a100.nics_per_node, 8);
  EXPECT_DOUBLE_EQ(a100.nic_rate.value(), 25e9);  // 200 Gb/s
  EXPECT_DOUBLE_EQ(outgoing(a100.node, ComponentKind::gpu, 3, LinkKind::nvlink), 300e9);
  const Cluster h100 = load("nvlink", with_gpu("h100"));
  EXPECT_DOUBLE_EQ(h100.nic_rate.value(), 50e9);
  EXPECT_DOUBLE_EQ(outgoing(h100.node, ComponentKind::gpu, 3, LinkKind::nvlink), 450e9);
  const Cluster v100 = load("nvlink", with_gpu("v100"));
  EXPECT_EQ(v100.wiring, NodeWiring::nvlink_mesh);
  // six links of 25 GB/s each, all used
  for (int i = 0; i < 8; ++i)
    EXPECT_DOUBLE_EQ(outgoing(v100.node, ComponentKind::gpu, i, LinkKind::nvlink), 150e9) << i;
  const Cluster mi300 = load("nvlink", with_gpu("mi300x"));
  // seven links of 64 GB/s to seven peers
  EXPECT_DOUBLE_EQ(outgoing(mi300.node, ComponentKind::gpu, 5, LinkKind::xgmi), 448e9);
}

TEST(Systems, AGpuThatDoesNotFitIsToldWhereItDoes) {
  EXPECT_THAT(error_of("nvlink", with_gpu("rtx4090")), HasSubstr("use --system pcie"));
  EXPECT_THAT(error_of("nvlink", with_gpu("h100-pcie")), HasSubstr("use --system nvbridge"));
  EXPECT_THAT(error_of("nvbridge", with_gpu("a100")), HasSubstr("use --system nvlink"));
  EXPECT_THAT(error_of("dgx-a100", with_gpu("rtx4090")), HasSubstr("use --system pcie"));
  EXPECT_THAT(error_of("pcie", with_gpu("tpu-v4")), HasSubstr("not a PCIe device"));
  EXPECT_THAT(error_of("dgx-a10"), HasSubstr("did you mean 'dgx-a100'"));
}

TEST(Systems, TheCommandLineReplacesWhatTheFileSays) {
  ClusterOptions options;
  options.gpus_per_node = 4;
  options.nodes = 16;
  options.fabric = "fat-tree";
  options.oversubscription = 2;
  const Cluster cluster = load("dgx-h100", options);
  EXPECT_EQ(cluster.gpus(), 64);
  EXPECT_EQ(cluster.nics_per_node, 4);  // ports belong to GPUs: half the GPUs, half the ports
  EXPECT_EQ(cluster.fabric.kind, "fat_tree");
  EXPECT_DOUBLE_EQ(cluster.fabric.oversubscription, 2);
  options.nics_per_node = 2;
  options.nic_rate = BytesPerSecond(12.5e9);
  EXPECT_DOUBLE_EQ(load("dgx-h100", options).node_network_rate().value(), 25e9);
}

TEST(Systems, AnSxmPartOnAPcieServerIsWarnedOf) {
  EXPECT_THAT(load("pcie", with_gpu("a100-sxm4-80gb")).node.warnings,
              testing::ElementsAre(HasSubstr("NVLink3")));
  EXPECT_TRUE(load("pcie", with_gpu("a100-pcie-80gb")).node.warnings.empty());
}

TEST(Systems, WhatStandsForManyServersIsAssumed) {
  ClusterOptions two_nodes;
  two_nodes.nodes = 2;
  EXPECT_EQ(load("pcie", two_nodes).inputs.back().provenance, Provenance::assumed);
  EXPECT_EQ(load("pcie-8x-rtx4090").provenance, Provenance::assumed);
  EXPECT_EQ(load("hgx-a100-4", two_nodes).inputs.back().provenance, Provenance::datasheet);
  EXPECT_THAT(load("dgx-h100", two_nodes).inputs.back().name, HasSubstr("network"));
}

// The files of DGX H100 and of A100's links say so: from_memory = ["all"] and ["links"].
TEST(Systems, WhatNobodyCheckedAgainstADocumentIsAssumed) {
  ClusterOptions two_nodes;
  two_nodes.nodes = 2;
  EXPECT_EQ(load("dgx-h100", two_nodes).inputs.back().provenance, Provenance::assumed);
  const Input links = load("hgx-a100-4").inputs.front();
  EXPECT_EQ(links.provenance, Provenance::assumed);
  EXPECT_EQ(links.source, "4 x NVLink3: from memory, not checked against a document");
}

TEST(Systems, AWholeNodesPriceIsThatOfItsOwnGpus) {
  EXPECT_EQ(load("dgx-a100").prices.size(), 1u);
  EXPECT_DOUBLE_EQ(load("dgx-a100").node_power->value(), 6500);
  EXPECT_TRUE(load("dgx-a100", with_gpu("a100-sxm4-40gb")).prices.empty());
  EXPECT_FALSE(load("dgx-a100", with_gpu("h100")).node_power.has_value());
  EXPECT_EQ(load("pcie-8x-rtx4090", with_gpu("rtx3090")).prices.size(), 1u);  // the chassis
}

TEST(Systems, WrongWishesAreRefused) {
  ClusterOptions options;
  options.gpus_per_node = 0;
  EXPECT_THAT(error_of("pcie", options), HasSubstr("--gpus-per-node 0"));
  options = {};
  options.oversubscription = 0.5;
  EXPECT_THAT(error_of("pcie", options), HasSubstr("--oversubscription"));
  options = {};
  options.fabric = "rails";
  EXPECT_THAT(error_of("pcie", options), HasSubstr("did you mean 'rail'"));
}

TEST(Systems, AFileMayStandOnAPreset) {
  DataCatalogue data = DataCatalogue::embedded();
  data.add(
      "systems/mine.toml",
      "node = \"dgx-a100\"\nnodes = 128\nnics = \"4x100Gb\"\nfabric = \"fat-tree\"\noversubscription = 4\n");
  const Cluster cluster = load_cluster("mine", {}, data);
  EXPECT_EQ(cluster.name, "mine");
  EXPECT_EQ(cluster.nodes, 128);
  EXPECT_EQ(cluster.gpu.name, "a100-sxm4-80gb");
  EXPECT_DOUBLE_EQ(cluster.node_network_rate().value(), 50e9);
  EXPECT_DOUBLE_EQ(cluster.fabric.oversubscription, 4);
}

TEST(Systems, WhatAFileSaysWinsOverThePresetsHabitsForTheGpu) {
  DataCatalogue data = DataCatalogue::embedded();
  data.add("systems/mine.toml", "node = \"nvlink\"\ngpu = \"a100\"\nnics = \"2x100Gb\"\n");
  const Cluster cluster = load_cluster("mine", {}, data);
  EXPECT_EQ(cluster.nics_per_node, 2);
  EXPECT_DOUBLE_EQ(cluster.nic_rate.value(), 12.5e9);
}

TEST(Systems, MistakesInAFileNameTheirLine) {
  const auto error_in = [](const std::string& text) {
    DataCatalogue data = DataCatalogue::embedded();
    data.add("systems/mine.toml", text);
    return error_of("mine", {}, data);
  };
  EXPECT_THAT(error_in("wiring = \"pcie\"\ngpu = \"rtx409\"\n"), HasSubstr("mine.toml:2"));
  EXPECT_THAT(error_in("wiring = \"pcie\"\ngpu = \"rtx409\"\n"), HasSubstr("did you mean 'rtx4090'"));
  EXPECT_THAT(error_in("wiring = \"pci\"\n"), HasSubstr("mine.toml:1"));
  EXPECT_THAT(error_in("wiring = \"pcie\"\nnics = \"8x\"\n"), HasSubstr("mine.toml:2"));
  EXPECT_THAT(error_in("node = \"dgx-b100\"\n"), HasSubstr("did you mean"));
  EXPECT_THAT(error_in("node = \"mine\"\n"), HasSubstr("circle"));
  EXPECT_THAT(error_in("nodes = 2\n"), HasSubstr("'wiring'"));
  EXPECT_THAT(error_in("wiring = \"pcie\"\ngpu = \"rtx4090\"\nsockets = 1000\n"),
              HasSubstr("between 1 and 32"));
  EXPECT_THAT(error_in("wiring = \"pcie\"\n"), HasSubstr("--gpu"));
  EXPECT_THAT(error_in("wiring = \"pcie\"\nsokets = 2\n"), HasSubstr("did you mean 'sockets'"));
  EXPECT_THAT(error_in("wiring = \"pcie\"\ngpu = \"rtx4090\"\nnodes = 2\n"),
              HasSubstr("no network of known speed"));
}

/// A file of the test's own that is gone afterwards.
class Scratch {
 public:
  Scratch(const std::string& name, const std::string& text)
      : path_(std::string(testing::TempDir()) + "cluster_test_" + name) {
    write_file(path_, text);
  }
  ~Scratch() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const char* const kTwoPairs =
    "\tGPU0\tGPU1\tGPU2\tGPU3\tmlx5_0\tCPU Affinity\tNUMA Affinity\n"
    "GPU0\t X \tNV4\tSYS\tSYS\tPHB\t0-15\t0\n"
    "GPU1\tNV4\t X \tSYS\tSYS\tPHB\t0-15\t0\n"
    "GPU2\tSYS\tSYS\t X \tNV4\tSYS\t16-31\t1\n"
    "GPU3\tSYS\tSYS\tNV4\t X \tSYS\t16-31\t1\n"
    "mlx5_0\tPHB\tPHB\tSYS\tSYS\t X \n";

TEST(CapturedSystems, AMatrixWithAGpuIsASystem) {
  const Scratch matrix("pairs.txt", kTwoPairs);
  EXPECT_THAT(error_of(matrix.path()), HasSubstr("add --gpu"));
  const Cluster cluster = load(matrix.path(), with_gpu("rtx3090"));
  EXPECT_EQ(cluster.gpus_per_node, 4);
  EXPECT_EQ(cluster.wiring, NodeWiring::nvbridge);
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::gpu, 0, LinkKind::nvlink), 56.25e9);  // 4 x 14.0625
  for (const Link& link : cluster.node.links) EXPECT_TRUE(link.bandwidth.has_value());
  // the CPU is not printed; gen4 servers of two sockets are EPYC as a rule: 16 GB/s as NCCL rates them
  EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::numa_node, 0, LinkKind::inter_socket), 16e9);
}

TEST(CapturedSystems, TheSpeedOfItsPortsComesFromTheCommandLine) {
  const Scratch matrix("ports.txt", kTwoPairs);
  ClusterOptions options = with_gpu("rtx3090");
  options.nodes = 4;
  EXPECT_THAT(error_of(matrix.path(), options), HasSubstr("--nic"));
  options.nic_rate = parse_nic("100Gb").rate;
  const Cluster cluster = load(matrix.path(), options);
  EXPECT_EQ(cluster.nics_per_node, 1);
  EXPECT_DOUBLE_EQ(cluster.nic_rate.value(), 12.5e9);
  options.nics_per_node = 2;
  EXPECT_THAT(error_of(matrix.path(), options), HasSubstr("shows 1 network ports, not 2"));
}

TEST(CapturedSystems, AClusterFileMayStandOnACaptureBesideIt) {
  const Scratch matrix("node.txt", kTwoPairs);
  const std::string node = "node = \"cluster_test_node.txt\"\ngpu = \"rtx3090\"\n";
  const Scratch good("good.toml", node + "nodes = 8\nnics = \"1x25Gb\"\n");
  const Cluster cluster = load(good.path());
  EXPECT_EQ(cluster.gpus(), 32);
  EXPECT_DOUBLE_EQ(cluster.node_network_rate().value(), 3.125e9);
  const Scratch bad("bad.toml", node + "sockets = 2\n");
  EXPECT_THAT(error_of(bad.path()), HasSubstr("bad.toml:3"));
}

TEST(CapturedSystems, GpusThatNothingJoinsAreNoSystem) {
  // nvidia-smi topo -p2p r: who may read whom, but not over what
  const Scratch peers(
      "peers.txt",
      "\tGPU0\tGPU1\nGPU0\tX\tOK\nGPU1\tOK\tX\n\nLegend:\n\n  X    = Self\n  OK   = Status Ok\n");
  EXPECT_THAT(error_of(peers.path(), with_gpu("l4")), HasSubstr("does not say how its 2 GPUs are joined"));
}

TEST(CapturedSystems, ACloudsStaticFileGetsTheNvlinkOfItsGpus) {
  std::string text =
      "<system version=\"1\"><cpu numaid=\"0\" arch=\"x86_64\" vendor=\"AuthenticAMD\" familyid=\"23\" "
      "modelid=\"49\">";
  for (const char* bus : {"0001:00:00.0", "0002:00:00.0", "0003:00:00.0"})
    text += std::string("<pci busid=\"") + bus +
            "\" class=\"0x030200\" link_speed=\"16 GT/s\" link_width=\"16\"/>";
  const Scratch cloud("cloud.xml", text + "</cpu></system>");
  const Cluster sxm = load(cloud.path(), with_gpu("a100-sxm4-40gb"));
  EXPECT_EQ(sxm.wiring, NodeWiring::nvswitch);
  EXPECT_DOUBLE_EQ(outgoing(sxm.node, ComponentKind::gpu, 2, LinkKind::nvlink), 300e9);
  EXPECT_THAT(sxm.node.warnings, testing::Contains(HasSubstr("leaves out how its GPUs are linked")));
  EXPECT_EQ(load(cloud.path(), with_gpu("a100-pcie-40gb")).wiring, NodeWiring::pcie);
}

TEST(CapturedSystems, TextThatIsNoTopologyIsRefused) {
  const Scratch text("letter.txt", "Dear Sir or Madam,\n");
  EXPECT_THAT(error_of(text.path(), with_gpu("a100")), HasSubstr("letter.txt"));
}

TEST(NicText, CountAndRate) {
  for (const char* text : {"8x400Gb", "8 x 400 Gb/s", "8x400GbE", "8X400G", "8*50GB/s"}) {
    EXPECT_EQ(parse_nic(text).count, 8) << text;
    EXPECT_DOUBLE_EQ(parse_nic(text).rate.value(), 50e9) << text;
  }
  EXPECT_EQ(parse_nic("100Gb").count, 1);
  for (const char* text : {"", "x", "8x", "0x100Gb", "-1x100Gb", "8x400", "ax100Gb", "8x-5Gb"})
    EXPECT_THROW(parse_nic(text), InputError) << text;
}

TEST(Nics, EveryShippedAdapterIsPlausibleAndFindable) {
  const DataCatalogue data = DataCatalogue::embedded();
  for (const std::string& name : data.names("nics")) {
    SCOPED_TRACE(name);
    const NicSpec nic = find_nic(data, name);
    EXPECT_GE(nic.rate.value(), 1e9);
    EXPECT_LE(nic.rate.value(), 100e9);
    // its slot carries the port: half a step of grace, for data sheets count both ports of a card
    EXPECT_GE(pcie_bandwidth(nic.pcie_generation, nic.pcie_lanes).value(), 0.9 * nic.rate.value());
    EXPECT_GT(nic.power.value(), 0);
    EXPECT_FALSE(nic.claims.source.empty());
  }
  EXPECT_EQ(nic_for_rate(data, BytesPerSecond(50e9))->rate.value(), 50e9);
  EXPECT_FALSE(nic_for_rate(data, BytesPerSecond(51e9)).has_value());
  EXPECT_THROW(find_nic(data, "connectx-7"), InputError);
}

TEST(Systems, AnAdapterOfAnotherRateReplacesTheFilesOne) {
  ClusterOptions options;
  options.nic_rate = parse_nic("400Gb").rate;
  EXPECT_EQ(load("dgx-a100").nic, "connectx-6-hdr");
  EXPECT_DOUBLE_EQ(nic_for_rate(DataCatalogue::embedded(), load("dgx-a100", options).nic_rate)->rate.value(),
                   50e9);
  EXPECT_NE(load("dgx-a100", options).nic, "connectx-6-hdr");
}

TEST(Systems, PublishedMachinesHaveTheirPublishedShape) {
  // GPUs per node, NVLink GB/s of a GPU one way, network Gb/s of a node
  struct Row {
    const char* name;
    int gpus;
    double nvlink;
    double network;
  };
  const Row kRows[] = {
      {"dgx-1-p100", 8, 80, 400},        {"dgx-1-v100", 8, 150, 400},     {"dgx-2", 16, 150, 800},
      {"dgx-a100", 8, 300, 1600},        {"dgx-h100", 8, 450, 3200},      {"dgx-h200", 8, 450, 3200},
      {"dgx-b200", 8, 900, 3200},        {"gb200-nvl72", 72, 900, 28800}, {"aws-p4d-24xlarge", 8, 300, 400},
      {"aws-p5-48xlarge", 8, 450, 3200}, {"azure-ndv4", 8, 300, 1600},    {"hgx-a100-4", 4, 300, 400}};
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Cluster cluster = load(row.name);
    EXPECT_EQ(cluster.gpus_per_node, row.gpus);
    EXPECT_DOUBLE_EQ(cluster.node_network_rate().value(), row.network / 8 * 1e9);
    for (int gpu = 0; gpu < row.gpus; ++gpu)
      EXPECT_DOUBLE_EQ(outgoing(cluster.node, ComponentKind::gpu, gpu, LinkKind::nvlink), row.nvlink * 1e9);
  }
}

TEST(DirectMesh, UsesEveryLinkOfEveryGpu) {
  // V100: six links, eight GPUs: hybrid cube mesh. P100: four links: the same with single links.
  for (const int links : {4, 6}) {
    std::vector<int> used(8, 0);
    for (const DirectLinks& pair : direct_mesh(8, links))
      used[static_cast<std::size_t>(pair.a)] += pair.count,
          used[static_cast<std::size_t>(pair.b)] += pair.count;
    EXPECT_THAT(used, testing::Each(links));
  }
  EXPECT_EQ(direct_mesh(4, 6).front().count, 2);  // three peers, two links each
  EXPECT_THROW(direct_mesh(16, 6), InputError);
}

TEST(SystemNames, AFileThatIsMissingIsSaidToBeMissingAndAMisspeltNameToBeUnknown) {
  const auto said = [](const std::string& name) -> std::string {
    try {
      load_cluster(name, {}, DataCatalogue::embedded());
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(said("nofile.txt").find("cannot read 'nofile.txt'"), std::string::npos) << said("nofile.txt");
  EXPECT_NE(said("captures/none").find("cannot read"), std::string::npos) << said("captures/none");
  EXPECT_NE(said("dgx-h10").find("did you mean 'dgx-h100'"), std::string::npos) << said("dgx-h10");
}

}  // namespace
}  // namespace scalesim::topology
