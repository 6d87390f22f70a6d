// From tables to machines: switches, NUMA nodes, NVSwitch or mesh, bandwidths and their provenance, several
// files at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/error.h"
#include "topology/capture/rates.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/machine/relations.h"
#include "topology/machine/router.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::topology {
namespace {

using testing::Contains;
using testing::HasSubstr;

const GpuCatalogue& gpus() {
  static const GpuCatalogue catalogue(DataCatalogue::embedded());
  return catalogue;
}

MachineReport read(const std::vector<std::string>& texts) {
  std::vector<FileText> files;
  for (const std::string& text : texts) files.emplace_back(fmt::format("file {}", files.size() + 1), text);
  return read_machine(files, gpus());
}

/// A matrix of `count` GPUs, all pairs of one class.
std::string uniform(int count, const std::string& cell) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("\tGPU{}", i);
  text += "\n";
  for (int i = 0; i < count; ++i) {
    text += fmt::format("GPU{}", i);
    for (int j = 0; j < count; ++j) text += "\t" + (i == j ? " X " : cell);
    text += "\n";
  }
  return text;
}

std::string list(int count, const std::string& name) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("GPU {}: {} (UUID: GPU-{})\n", i, name, i);
  return text;
}

std::string nvlink_status(int count, const std::string& name, int links, const std::string& rate) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += fmt::format("GPU {}: {} (UUID: GPU-{})\n", i, name, i);
    for (int k = 0; k < links; ++k) text += fmt::format("\t Link {}: {} GB/s\n", k, rate);
  }
  return text;
}

const PairRelation& pair(const std::vector<PairRelation>& pairs, const std::string& a, const std::string& b) {
  for (const PairRelation& relation : pairs)
    if (to_text(relation.a) == a && to_text(relation.b) == b) return relation;
  throw std::runtime_error("no pair " + a + " " + b);
}

std::vector<std::string> codes(const MachineReport& report) {
  std::vector<std::string> all;
  for (const Finding& finding : report.findings) all.push_back(finding.code);
  return all;
}

// topo-format 1.2: one NV# between all pairs is a switch when no mesh could hold it (12 x 7 = 84 links > 12).
TEST(Wiring, EightGpusWithNv12HangOnAnNvswitch) {
  const Machine machine = read({uniform(8, "NV12")}).machine;
  EXPECT_EQ(machine.count(ComponentKind::nvswitch), 1);
}

// 4x A100 NV4: 3 x 4 = 12 links, which is all an A100 has: a mesh.
TEST(Wiring, FourGpusWithNv4AreAMesh) {
  const Machine machine = read({uniform(4, "NV4")}).machine;
  EXPECT_EQ(machine.count(ComponentKind::nvswitch), 0);
  int direct = 0;
  for (const Link& link : machine.links) direct += link.kind == LinkKind::nvlink;
  EXPECT_EQ(direct, 12);  // 6 pairs, both directions
}

// With 4 links seen on every GPU, NV2 between three GPUs is a mesh (2 x 2 = 4); with 2 links seen it is a
// switch.
TEST(Wiring, SeenLinkCountsDecideBetweenMeshAndSwitch) {
  EXPECT_EQ(
      read({uniform(3, "NV2"), nvlink_status(3, "GPU", 4, "25")}).machine.count(ComponentKind::nvswitch), 0);
  EXPECT_EQ(
      read({uniform(3, "NV2"), nvlink_status(3, "GPU", 2, "25")}).machine.count(ComponentKind::nvswitch), 1);
}

TEST(Wiring, UnknownBandwidthStaysUnknown) {
  const MachineReport report = read({uniform(4, "NV4")});
  for (const PairRelation& relation : pair_relations(report.machine))
    EXPECT_EQ(relation.bandwidth, std::nullopt);
}

// 12 links of 25 GB/s are 300 GB/s one way (the A100's data sheet says 600 both ways).
TEST(Wiring, TheProductNameGivesNominalRates) {
  const MachineReport report = read({uniform(8, "NV12"), list(8, "NVIDIA A100-SXM4-40GB")});
  const auto pairs = pair_relations(report.machine);
  ASSERT_TRUE(pairs[0].bandwidth.has_value());
  EXPECT_DOUBLE_EQ(pairs[0].bandwidth->value(), 300e9);
}

// 18 x 26.562 GB/s as printed, not the nominal 18 x 25.
TEST(Wiring, PrintedLinkRatesWinOverNominalOnes) {
  const MachineReport report = read({uniform(8, "NV18"), nvlink_status(8, "NVIDIA H200", 18, "26.562")});
  EXPECT_NEAR(pair_relations(report.machine)[0].bandwidth->value(), 478.116e9, 1e6);
}

// The matrix gives the class, -q -x the generation: gen3 x8 is 6 GB/s usable (12 for x16).
TEST(Wiring, PcieGenerationAndWidthComeFromTheXml) {
  std::string xml = "<nvidia_smi_log><attached_gpus>2</attached_gpus>";
  for (int i = 0; i < 2; ++i)
    xml += fmt::format(
        "<gpu id=\"00000000:0{}:00.0\"><product_name>NVIDIA "
        "A10</product_name><pci><pci_gpu_link_info><pcie_gen><max_link_gen>3"
        "</max_link_gen></pcie_gen><link_widths><max_link_width>8x</max_link_width></link_widths></"
        "pci_gpu_link_info></pci></gpu>",
        i + 1);
  const MachineReport report = read({uniform(2, "PIX"), xml + "</nvidia_smi_log>"});
  EXPECT_DOUBLE_EQ(pair_relations(report.machine)[0].bandwidth->value(), 6e9);
  // An A10 can do gen4: 12 - 6 GB/s on 8 lanes are lost.
  ASSERT_THAT(codes(report), Contains("pcie-generation"));
  for (const Finding& finding : report.findings)
    if (finding.code == "pcie-generation") {
      EXPECT_DOUBLE_EQ(finding.cost->value(), 6e9);
    }
}

TEST(Wiring, AContradictionIsAFinding) {
  const MachineReport report = read(
      {list(2, "NVIDIA A100-SXM4-40GB"), "index, name, uuid\n0, NVIDIA A30, GPU-0\n1, NVIDIA A30, GPU-1\n"});
  EXPECT_THAT(codes(report), Contains("contradiction"));
}

TEST(Wiring, ACutNameAgreesWithTheWholeOne) {
  const std::string table =
      "| NVIDIA-SMI 470.57    Driver Version: 470.57 |\n|   0  NVIDIA A100-SXM...  On   | 00000000:07:00.0 "
      "Off |  0 |\n";
  const MachineReport report = read({table, list(1, "NVIDIA A100-SXM4-40GB")});
  EXPECT_EQ(report.gpus[0].name, "NVIDIA A100-SXM4-40GB");
  EXPECT_THAT(codes(report), testing::Not(Contains("contradiction")));
}

TEST(Wiring, NicRatesJoinTheMatrixByName) {
  const std::string matrix = "\tGPU0\tmlx5_1\nGPU0\t X \tPIX\nmlx5_1\tPIX\t X\n";
  const std::string ibstat =
      "CA 'mlx5_1'\n\tPort 1:\n\t\tState: Active\n\t\tPhysical state: LinkUp\n\t\tRate: 200\n";
  const MachineReport report = read({matrix, ibstat});
  ASSERT_EQ(report.nics.size(), 1u);
  EXPECT_DOUBLE_EQ(report.nics[0].rate->value(), 25e9);
  const int nic = report.machine.of_kind(ComponentKind::nic)[0];
  EXPECT_DOUBLE_EQ(report.machine.components[static_cast<std::size_t>(nic)].network_rate->value(), 25e9);
}

TEST(Wiring, AMatrixAddsTheNvlinksThatAStaticFileLeavesOut) {
  const std::string xml =
      "<system version=\"1\"><cpu numaid=\"0\"><pci busid=\"0000:01:00.0\" class=\"0x030200\" "
      "link_speed=\"16 GT/s\" link_width=\"16\"/>"
      "<pci busid=\"0000:02:00.0\" class=\"0x030200\" link_speed=\"16 GT/s\" "
      "link_width=\"16\"/></cpu></system>";
  const Machine machine = read({xml, uniform(2, "NV12")}).machine;
  int nvlinks = 0;
  for (const Link& link : machine.links) nvlinks += link.kind == LinkKind::nvlink;
  EXPECT_EQ(nvlinks, 2);
}

// Law: for a matrix without NVLink, the inferred tree explains every cell (PHB and NODE are one class below
// NCCL's CPU).
TEST(Wiring, TheInferredTreeExplainsTheTable) {
  const std::string matrix =
      "\tGPU0\tGPU1\tGPU2\tGPU3\tNIC0\tCPU Affinity\tNUMA Affinity\n"
      "GPU0\t X \tPIX\tPXB\tSYS\tPIX\t0-7\t0\nGPU1\tPIX\t X \tPXB\tSYS\tPIX\t0-7\t0\nGPU2\tPXB\tPXB\t X "
      "\tSYS\tPXB\t0-7\t0\n"
      "GPU3\tSYS\tSYS\tSYS\t X \tSYS\t8-15\t1\nNIC0\tPIX\tPIX\tPXB\tSYS\t X\n";
  const MachineReport report = read({matrix});
  const auto printed = pair_relations(report.machine), derived = derived_relations(report.machine);
  ASSERT_EQ(printed.size(), derived.size());
  for (const PairRelation& relation : printed)
    EXPECT_EQ(relation.path.text, pair(derived, to_text(relation.a), to_text(relation.b)).path.text)
        << to_text(relation.a) << " " << to_text(relation.b);
  const PathMatrix paths = all_path_types(report.machine);
  EXPECT_EQ(paths.type(0, 1), PathType::pix);
  EXPECT_EQ(paths.type(0, 2), PathType::pxb);
  EXPECT_EQ(paths.type(0, 3), PathType::sys);
}

/// How many links of one kind join two kinds of components, each direction counted.
int links_between(const Machine& machine, ComponentKind from, ComponentKind to, LinkKind kind) {
  int count = 0;
  for (const Link& link : machine.links)
    count += link.kind == kind && machine.components[static_cast<std::size_t>(link.from)].kind == from &&
             machine.components[static_cast<std::size_t>(link.to)].kind == to;
  return count;
}

// GPU 0 and 1 share a host bridge (PHB), GPU 2 has one of its own in the same NUMA node (NODE); GPU 3 is far
// (SYS) and alone: three bridges, each joined to its NUMA node. The tree explains every cell, and NCCL sees
// one CPU: PHB.
TEST(Wiring, NodeCellsTellHostBridgesApart) {
  const std::string matrix =
      "\tGPU0\tGPU1\tGPU2\tGPU3\tNUMA Affinity\n"
      "GPU0\t X \tPHB\tNODE\tSYS\t0\nGPU1\tPHB\t X \tNODE\tSYS\t0\nGPU2\tNODE\tNODE\t X \tSYS\t0\n"
      "GPU3\tSYS\tSYS\tSYS\t X \t1\n";
  const Machine machine = read({matrix}).machine;
  EXPECT_EQ(machine.count(ComponentKind::host_bridge), 3);
  EXPECT_EQ(links_between(machine, ComponentKind::numa_node, ComponentKind::host_bridge, LinkKind::on_chip),
            3);
  for (const PairRelation& relation : pair_relations(machine))
    EXPECT_EQ(relation.path.text,
              pair(derived_relations(machine), to_text(relation.a), to_text(relation.b)).path.text);
  const PathMatrix paths = all_path_types(machine);
  EXPECT_EQ(paths.type(0, 1), PathType::phb);
  EXPECT_EQ(paths.type(0, 2), PathType::phb);
  EXPECT_EQ(paths.type(0, 3), PathType::sys);
}

TEST(Wiring, ACapturedMatrixHasThePathsOfThePreset) {
  const PathMatrix captured = all_path_types(read({uniform(8, "NV12")}).machine);
  const PathMatrix preset = all_path_types(load_cluster("dgx-a100", {}, DataCatalogue::embedded()).node);
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t j = 0; j < 8; ++j) EXPECT_EQ(captured.type(i, j), preset.type(i, j));
}

TEST(Wiring, WithoutNodeCellsNoHostBridgeIsMadeUp) {
  EXPECT_EQ(read({uniform(3, "PHB")}).machine.count(ComponentKind::host_bridge), 0);
}

// Two ports of one adapter are 25 GB/s of line rate each, behind one gen4 x16 link of 24 GB/s that both
// cross.
TEST(Wiring, PortsOfOneAdapterShareItsPcieLink) {
  const std::string xml =
      "<system version=\"1\"><cpu numaid=\"0\"><pci busid=\"0000:00:01.0\" class=\"0x060400\">"
      "<pci busid=\"0000:01:00.0\" class=\"0x030200\" link_speed=\"16 GT/s\" link_width=\"16\"><gpu "
      "dev=\"0\" "
      "sm=\"80\"/></pci>"
      "<pci busid=\"0000:02:00.0\" class=\"0x020700\" link_speed=\"16 GT/s\" link_width=\"16\"><nic>"
      "<net name=\"mlx5_0\" dev=\"0\" speed=\"200000\"/><net name=\"mlx5_1\" dev=\"1\" "
      "speed=\"200000\"/></nic></pci></pci></cpu></system>";
  const Machine machine = read({xml}).machine;
  EXPECT_EQ(machine.count(ComponentKind::nic_board), 1);
  const std::vector<PairRelation> pairs = derived_relations(machine);
  EXPECT_EQ(pair(pairs, "gpu0", "nic1").path.text, "PIX");
  EXPECT_EQ(pair(pairs, "nic0", "nic1").path.text, "PIX");
  EXPECT_DOUBLE_EQ(pair(pairs, "gpu0", "nic1").bandwidth->value(), 24e9);
  const Router routes(machine);
  const std::vector<int> nics = machine.of_kind(ComponentKind::nic);
  const int gpu = machine.of_kind(ComponentKind::gpu)[0];
  EXPECT_EQ(routes.path(gpu, nics[0]).type, PathType::pix);
  const std::vector<SharedLink> shared = shared_links({routes.path(gpu, nics[0]), routes.path(gpu, nics[1])});
  ASSERT_EQ(shared.size(), 2u);  // the GPU's own link, and the adapter's
  const Link& last = machine.links[static_cast<std::size_t>(shared.back().link)];
  EXPECT_EQ(machine.components[static_cast<std::size_t>(last.to)].kind, ComponentKind::nic_board);
}

/// hwloc's XML with one dual-port adapter and a GPU below a switch of host bridge 0.
const std::string kHwlocDualPort =
    "<topology version=\"2.0\"><object type=\"Machine\"><object type=\"Package\" os_index=\"1\" "
    "gp_index=\"7\">"
    "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x3\" local_memory=\"1\"/>"
    "<object type=\"Bridge\" bridge_type=\"0-1\"><object type=\"Bridge\" bridge_type=\"1-1\" "
    "pci_link_speed=\"15.753846\">"
    "<object type=\"PCIDev\" pci_busid=\"0000:01:00.0\" pci_type=\"0302 [10de:20b2] [10de:1] a1\" "
    "pci_link_speed=\"15.753846\"><object type=\"OSDev\" name=\"nvml0\"/></object>"
    "<object type=\"Bridge\" bridge_type=\"1-1\" pci_link_speed=\"15.753846\">"
    "<object type=\"PCIDev\" pci_busid=\"0000:02:00.0\" pci_type=\"0207 [15b3:1017] [15b3:1] 00\" "
    "pci_link_speed=\"15.753846\"><object type=\"OSDev\" name=\"mlx5_0\"/></object>"
    "<object type=\"PCIDev\" pci_busid=\"0000:02:00.1\" pci_type=\"0207 [15b3:1017] [15b3:1] 00\" "
    "pci_link_speed=\"15.753846\"><object type=\"OSDev\" name=\"mlx5_1\"/></object>"
    "</object></object></object></object></object></topology>";

TEST(Wiring, HwlocNamesHostBridgesSocketsAndDualPortAdapters) {
  const Machine machine = read({kHwlocDualPort}).machine;
  EXPECT_EQ(machine.count(ComponentKind::host_bridge), 1);
  EXPECT_EQ(machine.count(ComponentKind::pcie_switch), 1);
  EXPECT_EQ(machine.count(ComponentKind::nic_board), 1);
  EXPECT_EQ(machine.components[static_cast<std::size_t>(machine.of_kind(ComponentKind::numa_node)[0])].socket,
            1);
  EXPECT_EQ(pair(derived_relations(machine), "gpu0", "nic1").path.text, "PIX");
}

TEST(Wiring, AMatrixThatDeniesTheNvlinksOfAFileIsAContradiction) {
  const std::string xml =
      "<system version=\"1\"><cpu numaid=\"0\"><pci busid=\"0000:01:00.0\" class=\"0x030200\"><gpu dev=\"0\" "
      "sm=\"80\"><nvlink target=\"0000:02:00.0\" count=\"4\"/></gpu></pci><pci busid=\"0000:02:00.0\" "
      "class=\"0x030200\"><gpu dev=\"1\" sm=\"80\"><nvlink target=\"0000:01:00.0\" "
      "count=\"4\"/></gpu></pci></cpu></system>";
  EXPECT_THAT(codes(read({uniform(2, "NV4"), xml})), testing::Not(Contains("contradiction")));
  const MachineReport report = read({uniform(2, "NV2"), xml});
  ASSERT_THAT(codes(report), Contains("contradiction"));
  EXPECT_THAT(report.findings.front().text,
              HasSubstr("gpu0 to gpu1 is NV2 in the matrix and NV4 by the wiring"));
}

TEST(Wiring, GpusThatOnlyOneFileNamesAreAContradiction) {
  const MachineReport report = read({uniform(2, "PHB"), list(4, "NVIDIA A100-SXM4-40GB")});
  ASSERT_THAT(codes(report), Contains("contradiction"));
  EXPECT_THAT(codes(read({uniform(4, "PHB"), list(2, "NVIDIA A100-SXM4-40GB")})),
              testing::Not(Contains("contradiction")));
}

// NCCL's usable rates (topo-format 3.2): 16 GT/s x16 is 24 GB/s, empty is taken as gen3 x16 and marked
// assumed.
TEST(Wiring, EmptyLinkSpeedsAreGen3AndAssumed) {
  const std::string xml =
      "<system version=\"1\"><cpu numaid=\"0\"><pci busid=\"0000:01:00.0\" class=\"0x030200\" "
      "link_speed=\"16 GT/s\" link_width=\"16\"/>"
      "<pci busid=\"0000:02:00.0\" class=\"0x030200\" link_speed=\"\" link_width=\"0\"/></cpu></system>";
  const Machine machine = read({xml}).machine;
  EXPECT_DOUBLE_EQ(machine.links[0].bandwidth->value(), 24e9);
  EXPECT_EQ(machine.links[0].provenance, Provenance::datasheet);
  EXPECT_DOUBLE_EQ(machine.links[2].bandwidth->value(), 12e9);
  EXPECT_EQ(machine.links[2].provenance, Provenance::assumed);
}

TEST(Wiring, HwlocWithoutNvmlDoesNotHideTheMatrix) {
  const std::string hwloc =
      "<topology version=\"2.0\"><object type=\"Machine\"><object type=\"NUMANode\" os_index=\"0\" "
      "cpuset=\"0x3\" local_memory=\"1\"/></object></topology>";
  const MachineReport report = read({uniform(2, "PHB"), hwloc});
  EXPECT_EQ(report.machine.count(ComponentKind::gpu), 2);
  EXPECT_EQ(pair_relations(report.machine).size(), 1u);
}

TEST(Wiring, GpusOfUnknownPartTakeTheOneGiven) {
  const Machine machine = with_gpu(read({uniform(8, "NV12")}).machine, gpus().find("a100-sxm4-80gb"));
  EXPECT_DOUBLE_EQ(pair_relations(machine)[0].bandwidth->value(), 300e9);
}

TEST(Detection, NothingKnownNamesWhatIs) {
  try {
    read({"hello world\n"});
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("file 1: no topology was found"));
    EXPECT_THAT(wrong.what(), HasSubstr("topo-matrix"));
  }
  EXPECT_THROW(read({"  \n"}), InputError);
}

// Detection reads content: a document type is skipped and never fetched, the file's name plays no part.
// Found by fuzzing: 64 declarations and nothing behind them.
TEST(Detection, DeclarationsWithoutARootAreNoXml) {
  std::string text;
  for (int i = 0; i < 64; ++i) text += "<?x?>";
  EXPECT_EQ(xml_root(text), "");
  EXPECT_EQ(xml_root("<?x?><system/>"), "system");
}

TEST(Detection, DocumentTypesAreSkipped) {
  const std::string xml =
      "<?xml version=\"1.0\"?><!DOCTYPE system [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><system><cpu "
      "numaid=\"0\" vendor=\"&x;\"/></system>";
  const Machine machine = read_machine({{"picture.png", xml}}, gpus()).machine;
  EXPECT_EQ(machine.components[0].cpu_vendor, "&x;");
}

}  // namespace
}  // namespace scalesim::topology
