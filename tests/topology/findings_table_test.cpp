// Which facts earn which finding, at the border between something and nothing to say. A100: PCIe gen 4 x16 of
// 24 GB/s usable, 1.5 GB/s a lane; each older generation has half.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

MachineReport read(const std::vector<std::string>& texts) {
  static const GpuCatalogue gpus(DataCatalogue::embedded());
  std::vector<FileText> files;
  for (const std::string& text : texts) files.emplace_back(fmt::format("file {}", files.size()), text);
  return read_machine(files, gpus);
}

/// nvidia-smi --query-gpu of A100s: these columns, one row per GPU.
MachineReport query(const std::string& columns, const std::vector<std::string>& rows) {
  std::string text = "index, name, " + columns + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i)
    text += fmt::format("{}, NVIDIA A100-SXM4-40GB, {}\n", i, rows[i]);
  return read({text});
}

const Finding* find(const MachineReport& report, const std::string& code) {
  for (const Finding& finding : report.findings)
    if (finding.code == code) return &finding;
  return nullptr;
}

struct Row {
  const char* columns;
  const char* values;
  const char* code;
  bool found;
  double cost = -1;  ///< bytes/s; -1: none
  Severity severity = Severity::warning;
};

const Row rows[] = {
    // gen 3 where the part can do 4: 24 - 12; gen 2: 24 - 6; eight lanes of gen 3 beside eight of gen 4: 12 -
    // 6
    {"pcie.link.gen.max", "3", "pcie-generation", true, 12e9},
    {"pcie.link.gen.max", "2", "pcie-generation", true, 18e9},
    {"pcie.link.gen.max", "4", "pcie-generation", false},
    {"pcie.link.gen.max, pcie.link.width.max", "3, 8", "pcie-generation", true, 6e9},
    // what the device says of itself comes before its data sheet
    {"pcie.link.gen.max, pcie.link.gen.gpumax", "3, 3", "pcie-generation", false},
    {"pcie.link.gen.max, pcie.link.gen.gpumax", "4, 5", "pcie-generation", true, 24e9},
    // lanes: 4 of 16 at gen 4 (the part's): 24 - 6
    {"pcie.link.width.current", "4", "pcie-width", true, 18e9},
    {"pcie.link.width.current", "16", "pcie-width", false},
    {"pcie.link.width.max, pcie.link.width.current", "8, 8", "pcie-width", false},
    {"pcie.link.gen.max, pcie.link.width.current", "3, 8", "pcie-width", true, 6e9},
    {"mig.mode.current", "Enabled", "mig-on", true},
    {"mig.mode.current", "Disabled", "mig-on", false},
    {"mig.mode.current", "[N/A]", "mig-on", false},
    {"persistence_mode", "Disabled", "persistence-off", true, -1, Severity::advice},
    {"persistence_mode", "Enabled", "persistence-off", false},
    {"ecc.mode.current", "Disabled", "ecc-off", true, -1, Severity::note},
    {"ecc.mode.current", "Enabled", "ecc-off", false},
    {"ecc.errors.uncorrected.volatile.total", "1", "ecc-errors", true, -1, Severity::error},
    {"ecc.errors.uncorrected.volatile.total", "0", "ecc-errors", false},
    // a GPU at work belongs into P0; half of the time is work
    {"pstate, utilization.gpu", "P1, 50 %", "pstate-under-load", true},
    {"pstate, utilization.gpu", "P1, 49 %", "pstate-under-load", false},
    {"pstate, utilization.gpu", "P0, 100 %", "pstate-under-load", false},
    {"pstate", "P2", "pstate-under-load", false},
    // a limit one per cent below the default is none
    {"power.limit, power.default_limit", "395 W, 400 W", "power-cap", true},
    {"power.limit, power.default_limit", "396 W, 400 W", "power-cap", false},
    {"power.limit, power.default_limit", "450 W, 400 W", "power-cap", false},
};

TEST(FindingsTable, EveryFactEarnsItsFinding) {
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.columns) + " = " + row.values);
    const MachineReport report = query(row.columns, {row.values});
    const Finding* finding = find(report, row.code);
    ASSERT_EQ(finding != nullptr, row.found);
    if (finding == nullptr) continue;
    EXPECT_EQ(finding->severity, row.severity);
    EXPECT_EQ(finding->cost.has_value(), row.cost >= 0);
    if (finding->cost) {
      EXPECT_NEAR(finding->cost->value(), row.cost, 1);
    }
    EXPECT_FALSE(finding->advice.empty());
    EXPECT_NE(finding->text.find("GPU 0"), std::string::npos);
  }
}

// "GPU 1", "GPUs 0 and 2", "GPUs 0, 1 and 3", with verbs to go.
TEST(FindingsTable, ListsTheGpusThatHaveIt) {
  const auto text = [](const std::vector<std::string>& states) {
    return find(query("pstate, utilization.gpu", states), "pstate-under-load")->text;
  };
  const std::string busy = "P2, 90 %", fine = "P0, 90 %";
  EXPECT_NE(text({fine, busy}).find("GPU 1 is under load"), std::string::npos);
  EXPECT_NE(text({busy, fine, busy}).find("GPUs 0 and 2 are under load"), std::string::npos);
  EXPECT_NE(text({busy, busy, fine, busy}).find("GPUs 0, 1 and 3 are"), std::string::npos);
}

// The gravest first: error, warning, advice, note.
TEST(FindingsTable, AreSortedByGravity) {
  const MachineReport report =
      query("ecc.mode.current, persistence_mode, mig.mode.current, ecc.errors.uncorrected.volatile.total",
            {"Disabled, Disabled, Enabled, 2"});
  std::vector<std::string> codes;
  for (const Finding& finding : report.findings) codes.push_back(finding.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"ecc-errors", "mig-on", "persistence-off", "ecc-off"}));
}

/// topo -m of two GPUs and what lies between them; affinities after them.
std::string pair_of(const std::string& cell, const std::string& numa0 = "0", const std::string& numa1 = "0") {
  return "\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\nGPU0\t X \t" + cell + "\t0-7\t" + numa0 + "\nGPU1\t" +
         cell + "\t X \t0-7\t" + numa1 + "\n";
}

TEST(FindingsTable, VirtualMachinesPrintSysInsideANode) {
  EXPECT_NE(find(read({pair_of("SYS")}), "sys-inside-node"), nullptr);
  EXPECT_EQ(find(read({pair_of("SYS", "0", "1")}), "sys-inside-node"), nullptr);
  EXPECT_EQ(find(read({pair_of("PHB")}), "sys-inside-node"), nullptr);
}

TEST(FindingsTable, GpusWithNvlinkMayCrossSockets) {
  EXPECT_NE(find(read({pair_of("SYS", "0", "1")}), "gpus-across-sockets"), nullptr);
  EXPECT_EQ(find(read({pair_of("NV4", "0", "1")}), "gpus-across-sockets"), nullptr);
  EXPECT_EQ(find(read({pair_of("NODE")}), "gpus-across-sockets"), nullptr);
}

// Where nobody knows the NUMA node of any GPU there is nothing to say; of one of two there is.
TEST(FindingsTable, ANumaNodeThatOthersHave) {
  EXPECT_NE(find(read({pair_of("SYS", "0", "N/A")}), "numa-unknown"), nullptr);
  EXPECT_EQ(find(read({pair_of("SYS", "N/A", "N/A")}), "numa-unknown"), nullptr);
  EXPECT_EQ(find(read({pair_of("SYS", "0", "1")}), "numa-unknown"), nullptr);
}

// With a single GPU inactive links are no loss; with two the A100's twelve of 25 GB/s are.
TEST(FindingsTable, InactiveLinksOfOneGpuAreANote) {
  const auto status = [](int gpus) {
    std::string text;
    for (int i = 0; i < gpus; ++i)
      text += fmt::format("GPU {}: NVIDIA A100-SXM4-40GB (UUID: GPU-{})\n\t Link 0: <inactive>\n", i, i);
    return text;
  };
  const MachineReport one = read({status(1)}), two = read({status(2)});
  ASSERT_NE(find(one, "nvlink-inactive"), nullptr);
  EXPECT_EQ(find(one, "nvlink-inactive")->severity, Severity::note);
  ASSERT_NE(find(two, "nvlink-inactive"), nullptr);
  EXPECT_EQ(find(two, "nvlink-inactive")->severity, Severity::warning);
  EXPECT_NEAR(find(two, "nvlink-inactive")->cost->value(), 300e9, 1);
}

// Two of three NICs down: two times the slowest that is up (100 Gb/s = 12.5 GB/s).
TEST(FindingsTable, NicsThatAreDownWouldAddTheRateOfTheOthers) {
  const auto port = [](int i, bool up, int rate) {
    return fmt::format("CA 'mlx5_{}'\nPort 1:\nState: {}\nPhysical state: {}\nRate: {}\n", i,
                       up ? "Active" : "Down", up ? "LinkUp" : "Disabled", rate);
  };
  const MachineReport report = read({port(0, true, 100) + port(1, false, 10) + port(2, false, 10)});
  ASSERT_NE(find(report, "nic-down"), nullptr);
  EXPECT_NEAR(find(report, "nic-down")->cost->value(), 25e9, 1);
  EXPECT_NE(find(report, "nic-down")->text.find("2 of 3 NICs are down: mlx5_1, mlx5_2"), std::string::npos);
  EXPECT_EQ(find(read({port(0, true, 100) + port(1, true, 200)}), "nic-down"), nullptr);
}

// What was said twice, in two files, is said once.
TEST(FindingsTable, AreNotRepeated) {
  const std::string text = "index, name, mig.mode.current\n0, NVIDIA A100-SXM4-40GB, Enabled\n";
  const MachineReport report = read({text, text});
  EXPECT_EQ(std::count_if(report.findings.begin(), report.findings.end(),
                          [](const Finding& finding) { return finding.code == "mig-on"; }),
            1);
}

}  // namespace
}  // namespace scalesim::topology
