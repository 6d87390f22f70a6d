// Each finding from the smallest input that earns it, with its cost, and silence where facts are missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "topology/capture/reading/reader.h"
#include "topology/machine/relations.h"
#include "topology/machine/ring.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

using testing::HasSubstr;

MachineReport read(const std::vector<std::string>& texts) {
  static const GpuCatalogue gpus(DataCatalogue::embedded());
  std::vector<FileText> files;
  for (const std::string& text : texts) files.emplace_back("file", text);
  return read_machine(files, gpus);
}

const Finding* find(const MachineReport& report, const std::string& code) {
  for (const Finding& finding : report.findings)
    if (finding.code == code) return &finding;
  return nullptr;
}

std::string query(const std::string& columns, const std::vector<std::string>& rows) {
  std::string text = "index, name, " + columns + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i)
    text += fmt::format("{}, NVIDIA A100-SXM4-40GB, {}\n", i, rows[i]);
  return text;
}

const std::string kTwoSockets =
    "\tGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\nGPU0\t X \tSYS\tPHB\t0-7\t0\nGPU1\tSYS\t X "
    "\tSYS\t8-15\t1\nNIC0\tPHB\tSYS\t X\n";

TEST(Findings, GpusAcrossSocketsAndAFarNic) {
  const MachineReport report = read({kTwoSockets});
  ASSERT_NE(find(report, "gpus-across-sockets"), nullptr);
  EXPECT_THAT(find(report, "gpus-across-sockets")->text, HasSubstr("1 of 1 GPU pairs"));
  ASSERT_NE(find(report, "nic-far"), nullptr);
  EXPECT_THAT(find(report, "nic-far")->text, HasSubstr("GPU 1 has no NIC on its own socket"));
  EXPECT_EQ(find(report, "nic-far")->severity, Severity::warning);
  EXPECT_EQ(report.findings.front().severity, Severity::warning);  // the gravest first
}

// An A100's 12 links of 25 GB/s stand idle: 300 GB/s each way.
TEST(Findings, InactiveNvlinksCostTheirBandwidth) {
  const std::string gpu =
      ": NVIDIA A100-SXM4-40GB\nNVML: Unable to retrieve NVLink information as all links are inActive\n";
  const MachineReport report = read({"GPU 0" + gpu + "GPU 1" + gpu});
  ASSERT_NE(find(report, "nvlink-inactive"), nullptr);
  EXPECT_DOUBLE_EQ(find(report, "nvlink-inactive")->cost->value(), 300e9);
  EXPECT_FALSE(find(report, "nvlink-inactive")->advice.empty());
}

// Two of GPU 1's twelve links are down: 2 x 25 GB/s.
TEST(Findings, PartlyInactiveNvlinks) {
  std::string text;
  for (int gpu = 0; gpu < 2; ++gpu) {
    text += fmt::format("GPU {}: NVIDIA A100-SXM4-40GB\n", gpu);
    for (int k = 0; k < 12; ++k)
      text += fmt::format("\t Link {}: {}\n", k, gpu == 1 && k >= 10 ? "<inactive>" : "25 GB/s");
  }
  const MachineReport report = read({text});
  ASSERT_NE(find(report, "nvlink-partial"), nullptr);
  EXPECT_DOUBLE_EQ(find(report, "nvlink-partial")->cost->value(), 50e9);
}

TEST(Findings, ABridgeThatOthersHave) {
  const MachineReport report =
      read({"\tGPU0\tGPU1\tGPU2\nGPU0\t X \tNV4\tNODE\nGPU1\tNV4\t X \tNODE\nGPU2\tNODE\tNODE\t X\n"});
  ASSERT_NE(find(report, "nvlink-bridge-missing"), nullptr);
  EXPECT_THAT(find(report, "nvlink-bridge-missing")->text, HasSubstr("GPU 2 has no NVLink peer"));
}

// gen4 x8 instead of x16: 24 - 12 GB/s.
TEST(Findings, FewerLanesThanThePartHas) {
  const MachineReport report =
      read({query("pcie.link.gen.max, pcie.link.width.max, pcie.link.width.current", {"4, 16, 8"})});
  ASSERT_NE(find(report, "pcie-width"), nullptr);
  EXPECT_DOUBLE_EQ(find(report, "pcie-width")->cost->value(), 12e9);
}

TEST(Findings, AnIdleLinkIsNoFinding) {
  const MachineReport report = read({query("pcie.link.gen.max, pcie.link.gen.current", {"4, 1"})});
  EXPECT_EQ(find(report, "pcie-generation"), nullptr);
}

TEST(Findings, RefusedPeerAccess) {
  const MachineReport report = read({"\tGPU0\tGPU1\nGPU0\t X \tPHB\nGPU1\tPHB\t X\n",
                                     " \tGPU0\tGPU1\t\n GPU0\tX\tCNS\t\n GPU1\tCNS\tX\t\n"});
  ASSERT_NE(find(report, "peer-access-missing"), nullptr);
  EXPECT_THAT(find(report, "peer-access-missing")->text, HasSubstr("status CNS"));
}

// A GeForce 40 has no peer access over PCIe whatever the table says: half of gen4 x16's 24 GB/s goes.
TEST(Findings, PartsWithoutPeerAccess) {
  const MachineReport report =
      read({"\tGPU0\tGPU1\nGPU0\t X \tPHB\nGPU1\tPHB\t X\n",
            "GPU 0: NVIDIA GeForce RTX 4090 (UUID: GPU-0)\nGPU 1: NVIDIA GeForce RTX 4090 (UUID: GPU-1)\n"});
  ASSERT_NE(find(report, "peer-access-missing"), nullptr);
  EXPECT_DOUBLE_EQ(find(report, "peer-access-missing")->cost->value(), 12e9);
}

TEST(Findings, ModesThatCost) {
  const MachineReport report =
      read({query("mig.mode.current, persistence_mode, ecc.mode.current, pstate, utilization.gpu, "
                  "power.limit, power.default_limit",
                  {"Enabled, Disabled, Disabled, P2, 98 %, 300.00 W, 400.00 W"})});
  for (const char* code : {"mig-on", "persistence-off", "ecc-off", "pstate-under-load", "power-cap"})
    EXPECT_NE(find(report, code), nullptr) << code;
  EXPECT_THAT(find(report, "power-cap")->text, HasSubstr("300 of 400 W"));
}

TEST(Findings, AnIdleGpuMayRest) {
  EXPECT_EQ(find(read({query("pstate, utilization.gpu", {"P8, 0 %"})}), "pstate-under-load"), nullptr);
}

TEST(Findings, UncorrectedErrorsAreAnError) {
  const MachineReport report = read({query("ecc.errors.uncorrected.volatile.total", {"3"})});
  ASSERT_NE(find(report, "ecc-errors"), nullptr);
  EXPECT_EQ(find(report, "ecc-errors")->severity, Severity::error);
}

TEST(Findings, MixedGpus) {
  const MachineReport report = read({"GPU 0: NVIDIA A30 (UUID: GPU-0)\nGPU 1: NVIDIA A40 (UUID: GPU-1)\n"});
  ASSERT_NE(find(report, "mixed-gpus"), nullptr);
  EXPECT_THAT(find(report, "mixed-gpus")->text, HasSubstr("NVIDIA A30, NVIDIA A40"));
}

// One of two 200 Gb/s adapters is down: 25 GB/s less.
TEST(Findings, ANicThatIsDown) {
  const MachineReport report =
      read({"CA 'mlx5_0'\nPort 1:\nState: Active\nPhysical state: LinkUp\nRate: 200\nCA 'mlx5_1'\nPort "
            "1:\nState: Down\nRate: 10\n"});
  ASSERT_NE(find(report, "nic-down"), nullptr);
  EXPECT_DOUBLE_EQ(find(report, "nic-down")->cost->value(), 25e9);
  EXPECT_EQ(report.nics[1].rate, std::nullopt);
}

TEST(Findings, ANumaNodeWithoutMemory) {
  const MachineReport report =
      read({"<topology version=\"2.0\"><object type=\"Machine\"><object type=\"NUMANode\" os_index=\"0\" "
            "local_memory=\"1024\"/>"
            "<object type=\"NUMANode\" os_index=\"1\"/></object></topology>"});
  ASSERT_NE(find(report, "numa-memory-missing"), nullptr);
  EXPECT_THAT(find(report, "numa-memory-missing")->text, HasSubstr("NUMA node 1"));
}

TEST(Findings, UnknownFactsAreSilent) {
  EXPECT_TRUE(read({"GPU 0: NVIDIA A30 (UUID: GPU-0)\n"}).findings.empty());
}

// A square of NV2 edges with SYS diagonals: the ring goes round the edges, 0-1-3-2.
TEST(Ring, AvoidsTheSlowPairs) {
  const MachineReport report =
      read({"\tGPU0\tGPU1\tGPU2\tGPU3\nGPU0\t X \tNV2\tNV2\tSYS\nGPU1\tNV2\t X \tSYS\tNV2\nGPU2\tNV2\tSYS\t "
            "X \tNV2\nGPU3\tSYS\tNV2\tNV2\t X\n"});
  const Ring ring = best_ring(report.machine, pair_relations(report.machine));
  EXPECT_THAT(ring.gpus, testing::ElementsAre(0, 1, 3, 2));
  EXPECT_EQ(ring.slowest.path.text, "NV");
}

TEST(Ring, MustCrossSockets) {
  const MachineReport report = read({kTwoSockets});
  EXPECT_EQ(best_ring(report.machine, pair_relations(report.machine)).slowest.path.text, "SYS");
}

}  // namespace
}  // namespace scalesim::topology
